// Gates: pure judgements of a candidate against the version it is to replace, over one window.
import { countAbove, entries, boundOf, quantile, BUCKETS } from "#domain/histogram.ts";
import type { Counters } from "#domain/counters.ts";
import { rateBounds } from "#domain/sequential-test.ts";
import type { GateName } from "#domain/strategy/wave.ts";
import type { WinnerCriteria } from "#domain/strategy/ab-testing.ts";
import { judgeGas } from "./gas-gate.ts";
import { isCompared, isQuiet, quiet, sampled, verdict } from "./verdict.ts";
import type { GateSettings, Verdict, Window } from "./verdict.ts";

/** Above these a version is withdrawn whatever the version before did. */
const ERROR_RATE_MAX = 0.1;
const CRASH_RATE_MAX = 0.05;
/** Growth over the version before: errors by half (of at least 0.1 %), latency twofold, memory by 30 %. */
const ERROR_RATE_GROWTH = 0.5;
const ERROR_RATE_FLOOR = 0.001;
const LATENCY_GROWTH = 1;
const MEMORY_GROWTH = 0.3;
/** Linear memory grows by pages: growth below this is noise, not a leak. */
const MEMORY_NOISE_BYTES = 8 * 1024 * 1024;
const LATENCY_QUANTILE = 0.95;

export function judge(gate: GateName, window: Window, settings: GateSettings): Verdict {
  switch (gate) {
    case "health":
      return verdict({
        gate,
        verdict: "pass",
        reason: "The health function passed on every node.",
      });
    case "errorRate":
      return judgeErrors(window, settings);
    case "crashes":
      return judgeCrashes(window, settings);
    case "latency":
      return judgeLatency(window, settings);
    case "memory":
      return judgeMemory(window, settings);
    case "gas":
      return judgeGas(window, settings);
    case "experiment":
      return judgeExperiment(window, settings);
  }
}

function judgeErrors(window: Window, settings: GateSettings): Verdict {
  const gate = "errorRate";
  if (isQuiet(window)) return quiet(gate);
  const { candidate, stable } = window;
  const compared = isCompared(window, settings);
  const observed = rate(candidate.errors, candidate.calls);
  const before = compared ? rate(stable.errors, stable.calls) : null;
  const alpha = settings.falseAlarmRate / 2;
  const proven = rateBounds(candidate.errors, candidate.calls, alpha).lower;
  const allowed = Math.min(
    ERROR_RATE_MAX,
    compared ? tolerated(rateBounds(stable.errors, stable.calls, alpha).upper) : ERROR_RATE_MAX,
  );
  const limit = Math.min(ERROR_RATE_MAX, before === null ? ERROR_RATE_MAX : tolerated(before));
  const facts = {
    gate,
    candidate: observed,
    stable: before,
    limit,
    samples: candidate.calls,
  } as const;
  const told = `${percent(observed)} of ${candidate.calls} calls failed${before === null ? "" : `, ${percent(before)} of ${stable.calls} on the version before`}; ${percent(limit)} is tolerated`;
  if (proven > allowed)
    return verdict({ ...facts, verdict: "fail", reason: `Error rate: ${told}.` });
  const clean = (!settings.hasStable || stable.calls === 0) && candidate.errors === 0;
  return sampled(facts, {
    told: `Error rate: ${told}`,
    within: observed <= limit,
    clean,
    settings,
  });
}

function judgeCrashes(window: Window, settings: GateSettings): Verdict {
  const gate = "crashes";
  if (isQuiet(window)) return quiet(gate);
  const { crashes, calls } = window.candidate;
  const observed = rate(crashes, calls);
  const facts = {
    gate,
    candidate: observed,
    stable: null,
    limit: CRASH_RATE_MAX,
    samples: calls,
  } as const;
  const told = `Crash rate: ${percent(observed)} of ${calls} calls trapped; ${percent(CRASH_RATE_MAX)} is tolerated`;
  if (rateBounds(crashes, calls, settings.falseAlarmRate).lower > CRASH_RATE_MAX) {
    return verdict({ ...facts, verdict: "fail", reason: `${told}.` });
  }
  const clean = !settings.hasStable && crashes === 0;
  return sampled(facts, { told, within: observed <= CRASH_RATE_MAX, clean, settings });
}

/**
 * Calls slower than twice the 95th percentile of the version before may be one in twenty. That percentile is
 * taken from its upper confidence side (every bucket bound tested at once), so chance alone fails nobody.
 */
function judgeLatency(window: Window, settings: GateSettings): Verdict {
  const gate = "latency";
  if (isQuiet(window)) return quiet(gate);
  const { candidate, stable } = window;
  const before = quantile(stable.latency, LATENCY_QUANTILE);
  if (!isCompared(window, settings) || before === null) {
    return verdict({
      gate,
      verdict: "pass",
      reason: "Latency: the version before was not called often enough to compare with.",
      candidate: quantile(candidate.latency, LATENCY_QUANTILE),
      samples: candidate.calls,
    });
  }
  const limit = before * (1 + LATENCY_GROWTH);
  const observed = quantile(candidate.latency, LATENCY_QUANTILE);
  const facts = {
    gate,
    candidate: observed,
    stable: before,
    limit,
    samples: candidate.calls,
  } as const;
  const told = `Latency: p95 of ${candidate.calls} calls is ${ms(observed)}, ${ms(before)} on the version before; ${ms(limit)} is tolerated`;
  const alpha = settings.falseAlarmRate / 2;
  const provenBound = provenQuantile(stable, alpha);
  if (provenBound !== null) {
    const slow = countAbove(candidate.latency, provenBound * (1 + LATENCY_GROWTH));
    if (rateBounds(slow, candidate.calls, alpha).lower > 1 - LATENCY_QUANTILE) {
      return verdict({ ...facts, verdict: "fail", reason: `${told}.` });
    }
  }
  const within = observed !== null && observed <= limit;
  return sampled(facts, { told, within, clean: false, settings });
}

/** The smallest bucket bound of which it is certain enough that 95 % of the calls lie below it. */
function provenQuantile(counters: Counters, alpha: number): number | null {
  let below = 0;
  for (const [bucket, count] of entries(counters.latency)) {
    below += count;
    const { lower } = rateBounds(Math.min(below, counters.calls), counters.calls, alpha / BUCKETS);
    if (lower >= LATENCY_QUANTILE) return boundOf(bucket);
  }
  return null;
}

/** Linear memory is counted, not sampled: one call over the limit is proof. */
function judgeMemory(window: Window, settings: GateSettings): Verdict {
  const gate = "memory";
  if (isQuiet(window)) return quiet(gate);
  const { candidate, stable } = window;
  const before = settings.hasStable && stable.calls > 0 ? stable.memoryPeakBytes : null;
  const grown =
    before === null
      ? Number.POSITIVE_INFINITY
      : Math.max(before * (1 + MEMORY_GROWTH), before + MEMORY_NOISE_BYTES);
  const limit = Math.min(settings.memoryLimitBytes, grown);
  return verdict({
    gate,
    verdict: candidate.memoryPeakBytes > limit ? "fail" : "pass",
    reason: `Memory: the largest call used ${candidate.memoryPeakBytes} bytes${before === null ? "" : `, ${before} on the version before`}; ${Math.round(limit)} are tolerated.`,
    candidate: candidate.memoryPeakBytes,
    stable: before,
    limit,
    samples: candidate.calls,
  });
}

/** Improvement of B over A in percent; below the threshold, or without the sample, B does not win. */
function judgeExperiment(window: Window, settings: GateSettings): Verdict {
  const gate = "experiment";
  const { experiment } = settings;
  const { candidate: b, stable: a } = window;
  const samples = Math.min(a.calls, b.calls);
  if (experiment === null || samples < experiment.minimumSample) {
    const needed = experiment?.minimumSample ?? 0;
    return verdict({
      gate,
      verdict: "fail",
      reason: `Experiment inconclusive: ${needed} calls of each variant are needed, A had ${a.calls} and B ${b.calls}; B is withdrawn.`,
      samples,
    });
  }
  const { metric, threshold, comparison } = experiment.criteria;
  const [before, after] = [metricOf(a, metric), metricOf(b, metric)];
  const sign = comparison === "lower_is_better" ? 1 : -1;
  const improvement = before === 0 ? 0 : (sign * 100 * (before - after)) / before;
  const outcome =
    improvement >= threshold ? "B wins" : improvement <= -threshold ? "A wins" : "inconclusive";
  return verdict({
    gate,
    verdict: outcome === "B wins" ? "pass" : "fail",
    reason: `Experiment: ${outcome}; ${metric} is ${after.toFixed(3)} on B and ${before.toFixed(3)} on A, an improvement of ${improvement.toFixed(1)}% where ${threshold}% is needed.`,
    candidate: after,
    stable: before,
    limit: threshold,
    samples,
  });
}

function metricOf(counters: Counters, metric: WinnerCriteria["metric"]): number {
  switch (metric) {
    case "avg_latency_ms":
      return counters.busyMs / counters.calls;
    case "p95_latency_ms":
      return quantile(counters.latency, 0.95) ?? 0;
    case "error_rate":
      return rate(counters.errors, counters.calls);
  }
}

function tolerated(before: number): number {
  return before + ERROR_RATE_GROWTH * Math.max(before, ERROR_RATE_FLOOR);
}

function rate(count: number, calls: number): number {
  return calls === 0 ? 0 : count / calls;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)}%`;
}

function ms(value: number | null): string {
  return value === null ? "unknown" : `${value.toFixed(2)} ms`;
}
