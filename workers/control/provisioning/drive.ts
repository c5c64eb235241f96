// Drives one run: the executor with its hands on D1, nodes, workloads and clusters.
import { drive } from "#control/batch-executor.ts";
import type { BatchHost, EffectPlace } from "#control/batch-executor.ts";
import { isTerminal } from "#domain/batch/batch.ts";
import type { BatchEvent } from "#domain/batch/step.ts";
import { Fault } from "#domain/fault.ts";
import { effectKey } from "#domain/provisioning/effect.ts";
import type { Effect } from "#domain/provisioning/effect.ts";
import { RUNS_OF_KIND, outcomeOf } from "#domain/provisioning/run.ts";
import type { Run } from "#domain/provisioning/run.ts";
import { database } from "#stores/database.ts";
import { announce } from "#stores/events.ts";
import { record } from "#stores/ledger.ts";
import * as runs from "#stores/runs.ts";
import { inspect, perform, undo } from "./effects.ts";
import type { Deed } from "./effects.ts";

export type Drive = { readonly runId: string; readonly generation: number };

/** The event that wakes a run which waits. */
export const WAKE = "wake";

/** A run that nobody has driven for so long has lost its driver. */
export const LAPSE_MS = 30_000;
const RENEW_MS = 10_000;
/** How often a task looks whether it is its turn. */
const TURN_MS = 1_000;

/** Milliseconds until there is more to do; null once the run has ended or another drives it. */
export async function driveRun(env: Env, { runId, generation }: Drive): Promise<number | null> {
  const db = database(env);
  const run = await runs.findRun(db, runId);
  if (run === null || run.generation !== generation || isTerminal(run.batch)) return null;
  const mayBegin = run.startedAt !== null || run.batch.phase !== "running";
  if (!mayBegin && !(await runs.haveEnded(db, run.dependencies))) {
    await runs.postpone(db, runId, Date.now() + LAPSE_MS);
    return TURN_MS;
  }
  const renewal = new AbortController();
  const renewing = renew(env, runId, renewal.signal);
  try {
    const idle = await drive(hostOf(env, run));
    if (idle.type === "ended") return null;
    await runs.postpone(db, runId, idle.at + LAPSE_MS);
    return Math.max(0, idle.at - Date.now());
  } finally {
    renewal.abort();
    await renewing;
  }
}

async function renew(env: Env, runId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await scheduler.wait(RENEW_MS, { signal }).catch(() => null);
    if (!signal.aborted) await runs.postpone(database(env), runId, Date.now() + LAPSE_MS);
  }
}

function hostOf(env: Env, of: Run): BatchHost {
  const db = database(env);
  let run = of;
  const deedOf = (effect: Effect, { operation, place }: EffectPlace): Deed => ({
    effect,
    key: effectKey(run.id, operation, place),
    by: run.createdBy,
  });
  return {
    async load() {
      const found = await runs.findRun(db, run.id);
      if (found === null) throw new Fault("NOT_FOUND", `There is no run ${run.id}.`);
      run = found;
      return { version: run.version, batch: run.batch };
    },
    async commit({ version, batch }, event) {
      const written = await writeRun(env, { ...run, version, batch }, event);
      if (written === null) return false;
      run = written;
      return true;
    },
    inspect: (effect, at) => inspect(env, deedOf(effect, at)),
    perform: (effect, at) => perform(env, deedOf(effect, at)),
    undo: (effect, at, before) => undo(env, deedOf(effect, at), before),
    now: () => Date.now(),
    wait: (ms, signal) => scheduler.wait(ms, { signal }),
  };
}

/** Null when another version stands by now. What changes for who reads it is told to all who listen. */
export async function writeRun(env: Env, given: Run, event: BatchEvent): Promise<Run | null> {
  const now = Date.now();
  const { isOver, ...outcome } = outcomeOf(given.batch);
  const run: Run = {
    ...given,
    ...outcome,
    startedAt: given.startedAt ?? now,
    endedAt: isOver ? now : null,
  };
  const isWritten = await runs.replaceRun(database(env), run, {
    at: now,
    wakeAt: isOver ? null : now + LAPSE_MS,
    details: { event: event.type, ...("id" in event ? { operation: event.id } : {}) },
  });
  if (!isWritten) return null;
  if (run.status !== given.status) await tell(env, run, now);
  return run;
}

async function tell(env: Env, run: Run, now: number): Promise<void> {
  await announceRun(env, run, now);
  if (run.endedAt === null) return;
  const { id, kind, status, output, error, createdBy } = run;
  await record(env, {
    actor: createdBy,
    action: `${kind}:${whatOf(run)}`,
    resource: `${RUNS_OF_KIND[kind]}:${id}`,
    result: status === "Completed" ? "success" : "failure",
    reason: error ?? output ?? whatOf(run),
    evidence: {
      operations: Object.fromEntries(
        Object.entries(run.batch.progress).map(([key, { phase }]) => [key, phase]),
      ),
    },
  });
}

/** Its status, told to all who listen. */
export async function announceRun(env: Env, run: Run, now: number): Promise<void> {
  const { id, kind, name, status, output, error, version } = run;
  const what = whatOf(run);
  await announce(env, {
    type: `${kind}.${what}`,
    at: now,
    subject: `${RUNS_OF_KIND[kind]}/${id}`,
    app: null,
    message: error ?? output ?? `${name} ${what}`,
    level: status === "Failed" ? "error" : "info",
    data: { [`${kind}_id`]: id, name, status: status.toLowerCase(), output, error },
    key: `${id}#${version}`,
  });
}

function whatOf({ status }: Run): string {
  return status === "Running" ? "started" : status.toLowerCase();
}
