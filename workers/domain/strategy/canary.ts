import { SAFETY_GATES, evenShares, ids, interleaved } from "./wave.ts";
import type { Targets, Wave } from "./wave.ts";

export type Canary = {
  readonly name: "Canary";
  /** Percent of nodes and of traffic, growing, the last one 100. */
  readonly stages: readonly number[];
  readonly evaluationPeriodMs: number;
};

/** Each stage has the first ceil(N · percent / 100) nodes and that percent of the traffic of their regions. */
export function canaryWaves(strategy: Canary, targets: Targets): Wave[] {
  const ordered = interleaved(targets.nodes);
  return strategy.stages.map((percent) => {
    const nodes = ordered.slice(0, Math.ceil((ordered.length * percent) / 100));
    return {
      label: `${percent}% rollout`,
      progress: percent,
      nodes: ids(nodes),
      shares: evenShares(nodes, percent, targets),
      bakeMs: strategy.evaluationPeriodMs,
      gates: SAFETY_GATES,
      failureScope: "rollout",
    };
  });
}
