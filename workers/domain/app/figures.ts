// What an app measured, in the words of the 002 document: the same in answers and in the stream.
import type { AppMetrics } from "./metrics.ts";

const BYTES_PER_MB = 1024 ** 2;

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

/** By the document's three words: what is on its way counts with where it goes. */
export function countsView(counts: Readonly<Record<string, number>>) {
  const of = (...statuses: string[]): number =>
    statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  return {
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    running: of("running", "updating", "starting"),
    stopped: of("stopped", "stopping", "registered"),
    error: of("error"),
  };
}

type Running = {
  readonly name: string;
  readonly current: number;
  readonly desired: number;
  readonly metrics: AppMetrics | null;
};

/** All apps together, each as it was looked at last. */
export function systemFigures(apps: readonly Running[]) {
  const running = apps.map((app) => ({ ...app, metrics: app.current === 0 ? null : app.metrics }));
  const rates = running.map(({ metrics }) => ({
    rps: metrics?.requestsPerSecond ?? 0,
    meanMs: metrics?.meanLatencyMs ?? 0,
  }));
  const rps = sum(rates.map((rate) => rate.rps));
  return {
    containers_running: sum(apps.map(({ current }) => current)),
    containers_total: sum(apps.map(({ current, desired }) => Math.max(current, desired))),
    applications: running.map(({ name, current, metrics }) => ({
      name,
      cpu_percent: rounded(metrics?.cpuPercent ?? 0),
      memory_mb: rounded((metrics?.memoryBytes ?? 0) / BYTES_PER_MB),
      replicas: current,
      rps: rounded(metrics?.requestsPerSecond ?? 0),
    })),
    requests_per_second: rounded(rps),
    avg_response_time_ms:
      rps === 0 ? 0 : rounded(sum(rates.map((rate) => rate.rps * rate.meanMs)) / rps),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
