// Jobs and cronjobs: a run wants so many instances that end well, a few at a time. A job has one run for each revision,
// a cronjob one for each occurrence. A run that has ended starts nothing more.
import { latestOccurrence } from "#domain/schedule.ts";
import type { Instance } from "./instance.ts";
import { byWorth, isPlaced } from "./round.ts";
import type { Round } from "./round.ts";
import type { Run } from "./state.ts";
import type { Kind, RunPolicy } from "./workload.ts";

/** Runs that have ended and are still told. */
const ENDED_KEPT = 3;
/** Runs of a cronjob that may go on at once: what Allow allows. */
const ACTIVE_MAX = 100;

type RunKind = Extract<Kind, { type: "job" | "cronjob" }>;

/** Tells how many instances the runs want now. */
export function planRuns(round: Round, kind: RunKind): number {
  if (kind.type === "job") beginJob(round);
  else beginDue(round, kind);
  forgetOld(round);
  const active = new Set(round.draft.runs.filter(isActive).map(({ id }) => id));
  for (const instance of [...round.standing, ...round.returned]) {
    if (instance.run === null || !active.has(instance.run)) round.dismiss(instance);
  }
  let wanted = 0;
  for (const run of round.draft.runs) if (isActive(run)) wanted += advance(round, run, kind.run);
  return wanted;
}

function beginJob(round: Round): void {
  const { revision, isStopped } = round.workload;
  if (isStopped || round.draft.runs.at(-1)?.revision === revision) return;
  stopActive(round);
  begin(round, revision);
}

/** Occurrences that were missed are one: the latest. */
function beginDue(round: Round, kind: Extract<Kind, { type: "cronjob" }>): void {
  const { draft, now, workload } = round;
  const after = draft.scheduledAt;
  if (after === null) {
    draft.write({ scheduledAt: now });
    return;
  }
  const due = latestOccurrence(kind.schedule, after, now);
  if (due === null) return;
  draft.write({ scheduledAt: due });
  if (workload.isStopped || now - due > kind.startingDeadlineMs) return;
  const active = draft.runs.filter(isActive).length;
  if (active >= (kind.concurrency === "Forbid" ? 1 : ACTIVE_MAX)) return;
  if (kind.concurrency === "Replace") stopActive(round);
  begin(round, new Date(due).toISOString());
}

function begin({ draft, workload, now }: Round, id: string): void {
  const { revision } = workload;
  const counts = { succeeded: 0, failed: 0 };
  const run: Run = { id, revision, createdAt: now, ...counts, outcome: "active" };
  draft.write({ runs: [...draft.runs.filter((before) => before.id !== id), run] });
}

function stopActive({ draft }: Round): void {
  for (const run of draft.runs.filter(isActive)) {
    draft.writeRun(run.id, () => ({ outcome: "stopped" }));
  }
}

/** Makes the run's instances as many as it still wants, or ends it; tells how many that are. */
function advance(round: Round, run: Run, policy: RunPolicy): number {
  const ofRun = (instance: Instance): boolean => instance.run === run.id;
  const left = policy.completions - run.succeeded;
  const isOver = left <= 0 || run.failed > policy.retries;
  if (isOver) round.draft.writeRun(run.id, () => ({ outcome: left <= 0 ? "completed" : "failed" }));
  const wanted = isOver || round.workload.isStopped ? 0 : Math.min(policy.parallelism, left);
  let placed = round.standing.filter(ofRun).filter(isPlaced).length;
  for (const instance of round.returned.filter(ofRun)) {
    if (placed < wanted && round.isAllowed(instance)) {
      round.adopt(instance);
      placed += 1;
    } else round.dismiss(instance);
  }
  const standing = byWorth(round.standing.filter(ofRun));
  for (const instance of standing.slice(wanted)) round.dismiss(instance);
  for (let count = standing.length; count < wanted; count += 1) {
    round.draft.add({ slot: null, run: run.id });
  }
  return wanted;
}

function forgetOld({ draft }: Round): void {
  const ended = draft.runs.filter((run) => !isActive(run));
  if (ended.length <= ENDED_KEPT) return;
  const gone = new Set(ended.slice(0, -ENDED_KEPT));
  draft.write({ runs: draft.runs.filter((run) => !gone.has(run)) });
}

function isActive({ outcome }: Run): boolean {
  return outcome === "active";
}
