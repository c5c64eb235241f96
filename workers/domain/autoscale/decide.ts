// How many replicas an app should have: one decision from its policy, what it has, what was measured, and what was
// decided before. Pure; the reasons come in a fixed order, and the first that applies decides.
import type { Load } from "./load.ts";
import type { ScalingPolicy } from "./policy.ts";

type Replicas = {
  /** Wanted now. */
  readonly desired: number;
  readonly healthy: number;
};

/** What the autoscaler remembers of an app. */
export type ScalingHistory = {
  readonly lastScaledAt: number | null;
  /** Checks in a row that found the load low. */
  readonly lowChecks: number;
};

export type FactorName = "rps" | "latency" | "connections" | "cpu" | "memory";

/** The part of what one replica should carry that is in use: 1 is all of it. */
export type Factor = {
  readonly name: FactorName;
  readonly value: number;
  readonly measured: number;
  readonly limit: number;
};

export type Trigger =
  | "below_min"
  | "above_max"
  | "request_waiting"
  | "no_healthy_replica"
  | "rps_high"
  | "latency_high"
  | "connections_high"
  | "cpu_high"
  | "memory_high"
  | "load_low";

type Rest =
  | "manual"
  | "cooldown"
  | "no_metrics"
  | "at_max"
  | "low_for_now"
  | "would_be_high"
  | "at_min"
  | "in_band";

export type Decision =
  | { readonly action: "none"; readonly reason: Rest; readonly history: ScalingHistory }
  | {
      readonly action: "scale_out" | "scale_in";
      readonly from: number;
      readonly to: number;
      readonly trigger: Trigger;
      /** The numbers behind it: the largest factor first; empty where no load was looked at. */
      readonly factors: readonly Factor[];
      readonly history: ScalingHistory;
    };

export type Question = {
  readonly policy: ScalingPolicy;
  readonly replicas: Replicas;
  /** Null when nothing was measured in the policy's window. */
  readonly load: Load | null;
  /** Requests that wait for a first replica. */
  readonly waiting: number;
  readonly history: ScalingHistory;
};

export const NEW_HISTORY: ScalingHistory = { lastScaledAt: null, lowChecks: 0 };

/** Checks in a row that must find the load low. */
const LOW_CHECKS = 3;

/** What one fewer would bear is foreseen by other divisions than it is measured by later: they may differ by this part. */
const ROUNDING = 1e-9;

/** In this order: manual, the least number, cooldown, the largest number, no metrics, none healthy, high, low. */
export function decide(question: Question, now: number): Decision {
  const { policy, replicas, load, waiting, history } = question;
  const { desired, healthy } = replicas;
  const rest = (reason: Rest, lowChecks = 0): Decision => ({
    action: "none",
    reason,
    history: { ...history, lowChecks },
  });
  const scale = (to: number, trigger: Trigger, factors: readonly Factor[] = []): Decision => ({
    action: to > desired ? "scale_out" : "scale_in",
    from: desired,
    to,
    trigger,
    factors,
    history: { lastScaledAt: now, lowChecks: 0 },
  });
  if (policy.mode === "manual") return rest("manual");
  if (desired < policy.minReplicas) return scale(policy.minReplicas, "below_min");
  if (desired === 0 && waiting > 0) return scale(1, "request_waiting");
  if (isCooling(policy, history, now)) return rest("cooldown", history.lowChecks);
  if (desired > policy.maxReplicas) return scale(policy.maxReplicas, "above_max");
  if (load === null) return rest("no_metrics");
  if (healthy === 0 && desired > 0) {
    if (desired >= policy.maxReplicas) return rest("at_max");
    return scale(desired + 1, "no_healthy_replica");
  }
  const factors = factorsOf(policy, load, healthy);
  const [largest] = factors;
  if (largest !== undefined && largest.value > policy.scaleOutThresholdPercent / 100) {
    if (desired >= policy.maxReplicas) return rest("at_max");
    return scale(outTo(policy, desired, largest.value), `${largest.name}_high`, factors);
  }
  if ((largest?.value ?? 0) >= policy.scaleInThresholdPercent / 100) return rest("in_band");
  if (desired <= policy.minReplicas) return rest("at_min");
  const lowChecks = history.lowChecks + 1;
  if (lowChecks < LOW_CHECKS) return rest("low_for_now", lowChecks);
  if (wouldBeHigh(policy, load, healthy)) return rest("would_be_high", lowChecks);
  return scale(desired - 1, "load_low", factors);
}

/** The largest first; what wasn't measured, or is nothing, has no factor. */
function factorsOf(policy: ScalingPolicy, load: Load, healthy: number): Factor[] {
  const each = Math.max(1, healthy);
  const factors: Factor[] = [
    factor("rps", load.requestsPerSecond / each, policy.targetRpsPerReplica),
    factor("latency", load.p95LatencyMs ?? 0, policy.maxP95LatencyMs),
    factor("connections", load.connections / each, policy.maxConnectionsPerReplica),
    factor("cpu", load.cpuPercent, policy.maxCpuPercent),
    factor("memory", load.memoryPercent, policy.maxMemoryPercent),
  ];
  return factors.filter(({ value }) => value > 0).sort((one, other) => other.value - one.value);
}

function factor(name: FactorName, measured: number, limit: number): Factor {
  return { name, value: measured / limit, measured, limit };
}

function isCooling({ cooldownSeconds }: ScalingPolicy, history: ScalingHistory, now: number) {
  const { lastScaledAt } = history;
  return lastScaledAt !== null && now - lastScaledAt < 1000 * cooldownSeconds;
}

function outTo(policy: ScalingPolicy, desired: number, factor: number): number {
  const asked = Math.max(desired + 1, Math.ceil(desired * factor));
  const step = policy.maxScaleOutStep ?? Number.POSITIVE_INFINITY;
  return Math.min(policy.maxReplicas, desired + step, asked);
}

/** What is carried together weighs more on one fewer: where that would scale out again, nothing is taken away. */
function wouldBeHigh(policy: ScalingPolicy, load: Load, healthy: number): boolean {
  const left = healthy - 1;
  if (left < 1) return load.requestsPerSecond > 0 || load.connections > 0;
  const then = factorsOf(policy, { ...load, cpuPercent: (load.cpuPercent * healthy) / left }, left);
  const high = (policy.scaleOutThresholdPercent / 100) * (1 - ROUNDING);
  return then.some(({ value }) => value > high);
}
