// Tasks and batches: submitted, looked at, waited for, cancelled. What they do is the executor's business.
import { newBatch } from "#domain/batch/batch.ts";
import type { BatchPlan } from "#domain/batch/batch.ts";
import { topologicalOrder } from "#domain/batch/graph.ts";
import { step } from "#domain/batch/step.ts";
import { Fault } from "#domain/fault.ts";
import { toldEffect } from "#domain/provisioning/effect.ts";
import { estimateSeconds, runProgress } from "#domain/provisioning/run.ts";
import type { Run, RunKind, RunProgress } from "#domain/provisioning/run.ts";
import { database } from "#stores/database.ts";
import * as runs from "#stores/runs.ts";
import { LAPSE_MS, WAKE, announceRun, writeRun } from "./drive.ts";
import type { Drive } from "./drive.ts";
import { inspect } from "./effects.ts";

export type Submission = {
  readonly kind: RunKind;
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly infra: string | null;
  readonly plan: BatchPlan;
  readonly by: string;
  /** Computes and tells what would change, and changes nothing. */
  readonly isCheck: boolean;
};

const LOOK_MS = 200;
/** More than this waits for the next sweep. */
const LAPSED_MAX = 100;
/** Tasks of one infra that may wait for each other. */
const QUEUED_MAX = 50;

/** Stored when it answers; from then on it is driven, whatever dies. */
export async function submit(env: Env, given: Submission): Promise<Run> {
  const now = Date.now();
  const batch = newBatch(given.plan);
  if ("faults" in batch) {
    const message = "The operations can't be put in order.";
    throw new Fault("VALIDATION_ERROR", message, { details: batch.faults });
  }
  const id = crypto.randomUUID();
  const { kind, name, command, by: createdBy } = given;
  const run: Run = {
    id,
    kind,
    name,
    command,
    arguments: given.arguments,
    infra: given.infra,
    dependencies: await dependenciesOf(env, given),
    status: "Pending",
    batch,
    version: 1,
    output: null,
    error: null,
    createdBy,
    createdAt: now,
    startedAt: null,
    endedAt: null,
    generation: 1,
  };
  if (given.isCheck) return checked(env, run, now);
  await runs.insertRun(database(env), run, now + LAPSE_MS);
  await start(env, { runId: id, generation: 1 });
  return run;
}

/** Servers come before what runs on them: what is submitted for an infra is done in the order in which it came. */
async function dependenciesOf(env: Env, { infra, isCheck }: Submission): Promise<string[]> {
  if (infra === null || isCheck) return [];
  const unfinished = await runs.unfinishedOn(database(env), infra);
  if (unfinished.length < QUEUED_MAX) return unfinished;
  const message = `${unfinished.length} tasks of ${infra} wait already; ${QUEUED_MAX} may.`;
  throw new Fault("CONFLICT", message);
}

async function start(env: Env, drive: Drive): Promise<void> {
  const id = `${drive.runId}-${drive.generation}`;
  // What could not be started now is found by the next sweep.
  await env.RUNS.create({ id, params: drive }).catch((cause: unknown) => {
    console.warn(JSON.stringify({ level: "warn", message: "run not started", id }), cause);
  });
}

/** What each effect meets as things stand, in the order in which they would come. */
async function checked(env: Env, run: Run, now: number): Promise<Run> {
  const { operations } = run.batch;
  const lines: string[] = [];
  const faults: string[] = [];
  for (const id of topologicalOrder(operations)) {
    const operation = operations.find((one) => one.id === id);
    for (const [place, effect] of (operation?.effects ?? []).entries()) {
      const deed = { effect, key: `${run.id}/${id}/${place}`, by: run.createdBy };
      try {
        await inspect(env, deed);
        lines.push(`Would ${toldEffect(effect)}.`);
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        faults.push(`Could not ${toldEffect(effect)}: ${thrown.message}`);
      }
    }
  }
  const failed = faults.length > 0;
  const over: Run = {
    ...run,
    batch: { ...run.batch, phase: failed ? "failed" : "completed" },
    status: failed ? "Failed" : "Completed",
    output: lines.length === 0 ? "Nothing would change." : lines.join("\n"),
    error: failed ? faults.join("\n") : null,
    startedAt: now,
    endedAt: Date.now(),
  };
  await runs.insertRun(database(env), over, null);
  await announceRun(env, over, Date.now());
  return over;
}

export async function getRun(env: Env, kind: RunKind, id: string): Promise<Run> {
  const run = await runs.findRun(database(env), id);
  if (run?.kind === kind) return run;
  throw new Fault("NOT_FOUND", `There is no ${kind} ${id}.`);
}

/** As it is when it has ended, or when the time is up. */
export async function waitFor(env: Env, run: Run, ms: number): Promise<Run> {
  const until = Date.now() + ms;
  for (let found = run; ; found = await getRun(env, run.kind, run.id)) {
    if (found.endedAt !== null || Date.now() >= until) return found;
    await scheduler.wait(LOOK_MS);
  }
}

/** What runs comes to its next safe point, then what is done is undone. */
export async function cancelRun(
  env: Env,
  of: { readonly kind: RunKind; readonly id: string; readonly by: string },
): Promise<void> {
  const event = { type: "cancel", reason: `Cancelled by ${of.by}.` } as const;
  for (;;) {
    const run = await getRun(env, of.kind, of.id);
    const batch = step(run.batch, event, Date.now());
    if (batch === run.batch) {
      throw new Fault(
        "CONFLICT",
        `The ${of.kind} ${of.id} is ${run.status}: it can't be cancelled.`,
      );
    }
    const written = await writeRun(env, { ...run, batch, version: run.version + 1 }, event);
    if (written === null) continue;
    const instance = await env.RUNS.get(`${run.id}-${run.generation}`).catch(() => null);
    await instance?.sendEvent({ type: WAKE, payload: null }).catch(() => null);
    return;
  }
}

export type Estimated = RunProgress & { readonly remainingSeconds: number | null };

export async function progress(env: Env, id: string): Promise<{ run: Run } & Estimated> {
  const db = database(env);
  const run = await runs.findRun(db, id);
  if (run === null) throw new Fault("NOT_FOUND", `There is no workflow ${id}.`);
  const found = runProgress(run.batch);
  const { startedAt, endedAt } = run;
  const average = endedAt === null ? await runs.averageDuration(db, run.name) : null;
  const remainingSeconds =
    endedAt === null
      ? estimateSeconds({ startedAt, percent: found.percent }, average, Date.now())
      : 0;
  return { run, ...found, remainingSeconds };
}

/** Gives every run whose driver is lost another one, and lets go of those that ended long ago. */
export async function sweepRuns(env: Env, now: number, retentionMs: number): Promise<void> {
  const db = database(env);
  for (const run of await runs.lapsedRuns(db, now, LAPSED_MAX)) {
    const generation = await runs.takeOver(db, run, now + LAPSE_MS);
    if (generation !== null) await start(env, { runId: run.id, generation });
  }
  await runs.deleteRunsBefore(db, now - retentionMs);
}

export async function listRuns(env: Env, filter: runs.RunFilter) {
  return runs.listRuns(database(env), filter);
}

export async function listSnapshots(env: Env, id: string, page: { limit: number; offset: number }) {
  const db = database(env);
  if ((await runs.findRun(db, id)) === null) {
    throw new Fault("NOT_FOUND", `There is no workflow ${id}.`);
  }
  return runs.snapshotsOf(db, id, page);
}
