// Builders of rollouts for tables and properties.
import type { Counters } from "#domain/counters.ts";
import { NO_CALLS } from "#domain/counters.ts";
import { gasBucketOf } from "#domain/gas-histogram.ts";
import { bucketOf } from "#domain/histogram.ts";
import { newRollout } from "#domain/rollout/rollout.ts";
import type { Plan, Rollout } from "#domain/rollout/rollout.ts";
import type { RegionRoute } from "#domain/route.ts";
import { planWaves } from "#domain/strategy/strategy.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";

export const CANARY: Strategy = {
  name: "Canary",
  stages: [10, 25, 50, 100],
  evaluationPeriodMs: 1_000,
};

export const STRATEGY_SAMPLES: readonly Strategy[] = [
  CANARY,
  {
    name: "BlueGreen",
    healthCheckTimeoutMs: 1_000,
    keepBlueEnvironment: true,
    blueRetentionPeriodMs: 60_000,
  },
  { name: "Rolling", batchSize: 1, batchDelayMs: 1_000, pauseOnFailure: true },
  { name: "Rolling", batchSize: 2, batchDelayMs: 1_000, pauseOnFailure: false },
  { name: "Regional", regionOrder: null, interRegionDelayMs: 1_000, abortOnRegionFailure: false },
  {
    name: "Regional",
    regionOrder: ["west"],
    interRegionDelayMs: 1_000,
    abortOnRegionFailure: true,
  },
  {
    name: "ABTesting",
    variantBPercentage: 20,
    experimentDurationMs: 1_000,
    winnerCriteria: { metric: "avg_latency_ms", threshold: 10, comparison: "lower_is_better" },
    minimumSampleSize: 100,
  },
];

export const NODES = [
  { node: "east-1", region: "east" },
  { node: "east-2", region: "east" },
  { node: "west-1", region: "west" },
  { node: "west-2", region: "west" },
] as const;

const STABLE = "greeter-v1.0.0";
export const CANDIDATE = "greeter-v2.0.0";

export function stableRoutes(): RegionRoute[] {
  return ["east", "west"].map((region) => ({
    region,
    entries: [
      {
        moduleId: STABLE,
        weight: 100,
        nodes: NODES.filter((target) => target.region === region).map(({ node }) => node),
      },
    ],
  }));
}

export function emptyRoutes(): RegionRoute[] {
  return ["east", "west"].map((region) => ({ region, entries: [] }));
}

export function planFor(strategy: Strategy, before: readonly RegionRoute[] = stableRoutes()): Plan {
  const targets = {
    nodes: [...NODES],
    coverage: { east: 1, west: 1 },
    traffic: { east: 5, west: 1 },
  };
  const previous = before.some((route) => route.entries.length > 0) ? STABLE : null;
  return { waves: planWaves(strategy, targets), targets: [...NODES], before, previous };
}

export function rolloutOf(strategy: Strategy, more: Partial<Rollout> = {}): Rollout {
  const base = newRollout({
    id: "deploy-1",
    moduleName: "greeter",
    candidate: CANDIDATE,
    memoryLimitBytes: 128 * 1024 * 1024,
    strategy,
    health: {
      enabled: true,
      functionName: "health_check",
      expectedResult: "OK",
      timeoutMs: 1_000,
      successThreshold: 1,
      failureThreshold: 2,
    },
    gates: { minimumSample: 20, falseAlarmRate: 0.01, extensionsMax: 2 },
    autoPromote: true,
    autoRollback: true,
    createdAt: 0,
    createdBy: "ada",
  });
  return { ...base, ...more };
}

/** Counters of so many calls, of which so many failed, each as slow as said. */
export function counted(
  calls: number,
  more: { errors?: number; ms?: number; gas?: number } = {},
): Counters {
  const { errors = 0, ms = 1, gas = 10_000 } = more;
  return {
    ...NO_CALLS,
    calls,
    errors,
    crashes: errors,
    busyMs: calls * ms,
    memoryPeakBytes: 65_536,
    latency: { [bucketOf(ms)]: calls },
    gasUsed: calls * gas,
    gas: { [gasBucketOf(gas)]: calls },
  };
}
