// An app as its owner wrote it down: what it runs, how it is reached, how it scales, and when it is well.
import type { ScalingPolicy } from "#domain/autoscale/policy.ts";
import type { ProbePolicy } from "#domain/health/probe.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";

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
  /** How a changed version of its module goes out; null: start before stop. */
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

export type RolloutSection = {
  readonly strategy: Strategy;
  readonly autoPromote: boolean;
  /** Probes of a node in a row that admit the version there, and that condemn it. */
  readonly successThreshold: number;
  readonly failureThreshold: number;
};

export const APP_NAME = /^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]$/;
export const APP_NAME_MAX = 63;
