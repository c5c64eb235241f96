// The same story for a terminal that can't be redrawn: one line for each change, only ever added to.
import type { Log, Rollout } from "./log.ts";
import { versionOf } from "./log.ts";
import { at, measureStage, measuredSpan, stagesOf } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** A longer log gives the same lines first, so the caller prints those that it has not printed yet. */
export function progressLines(log: Log): string[] {
  return log.rollouts.flatMap((rollout) => rolloutLines(log, rollout));
}

function rolloutLines(log: Log, rollout: Rollout): string[] {
  const version = versionOf(rollout.moduleId);
  const stages = stagesOf(rollout);
  return rollout.transitions.flatMap((transition) => {
    const seconds = ((at(transition) - log.startedAt) / 1000).toFixed(1).padStart(5);
    const line = `${seconds} s  ${version}  ${transition.to}: ${transition.reason}`;
    const ended = stages.find(({ endedBy }) => endedBy === transition);
    if (ended === undefined || isTooShort(ended)) return [line];
    const { calls, sharePercent } = measureStage(ended, rollout.moduleId, log.calls);
    const share = `${sharePercent.toFixed(1)} % of ${calls} calls`;
    return [`${seconds} s  ${version}  measured at ${ended.wave.label}: ${share}`, line];
  });
}

/** Taken back before its route was the only one in use: there is no share to tell. */
function isTooShort(stage: Stage): boolean {
  const { from, until } = measuredSpan(stage);
  return until <= from;
}
