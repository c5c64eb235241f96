import { SAFETY_GATES, evenShares, ids } from "./wave.ts";
import type { Targets, Wave } from "./wave.ts";

export type Regional = {
  readonly name: "Regional";
  /** Null: the region with the least traffic first. Regions that are left out follow in that order. */
  readonly regionOrder: readonly string[] | null;
  readonly interRegionDelayMs: number;
  readonly abortOnRegionFailure: boolean;
};

/** One region after the other; a region without nodes is skipped. */
export function regionalWaves(strategy: Regional, targets: Targets): Wave[] {
  const groups = Map.groupBy(targets.nodes, (target) => target.region);
  const quietFirst = [...groups.keys()].sort(
    (a, b) => (targets.traffic[a] ?? 0) - (targets.traffic[b] ?? 0) || a.localeCompare(b),
  );
  const order = [...new Set([...(strategy.regionOrder ?? []), ...quietFirst])].filter((region) =>
    groups.has(region),
  );
  return order.map((region, index) => {
    const nodes = groups.get(region) ?? [];
    return {
      label: `Region ${region}`,
      progress: Math.round((100 * (index + 1)) / order.length),
      nodes: ids(nodes),
      shares: evenShares(nodes, 100, targets),
      bakeMs: strategy.interRegionDelayMs,
      gates: SAFETY_GATES,
      failureScope: strategy.abortOnRegionFailure ? "rollout" : "wave",
    };
  });
}
