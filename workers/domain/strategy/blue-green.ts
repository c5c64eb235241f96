import { SAFETY_GATES, evenShares, ids } from "./wave.ts";
import type { Targets, Wave } from "./wave.ts";

export type BlueGreen = {
  readonly name: "BlueGreen";
  /** How long the switched traffic is watched before the rollout is complete. */
  readonly healthCheckTimeoutMs: number;
  readonly keepBlueEnvironment: boolean;
  readonly blueRetentionPeriodMs: number;
};

/**
 * Green is loaded beside blue on the same nodes, without traffic, and must be healthy; then all traffic
 * switches at once. Isolates make capacity free, so no second set of nodes is needed.
 */
export function blueGreenWaves(strategy: BlueGreen, targets: Targets): Wave[] {
  const nodes = ids(targets.nodes);
  return [
    {
      label: "Green environment",
      progress: 50,
      nodes,
      shares: evenShares(targets.nodes, 0, targets),
      bakeMs: 0,
      gates: ["health"],
      failureScope: "rollout",
    },
    {
      label: "Switch to green",
      progress: 100,
      nodes,
      shares: evenShares(targets.nodes, 100, targets),
      bakeMs: strategy.healthCheckTimeoutMs,
      gates: SAFETY_GATES,
      failureScope: "rollout",
    },
  ];
}
