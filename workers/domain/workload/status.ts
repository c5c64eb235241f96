// How a workload stands, in the words that all dialects draw theirs from.
import type { Instance } from "./instance.ts";
import type { Round } from "./round.ts";
import type { Failure, Run, WorkloadState } from "./state.ts";

export type WorkloadStatus = {
  readonly phase: StatusPhase;
  /** Instances that are wanted now. */
  readonly desired: number;
  readonly counts: Readonly<Record<Instance["phase"], number>>;
  /** Of those that are ready, how many run what is wanted, where it is wanted. */
  readonly current: number;
  readonly conflicts: readonly string[];
  /** Each replica that nobody runs, and why: no room, or a start that failed and when it is tried again. */
  readonly unplaced: readonly {
    readonly instance: string;
    readonly reason: string;
    readonly retryAt: number;
  }[];
  /** The latest failed starts and ends, with their reasons. */
  readonly failures: readonly Failure[];
  readonly runs: readonly Run[];
};

type StatusPhase =
  | "pending"
  | "created"
  | "deploying"
  | "running"
  | "updating"
  | "completed"
  | "failed"
  | "stopped";

const NO_INSTANCES: WorkloadStatus["counts"] = {
  pending: 0,
  starting: 0,
  ready: 0,
  unhealthy: 0,
  draining: 0,
  stopping: 0,
  lost: 0,
};

/** Before anything was reconciled. */
export const NO_STATUS: WorkloadStatus = {
  phase: "created",
  desired: 0,
  counts: NO_INSTANCES,
  current: 0,
  conflicts: [],
  unplaced: [],
  failures: [],
  runs: [],
};

/** Failures in a row after which a workload that has nothing ready is called failed; it is still tried. */
const HOPELESS_ATTEMPTS = 3;

export function statusOf(
  round: Round,
  state: WorkloadState,
  of: { readonly desired: number; readonly conflicts: readonly string[] },
): WorkloadStatus {
  const { instances, failures, runs } = state;
  const counts = { ...NO_INSTANCES };
  for (const { phase } of instances) counts[phase] += 1;
  const isRun = round.workload.kind.type === "job" || round.workload.kind.type === "cronjob";
  const current = instances.filter(
    (instance) => instance.phase === "ready" && (isRun || round.matches(instance)),
  ).length;
  const unplaced = instances.flatMap((instance) =>
    instance.phase === "pending"
      ? [
          {
            instance: instance.id,
            reason: instance.reason ?? "Its turn has yet to come.",
            retryAt: instance.retryAt,
          },
        ]
      : [],
  );
  const phase = phaseOf(round, state, { ...of, current, counts });
  return { phase, ...of, counts, current, unplaced, failures, runs };
}

type Seen = Pick<WorkloadStatus, "desired" | "conflicts" | "current" | "counts">;

function phaseOf(round: Round, state: WorkloadState, seen: Seen): StatusPhase {
  const { counts, desired, current } = seen;
  const { kind, isStopped } = round.workload;
  if (seen.conflicts.length > 0) return "failed";
  const standing = counts.pending + counts.starting + counts.ready + counts.unhealthy;
  const isLeaving = state.instances.some(
    (instance) =>
      (instance.phase === "draining" || instance.phase === "stopping") &&
      round.isReachable(instance),
  );
  if (isStopped) return standing > 0 || isLeaving ? "updating" : "stopped";
  const last = state.runs.at(-1);
  if (kind.type === "cronjob") return last === undefined ? "created" : "running";
  if (kind.type === "job" && last !== undefined && last.outcome !== "active") return last.outcome;
  if (standing === 0) return desired === 0 && !isLeaving ? "created" : "pending";
  if (counts.ready === 0 && standing === counts.pending) {
    const isHopeless = state.instances.some(({ attempt }) => attempt >= HOPELESS_ATTEMPTS);
    return isHopeless ? "failed" : "pending";
  }
  if (kind.type === "job") return "running";
  if (counts.ready > current || standing > desired) return "updating";
  if (current < desired) return "deploying";
  const { rollout } = round.workload;
  if (rollout?.stage !== "rolling") return "running";
  return rollout.purpose === "deploy" ? "deploying" : "updating";
}
