// Which verb applies when: the sentence that a caller gets where it doesn't.
import type { Rollout, Verb } from "./rollout.ts";

const RUNNING = ["loading", "checking", "routing", "baking", "judging"] as const;

const APPLIES: Readonly<Record<Verb, readonly string[]>> = {
  approve: ["pending"],
  execute: ["pending"],
  pause: RUNNING,
  resume: ["paused"],
  promote: ["baking", "judging", "paused"],
  abort: ["pending", ...RUNNING, "paused"],
  rollback: [...RUNNING, "paused", "completed"],
  retry: ["paused"],
};

/** Null when the verb applies now; else what stands against it and where it would apply. */
export function refusal(rollout: Rollout, verb: Verb): string | null {
  const { phase } = rollout;
  const allowed = APPLIES[verb];
  if (!allowed.includes(phase.name)) {
    return `Deployment ${rollout.id} is ${phase.name}: ${verb} applies to one that is ${allowed.join(", ")}.`;
  }
  if (verb === "promote") return promoteRefusal(rollout);
  return null;
}

function promoteRefusal(rollout: Rollout): string | null {
  const { phase, verdicts } = rollout;
  if (phase.name === "paused" && (phase.cause === "failure" || phase.cause === "asked")) {
    return `Deployment ${rollout.id} is paused (${phase.cause}): resume or retry runs its wave again, abort ends it.`;
  }
  const failed = verdicts.find((verdict) => verdict.verdict === "fail");
  return failed === undefined
    ? null
    : `Deployment ${rollout.id} has failed a gate: ${failed.reason}`;
}
