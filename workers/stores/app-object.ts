// The way to an app's object: what it answers, by hand, since the platform's own types stop at values that nest.
import type { App, AppStatus, Seen } from "#domain/app/app.ts";
import type { AppMetrics } from "#domain/app/metrics.ts";
import type { FaultReport } from "#domain/fault.ts";
import type { ProbeState } from "#domain/health/probe.ts";

export type AppChange = Partial<
  Pick<
    App,
    | "given"
    | "spec"
    | "policy"
    | "intent"
    | "replicas"
    | "workload"
    | "trouble"
    | "history"
    | "update"
  >
>;

export type AppView = {
  readonly app: App;
  readonly status: AppStatus;
  readonly seen: Seen;
  readonly metrics: AppMetrics | null;
  /** By instance; null where none is probed. */
  readonly probes: Readonly<Record<string, ProbeState | null>>;
};

/** How many replicas there were to be before. */
export type Scaled = { readonly from: number } | { readonly fault: FaultReport };
export type Checked = { readonly checked: number; readonly healthy: number };

export type AppStub = {
  create(app: App): Promise<App>;
  read(): Promise<App | null>;
  change(change: AppChange): Promise<App | null>;
  /** As it is now. */
  view(): Promise<AppView | null>;
  /** As it is once all that is wanted stands, or after so long. */
  settled(timeoutMs: number): Promise<AppView | null>;
  scale(replicas: number, by: string): Promise<Scaled>;
  metrics(
    points: number,
    stepMs: number,
  ): Promise<{ readonly current: AppMetrics; readonly history: readonly AppMetrics[] }>;
  check(): Promise<Checked>;
  /** Somebody follows what it measures: it looks now, and often, for as long as anybody does. */
  watch(): Promise<void>;
  /** The configuration was changed: it is read anew and acted on now. */
  reconfigure(): Promise<void>;
  /** A request waits for a first replica. */
  demand(): Promise<void>;
  /** With what it measured, or without. */
  forget(keepsMetrics: boolean): Promise<void>;
};

export function appOf(env: Env, name: string): AppStub {
  // The class implements this type; the platform's own mapping of it never ends, since JSON nests.
  const stub: object = env.APPS.getByName(name);
  return stub as AppStub;
}
