// Finds the operations that a rollback names.
import { progressOf } from "#domain/batch/batch.ts";
import { Fault } from "#domain/fault.ts";
import type { Run } from "#domain/provisioning/run.ts";
import { database } from "#stores/database.ts";
import * as runs from "#stores/runs.ts";

/** An operation that completed, of a run that has ended. */
export type Place = { readonly run: string; readonly operation: string };

/**
 * The operations that the ids name, in the order in which they must be undone: last done first. An id is an
 * operation's own, `<batch>/<operation>` where several batches have one of that name, or that of a whole task or batch.
 */
export async function undoable(env: Env, ids: readonly string[]): Promise<Place[]> {
  const found: Found[] = [];
  const faults: string[] = [];
  for (const id of new Set(ids)) {
    const named = await namedBy(env, id);
    if ("fault" in named) faults.push(`operation_ids: ${named.fault}`);
    else found.push(...named.found);
  }
  if (faults.length > 0) {
    const message = "Not every id names an operation that can be undone.";
    throw new Fault("VALIDATION_ERROR", message, { details: faults });
  }
  return found
    .toSorted((one, other) => other.endedAt - one.endedAt || other.settled - one.settled)
    .map(({ run, operation }) => ({ run, operation }));
}

type Found = Place & { readonly endedAt: number; readonly settled: number };

async function namedBy(
  env: Env,
  id: string,
): Promise<{ readonly found: Found[] } | { readonly fault: string }> {
  const db = database(env);
  const whole = await runs.findRun(db, id);
  if (whole !== null) return some(completedOf(whole), `${id} has no operation that can be undone.`);
  const [runId = "", operation] = id.split("/");
  if (operation !== undefined) {
    const run = await runs.findRun(db, runId);
    const found = run === null ? [] : completedOf(run).filter((one) => one.operation === operation);
    return some(found, `${id} is no operation that completed.`);
  }
  const all = (await runs.runsWithOperation(db, id))
    .flatMap(completedOf)
    .filter((one) => one.operation === id);
  if (all.length > 1) {
    const names = all.map(({ run }) => `${run}/${id}`).join(" or ");
    return { fault: `${id} is one of several: expected ${names}.` };
  }
  return some(all, `${id} is no operation that completed.`);
}

function some(found: Found[], fault: string): { found: Found[] } | { fault: string } {
  return found.length === 0 ? { fault } : { found };
}

/** Nothing of a run that goes on: it undoes what it did when it is cancelled. */
function completedOf({ id: run, batch, endedAt }: Run): Found[] {
  if (endedAt === null) return [];
  return batch.settled.flatMap((operation, settled) => {
    const { phase, traces } = progressOf(batch, operation);
    const isDone = phase === "completed" && traces.length > 0;
    return isDone ? [{ run, operation, endedAt, settled }] : [];
  });
}
