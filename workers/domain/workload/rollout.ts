// A change of a workload that goes out by a rollout. Until that is complete the workload is what it was; then it becomes
// what was asked for, and should the rollout be taken back, before its end or after, it is what it was before. Pure: what
// doesn't fit the stage changes nothing.
import type { SettledWorkload, Workload, WorkloadRollout } from "./workload.ts";

/** How a deployment of a workload ended. */
export type Rolled = {
  readonly workload: string;
  readonly deployment: string;
  readonly outcome: "completed" | "failed" | "rolledBack";
  readonly message: string;
};

/** Null for the name of a phase that is no end. */
export function endOf(phase: string): Rolled["outcome"] | null {
  return phase === "completed" || phase === "failed" || phase === "rolledBack" ? phase : null;
}

/** Its rollout, where that is not over yet. */
export function rolloutUnderWay({ rollout }: Workload): WorkloadRollout | null {
  return rollout?.stage === "rolling" || rollout?.stage === "replacing" ? rollout : null;
}

/** Why its last rollout was taken back; null where it was not. */
export function takenBack({ rollout }: Workload): string | null {
  if (rollout?.stage !== "takenBack") return null;
  const { deployment, moduleId, message } = rollout;
  return `Deployment ${deployment} of ${moduleId} was taken back: ${message ?? "no reason is known"}`;
}

/** What the workload is from now on; the same reference when nothing follows. */
export function afterRollout(
  workload: Workload,
  { deployment, outcome, message }: Rolled,
): Workload {
  const { rollout } = workload;
  if (rollout?.deployment !== deployment) return workload;
  if (outcome === "completed") {
    const { to, purpose } = rollout;
    if (rollout.stage !== "rolling" || to === null) return workload;
    const from = settled(workload);
    return purpose === "deploy"
      ? { ...to, rollout: { ...rollout, stage: "complete", to: null, from } }
      : { ...to, update: atOnce(to), rollout: { ...rollout, stage: "replacing", to: null, from } };
  }
  const over = { ...rollout, stage: "takenBack", to: null, from: null, message } as const;
  if (rollout.stage === "rolling") return { ...workload, rollout: over };
  return rollout.from === null ? workload : { ...rollout.from, rollout: over };
}

/** Its instances run what the rollout has brought, and have the route: there is no way back by that rollout. */
export function afterReplacing(workload: Workload): Workload {
  const { rollout } = workload;
  if (rollout?.stage !== "replacing") return workload;
  const { update } = rollout.from ?? workload;
  return { ...workload, update, rollout: { ...rollout, stage: "complete", from: null } };
}

export function settled({ rollout: _, ...workload }: Workload): SettledWorkload {
  return workload;
}

/** All of the new beside the old, where that can be: it is them that all requests go to. */
function atOnce({ kind, update }: SettledWorkload): Workload["update"] {
  return kind.type === "deployment"
    ? { surge: Math.max(1, kind.replicas), unavailable: 0 }
    : update;
}
