// A strategy turns its configuration and the target nodes into a list of waves. Nothing else about a
// rollout depends on which strategy it follows.
import { abTestingWaves } from "./ab-testing.ts";
import type { ABTesting } from "./ab-testing.ts";
import { blueGreenWaves } from "./blue-green.ts";
import type { BlueGreen } from "./blue-green.ts";
import { canaryWaves } from "./canary.ts";
import type { Canary } from "./canary.ts";
import { regionalWaves } from "./regional.ts";
import type { Regional } from "./regional.ts";
import { rollingWaves } from "./rolling.ts";
import type { Rolling } from "./rolling.ts";
import type { Targets, Wave } from "./wave.ts";

export type Strategy = Canary | BlueGreen | Rolling | Regional | ABTesting;
export type StrategyName = Strategy["name"];

export const STRATEGIES = [
  "Canary",
  "BlueGreen",
  "Rolling",
  "Regional",
  "ABTesting",
] as const satisfies readonly StrategyName[];

export function planWaves(strategy: Strategy, targets: Targets): Wave[] {
  switch (strategy.name) {
    case "Canary":
      return canaryWaves(strategy, targets);
    case "BlueGreen":
      return blueGreenWaves(strategy, targets);
    case "Rolling":
      return rollingWaves(strategy, targets);
    case "Regional":
      return regionalWaves(strategy, targets);
    case "ABTesting":
      return abTestingWaves(strategy, targets);
  }
}

/** How long the version before stays loaded after the rollout completed, so that a rollback is one switch. */
export function retentionMs(strategy: Strategy): number {
  return strategy.name === "BlueGreen" && strategy.keepBlueEnvironment
    ? strategy.blueRetentionPeriodMs
    : 0;
}
