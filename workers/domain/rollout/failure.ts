// What a failed wave leads to, by its failure scope and by whether the deployment may roll back by itself.
import { PAUSE_MS } from "./rollout.ts";
import type { Rollout, Step } from "./rollout.ts";
import { enter } from "./transition.ts";
import type { Because } from "./transition.ts";
import { planOf, waveAt } from "./wave.ts";
import { withdraw, withdrawWave } from "./withdraw.ts";

export function failWave(
  rollout: Rollout,
  what: { wave: number; nodes: readonly string[] },
  because: Because,
): Step {
  const failed = [...new Set([...rollout.failed, ...what.nodes])];
  const succeeded = rollout.succeeded.filter((node) => !failed.includes(node));
  const marked = { ...rollout, failed, succeeded, message: because.reason };
  if (!rollout.autoRollback) return pause(marked, { wave: what.wave, cause: "failure" }, because);
  switch (waveAt(rollout, what.wave).failureScope) {
    case "rollout":
      return withdraw(marked, planOf(rollout).previous === null ? "failed" : "rolledBack", because);
    case "wave":
      return withdrawWave(marked, { wave: what.wave, outcome: "next" }, because);
    case "pause":
      return withdrawWave(marked, { wave: what.wave, outcome: "paused" }, because);
  }
}

export function pause(
  rollout: Rollout,
  at: { wave: number; cause: "asked" | "inconclusive" | "failure" },
  because: Because,
): Step {
  return enter(rollout, because, {
    phase: { name: "paused", ...at, deadline: because.now + PAUSE_MS },
    with: { message: because.reason },
  });
}
