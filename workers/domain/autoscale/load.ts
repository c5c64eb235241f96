// What an app's instances measured within a window, as one load. Latencies are histograms, so that those of all
// instances merge; CPU is gas against what the instance asked for, so that it doesn't depend on a clock.
import { meanOf, mergeHistograms, quantile } from "#domain/histogram.ts";
import type { Histogram } from "#domain/histogram.ts";

/** What one instance measured from one moment to another. */
export type Reading = {
  readonly instance: string;
  readonly from: number;
  readonly to: number;
  readonly requests: number;
  readonly errors: number;
  readonly latency: Histogram;
  /** At the end of the reading. */
  readonly inFlight: number;
  readonly gasUsed: number;
  /** What the instance may use in a millisecond: its share of a core of its node, as that measured itself. */
  readonly gasPerMs: number;
  readonly memoryBytes: number;
  readonly memoryBytesMax: number;
};

export type Load = {
  readonly requestsPerSecond: number;
  /** Null when nothing was answered. */
  readonly p95LatencyMs: number | null;
  readonly meanLatencyMs: number | null;
  readonly connections: number;
  /** Means over the instances. */
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  /** Of all instances together. */
  readonly memoryBytes: number;
  readonly requests: number;
  readonly errors: number;
};

/** Null when nothing was measured in the window. */
export function loadOf(
  readings: readonly Reading[],
  at: { readonly now: number; readonly windowMs: number },
): Load | null {
  const since = at.now - at.windowMs;
  const recent = readings.filter(({ to }) => to > since && to <= at.now);
  if (recent.length === 0) return null;
  const byInstance = Map.groupBy(recent, ({ instance }) => instance);
  const latest = [...byInstance.values()].map((own) =>
    own.reduce((last, reading) => (reading.to > last.to ? reading : last)),
  );
  const from = Math.min(...recent.map((reading) => reading.from));
  const to = Math.max(...recent.map((reading) => reading.to));
  const requests = sum(recent.map((reading) => reading.requests));
  const latency = recent.reduce<Histogram>((all, own) => mergeHistograms(all, own.latency), {});
  return {
    requestsPerSecond: (1000 * requests) / Math.max(1, to - from),
    p95LatencyMs: quantile(latency, 0.95),
    meanLatencyMs: meanOf(latency),
    connections: sum(latest.map(({ inFlight }) => inFlight)),
    cpuPercent: mean([...byInstance.values()].map(cpuPercentOf)),
    memoryPercent: mean(latest.map(memoryPercentOf)),
    memoryBytes: sum(latest.map(({ memoryBytes }) => memoryBytes)),
    requests,
    errors: sum(recent.map(({ errors }) => errors)),
  };
}

function cpuPercentOf(readings: readonly Reading[]): number {
  const used = sum(readings.map(({ gasUsed }) => gasUsed));
  const allowed = sum(readings.map(({ from, to, gasPerMs }) => (to - from) * gasPerMs));
  return allowed <= 0 ? 0 : (100 * used) / allowed;
}

function memoryPercentOf({ memoryBytes, memoryBytesMax }: Reading): number {
  return memoryBytesMax <= 0 ? 0 : (100 * memoryBytes) / memoryBytesMax;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
