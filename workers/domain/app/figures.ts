// What an app measured, in the words of the 002 document: the same in answers and in the stream.
import type { AppMetrics } from "./metrics.ts";

/** Nothing measured is nothing used, and no latency. */
export function measured(metrics: AppMetrics | null) {
  return {
    cpu_percent: rounded(metrics?.cpuPercent ?? 0),
    memory_percent: rounded(metrics?.memoryPercent ?? 0),
    rps: rounded(metrics?.requestsPerSecond ?? 0),
    latency_p95_ms: metrics?.p95LatencyMs == null ? null : rounded(metrics.p95LatencyMs),
  };
}

/** With how many replicas measured it. */
export function figures(metrics: AppMetrics) {
  return {
    ...measured(metrics),
    active_connections: metrics.activeConnections,
    healthy_replicas: metrics.healthyReplicas,
    total_replicas: metrics.totalReplicas,
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
