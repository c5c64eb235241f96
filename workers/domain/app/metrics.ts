// What an app's instances measured together at one moment.
import type { Load } from "#domain/autoscale/load.ts";

export type AppMetrics = {
  readonly at: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly requestsPerSecond: number;
  /** Null when nothing was answered. */
  readonly p95LatencyMs: number | null;
  readonly activeConnections: number;
  readonly healthyReplicas: number;
  readonly totalReplicas: number;
};

/** Nothing measured is nothing used. */
export function metricsOf(
  load: Load | null,
  of: { readonly at: number; readonly healthy: number; readonly total: number },
): AppMetrics {
  return {
    at: of.at,
    cpuPercent: load?.cpuPercent ?? 0,
    memoryPercent: load?.memoryPercent ?? 0,
    requestsPerSecond: load?.requestsPerSecond ?? 0,
    p95LatencyMs: load?.p95LatencyMs ?? null,
    activeConnections: load?.connections ?? 0,
    healthyReplicas: of.healthy,
    totalReplicas: of.total,
  };
}
