// Undoes operations that completed long ago, by what their runs wrote down of what they met.
import { undone, progressOf } from "#domain/batch/batch.ts";
import { Fault } from "#domain/fault.ts";
import { effectKey } from "#domain/provisioning/effect.ts";
import type { Effect } from "#domain/provisioning/effect.ts";
import type { Run } from "#domain/provisioning/run.ts";
import { database } from "#stores/database.ts";
import * as runs from "#stores/runs.ts";
import type { Deed } from "./effects.ts";

type Compensation = Extract<Effect, { type: "compensation" }>;
type Undo = (env: Env, deed: Deed, before: unknown) => Promise<void>;

/** Undoes its effects, last first, and writes beside the operation that it is undone. Done again, it does nothing. */
export async function compensate(
  env: Env,
  { effect, by }: Deed<Compensation>,
  undo: Undo,
): Promise<string> {
  const { run: id, operation: name } = effect;
  const run = await endedRun(env, id);
  const operation = run.batch.operations.find((one) => one.id === name);
  const { phase, traces } = progressOf(run.batch, name);
  if (phase === "compensated") return `Operation ${name} of ${id} is undone.`;
  if (operation === undefined || phase !== "completed") {
    throw new Fault(
      "CONFLICT",
      `Operation ${name} of ${id} is ${phase}: there is nothing to undo.`,
    );
  }
  for (const [place, { before }] of [...traces.entries()].toReversed()) {
    const one = operation.effects[place];
    if (one !== undefined)
      await undo(env, { effect: one, key: effectKey(id, name, place), by }, before);
  }
  await write(env, id, name);
  return `Operation ${name} of ${id} is undone.`;
}

async function write(env: Env, id: string, operation: string): Promise<void> {
  for (;;) {
    const run = await endedRun(env, id);
    const now = Date.now();
    const next = { ...run, batch: undone(run.batch, operation, now), version: run.version + 1 };
    const details = { event: "compensated", operation };
    if (await runs.replaceRun(database(env), next, { at: now, wakeAt: null, details })) return;
  }
}

async function endedRun(env: Env, id: string): Promise<Run> {
  const run = await runs.findRun(database(env), id);
  if (run === null) throw new Fault("NOT_FOUND", `There is no run ${id}.`);
  if (run.endedAt !== null) return run;
  throw new Fault("CONFLICT", `Run ${id} is ${run.status}: cancel it, and it undoes what it did.`);
}
