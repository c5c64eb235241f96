import { SAFETY_GATES, evenShares, ids } from "./wave.ts";
import type { Targets, Wave } from "./wave.ts";

export type WinnerCriteria = {
  readonly metric: "avg_latency_ms" | "p95_latency_ms" | "error_rate";
  /** Percent by which B must be better to win. */
  readonly threshold: number;
  readonly comparison: "lower_is_better" | "higher_is_better";
};

export type ABTesting = {
  readonly name: "ABTesting";
  readonly variantBPercentage: number;
  readonly experimentDurationMs: number;
  readonly winnerCriteria: WinnerCriteria;
  /** Calls that each variant needs before a winner may be named. */
  readonly minimumSampleSize: number;
};

/** Variant B runs on every node for a share of the traffic; only if it wins does it get the rest. */
export function abTestingWaves(strategy: ABTesting, targets: Targets): Wave[] {
  const nodes = ids(targets.nodes);
  return [
    {
      label: `Experiment: ${strategy.variantBPercentage}% on B`,
      progress: 50,
      nodes,
      shares: evenShares(targets.nodes, strategy.variantBPercentage, targets),
      bakeMs: strategy.experimentDurationMs,
      gates: [...SAFETY_GATES, "experiment"],
      failureScope: "rollout",
    },
    {
      label: "B everywhere",
      progress: 100,
      nodes,
      shares: evenShares(targets.nodes, 100, targets),
      bakeMs: 0,
      gates: ["health"],
      failureScope: "rollout",
    },
  ];
}
