// An app as its owner wrote it down: what it runs, how it is reached, how it scales, and when it is well.
import type { ScalingPolicy } from "#domain/autoscale/policy.ts";
import type { ProbePolicy } from "#domain/health/probe.ts";

export type AppSpec = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly image: string;
  readonly ports: readonly Port[];
  readonly resources: AppResources;
  readonly environment: readonly EnvironmentEntry[];
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly scaling: ScalingPolicy;
  readonly health: ProbePolicy;
  /** How long calls in flight have when an instance is to stop. */
  readonly drainMs: number;
  readonly restart: RestartPolicy;
  /** How a changed version goes out; null: start before stop. */
  readonly rollout: RolloutSection | null;
};

type Port = {
  readonly port: number;
  readonly protocol: "HTTP" | "TCP";
  readonly name: string | null;
};

/** Null: as much as the module's limits allow. */
type AppResources = {
  readonly cpuMillis: number | null;
  readonly memoryBytes: number | null;
};

export type EnvironmentEntry =
  | { readonly name: string; readonly source: "value"; readonly value: string }
  | { readonly name: string; readonly source: "sdk"; readonly key: SdkKey }
  | { readonly name: string; readonly source: "secret"; readonly key: string };

export const SDK_KEYS = ["instance.ip", "instance.port", "app.name", "app.replicas"] as const;
type SdkKey = (typeof SDK_KEYS)[number];

export const RESTART_POLICIES = ["Always", "OnFailure", "Never"] as const;
type RestartPolicy = (typeof RESTART_POLICIES)[number];

/** Strategy and configuration in the words of the rollouts' own API. */
type RolloutSection = {
  readonly strategy: string;
  readonly strategyConfig: Readonly<Record<string, unknown>>;
};

export const APP_NAME = /^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]$/;
export const APP_NAME_MAX = 63;
