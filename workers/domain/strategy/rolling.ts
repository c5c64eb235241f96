import { SAFETY_GATES, ids, interleaved } from "./wave.ts";
import type { Targets, Wave } from "./wave.ts";

export type Rolling = {
  readonly name: "Rolling";
  readonly batchSize: number;
  /** How long a batch is watched before the next one. */
  readonly batchDelayMs: number;
  readonly pauseOnFailure: boolean;
};

/** Batches of nodes move over whole; a region's share is the part of its nodes that has moved. */
export function rollingWaves(strategy: Rolling, targets: Targets): Wave[] {
  const ordered = interleaved(targets.nodes);
  const perRegion = Map.groupBy(ordered, (target) => target.region);
  const waves: Wave[] = [];
  for (let start = 0; start < ordered.length; start += strategy.batchSize) {
    const batch = ordered.slice(start, start + strategy.batchSize);
    const moved = ordered.slice(0, start + batch.length);
    const shares: Record<string, number> = {};
    for (const { region } of batch) {
      const done = moved.filter((target) => target.region === region).length;
      const all = perRegion.get(region)?.length ?? 1;
      shares[region] = Math.round((100 * done * (targets.coverage[region] ?? 1)) / all);
    }
    waves.push({
      label: `Batch ${waves.length + 1} of ${Math.ceil(ordered.length / strategy.batchSize)}`,
      progress: Math.round((100 * moved.length) / ordered.length),
      nodes: ids(batch),
      shares,
      bakeMs: strategy.batchDelayMs,
      gates: SAFETY_GATES,
      failureScope: strategy.pauseOnFailure ? "pause" : "rollout",
    });
  }
  return waves;
}
