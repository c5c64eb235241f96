// What an app's instances measured together at one moment.
import type { Load } from "#domain/autoscale/load.ts";

export type AppMetrics = {
  readonly at: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly requestsPerSecond: number;
  /** Null when nothing was answered. */
  readonly p95LatencyMs: number | null;
  readonly meanLatencyMs?: number | null;
  /** Of all replicas together; it and the mean are none in what was kept before they were measured. */
  readonly memoryBytes?: number;
  readonly activeConnections: number;
  readonly healthyReplicas: number;
  readonly totalReplicas: number;
  /** Up to that moment; none in what was kept before they were counted. */
  readonly counts?: AppCounts;
};

/** Since the app was registered. */
export type AppCounts = {
  readonly scaledOut: number;
  readonly scaledIn: number;
  readonly checksPassed: number;
  readonly checksFailed: number;
};

export const NOTHING_COUNTED: AppCounts = {
  scaledOut: 0,
  scaledIn: 0,
  checksPassed: 0,
  checksFailed: 0,
};

/** Nothing measured is nothing used. */
export function metricsOf(
  load: Load | null,
  of: {
    readonly at: number;
    readonly healthy: number;
    readonly total: number;
    readonly counts: AppCounts;
  },
): AppMetrics {
  return {
    at: of.at,
    cpuPercent: load?.cpuPercent ?? 0,
    memoryPercent: load?.memoryPercent ?? 0,
    requestsPerSecond: load?.requestsPerSecond ?? 0,
    p95LatencyMs: load?.p95LatencyMs ?? null,
    meanLatencyMs: load?.meanLatencyMs ?? null,
    memoryBytes: load?.memoryBytes ?? 0,
    activeConnections: load?.connections ?? 0,
    healthyReplicas: of.healthy,
    totalReplicas: of.total,
    counts: of.counts,
  };
}
