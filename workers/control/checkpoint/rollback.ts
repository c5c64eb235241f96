// Going back: to a checkpoint, or by undoing operations that completed. Waited for, within bounds.
import { waitFor } from "#control/provisioning/runs.ts";
import { undoable } from "#control/provisioning/undoable.ts";
import { Fault } from "#domain/fault.ts";
import { failuresOf } from "#domain/provisioning/run.ts";
import type { Run } from "#domain/provisioning/run.ts";
import { listCheckpoints } from "#stores/checkpoints.ts";
import { database } from "#stores/database.ts";
import { rollbackFigures } from "#stores/runs.ts";
import { operationOf, startRestore, startRollback } from "./checkpoints.ts";

const WAIT_MS = 60_000;

export type Goal =
  | { readonly checkpoint: string }
  | {
      /** Ids of operations, tasks or batches. */
      readonly operations: readonly string[];
    };

/** As it is when it has ended, or after a minute. */
export async function rollBack(env: Env, goal: Goal, by: string): Promise<Run> {
  const run =
    "checkpoint" in goal
      ? await startRestore(env, goal.checkpoint, by)
      : await startCompensation(env, goal.operations, by);
  return waitFor(env, run, WAIT_MS);
}

async function startCompensation(env: Env, ids: readonly string[], by: string): Promise<Run> {
  const places = await undoable(env, ids);
  return startRollback(env, {
    name: "undo_operations",
    arguments: ids,
    operations: places.map((place, at) =>
      operationOf(`undo-${at + 1}`, [{ type: "compensation", ...place }]),
    ),
    by,
  });
}

export function refuseBroken(run: Run): void {
  const details = failuresOf(run);
  if (details.length === 0 && run.status === "Completed") return;
  const of = run.batch.operations.length;
  throw new Fault("CONFLICT", `${details.length} of ${of} operations could not be done.`, {
    details,
  });
}

export async function figures(env: Env) {
  const db = database(env);
  const [checkpoints, rollbacks] = await Promise.all([
    listCheckpoints(db, { limit: 1, offset: 0 }),
    rollbackFigures(db),
  ]);
  return { checkpoints: checkpoints.total, ...rollbacks };
}
