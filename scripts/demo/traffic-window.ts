// Figures of each version over the calls that the log holds: shares and latencies of the last few seconds.
import type { Call, Log } from "./log.ts";

export const WINDOW_MS = 3_000;

export type VersionFigures = {
  readonly moduleId: string;
  readonly calls: number;
  readonly errors: number;
  /** Of all calls in the window; null when there were none. */
  readonly sharePercent: number | null;
  /** Of the version's calls in the window; null when it had none. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
};

/** Calls answered in the window that ends at `now`. */
export function recentCalls(log: Log, now: number): readonly Call[] {
  const start = log.calls.findLastIndex(({ answeredAt }) => answeredAt < now - WINDOW_MS) + 1;
  return log.calls.slice(start);
}

export function figuresOf(log: Log, now: number): VersionFigures[] {
  const recent = recentCalls(log, now);
  return log.modules.map((moduleId) => {
    const all = log.calls.filter((call) => call.moduleId === moduleId);
    const own = recent.filter((call) => call.moduleId === moduleId);
    const latencies = own.map(({ latencyMs }) => latencyMs).sort((one, other) => one - other);
    return {
      moduleId,
      calls: all.length,
      errors: all.filter(({ outcome }) => outcome !== "answered").length,
      sharePercent: share(own.length, recent.length),
      p50Ms: quantile(latencies, 0.5),
      p95Ms: quantile(latencies, 0.95),
    };
  });
}

/** For each region, the version's share of the calls that it answered in the window. */
export function sharesByRegion(log: Log, moduleId: string, now: number): Map<string, number> {
  const regions = Map.groupBy(recentCalls(log, now), ({ region }) => region);
  const shares = [...regions].map(([region, calls]): [string, number] => {
    const own = calls.filter((call) => call.moduleId === moduleId).length;
    return [region, share(own, calls.length) ?? 0];
  });
  return new Map(shares.sort(([one], [other]) => one.localeCompare(other)));
}

/** The nearest rank in values that are sorted. */
export function quantile(sorted: readonly number[], fraction: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? null;
}

function share(count: number, total: number): number | null {
  return total === 0 ? null : (100 * count) / total;
}
