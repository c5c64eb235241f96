// One step from what a workload wants and what there is to what follows: `reconcile(workload, { state, cluster },
// now)` gives the next state, how it stands, the commands for nodes, and when to look again. Pure; it never throws, and
// asked again at the same moment it gives the same state back and no command.
import type { Cluster } from "#domain/placement/cluster.ts";
import { nextOccurrence } from "#domain/schedule.ts";
import { Allotment } from "./allotment.ts";
import { assign } from "./assign.ts";
import { dispatch } from "./command.ts";
import type { Command } from "./command.ts";
import { LOST_KEPT_MS, RESEND_MS, UNPLACED_RETRY_MS } from "./instance.ts";
import type { Instance } from "./instance.ts";
import { planReplicas } from "./replicas.ts";
import { Round } from "./round.ts";
import { planRuns } from "./runs.ts";
import { makeRoom, planDaemons, planOrdered } from "./slots.ts";
import type { WorkloadState } from "./state.ts";
import { statusOf } from "./status.ts";
import type { WorkloadStatus } from "./status.ts";
import { tend } from "./tend.ts";
import { conflictsOf } from "./workload.ts";
import type { Workload } from "./workload.ts";

export type Reconciled = {
  /** The same reference when nothing changed. */
  readonly state: WorkloadState;
  readonly status: WorkloadStatus;
  readonly commands: readonly Command[];
  /** When to reconcile again though nothing is heard; null when only news can change anything. */
  readonly wakeAt: number | null;
};

export function reconcile(
  workload: Workload,
  given: { readonly state: WorkloadState; readonly cluster: Cluster },
  now: number,
): Reconciled {
  const round = new Round(workload, given, now);
  tend(round);
  const conflicts = conflictsOf(workload);
  let desired = 0;
  if (conflicts.length === 0) {
    const allotment = new Allotment(round, replicasOf(workload));
    desired = plan(round, allotment);
    assign(round, allotment);
    if (workload.kind.type === "daemonset") makeRoom(round);
    if (desired > 0) conflicts.push(...allotment.faults);
  }
  const commands = dispatch(round);
  const next = round.draft.finish();
  const status = statusOf(round, next, { desired, conflicts });
  return { state: next, status, commands, wakeAt: wakeAtOf(round, next) };
}

/** Makes the draft what is wanted; tells how many instances that are. */
function plan(round: Round, allotment: Allotment): number {
  const { workload } = round;
  const { kind } = workload;
  const replicas = replicasOf(workload) ?? 0;
  switch (kind.type) {
    case "deployment":
      planReplicas(round, allotment, replicas);
      return replicas;
    case "statefulset":
      planOrdered(round, allotment, replicas);
      return replicas;
    case "daemonset":
      return planDaemons(round, workload.isStopped ? 0 : kind.perNode);
    case "job":
    case "cronjob":
      return planRuns(round, kind);
  }
}

/** Null for those that spreads don't divide. */
function replicasOf({ kind, isStopped }: Workload): number | null {
  if (kind.type !== "deployment" && kind.type !== "statefulset") return null;
  return isStopped ? 0 : kind.replicas;
}

function wakeAtOf(round: Round, { instances }: WorkloadState): number | null {
  const { kind, isStopped } = round.workload;
  const times = instances.map((instance) => deadlineOf(round, instance));
  if (kind.type === "cronjob" && !isStopped) times.push(nextOccurrence(kind.schedule, round.now));
  return times.reduce(
    (least, time) => (time === null || (least !== null && least <= time) ? least : time),
    null,
  );
}

function deadlineOf(round: Round, instance: Instance): number | null {
  const { startMs, unhealthyMs, drainMs } = round.workload.timing;
  if (instance.phase === "pending") {
    return instance.retryAt > round.now ? instance.retryAt : round.now + UNPLACED_RETRY_MS;
  }
  const { since } = instance;
  if (instance.phase === "ready") return null;
  if (!round.isReachable(instance)) return since + LOST_KEPT_MS;
  const resendAt = (instance.sentAt ?? round.now) + RESEND_MS;
  switch (instance.phase) {
    case "starting":
      return Math.min(since + startMs, resendAt);
    case "draining":
      return Math.min(since + drainMs, resendAt);
    case "unhealthy":
      return since + unhealthyMs;
    case "stopping":
      return resendAt;
    case "lost":
      return null;
  }
}
