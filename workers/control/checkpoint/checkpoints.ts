// Checkpoints taken, looked at, compared with what stands, and gone back to. Going back is a run like any other: it is
// written before it begins, survives whoever drives it, and is told and counted.
import { submit } from "#control/provisioning/runs.ts";
import type { Submission } from "#control/provisioning/runs.ts";
import { changesBetween, countsOf } from "#domain/checkpoint.ts";
import type { Change, Checkpoint } from "#domain/checkpoint.ts";
import { OPERATIONS_MAX } from "#domain/batch/batch.ts";
import { DEFAULT_RETRY, OPERATION_TIMEOUT_MS } from "#domain/batch/operation.ts";
import type { Operation } from "#domain/batch/operation.ts";
import { Fault } from "#domain/fault.ts";
import type { Effect } from "#domain/provisioning/effect.ts";
import type { Run } from "#domain/provisioning/run.ts";
import * as stored from "#stores/checkpoints.ts";
import { database } from "#stores/database.ts";
import { keepState, keptState, readState } from "./state.ts";

export async function takeCheckpoint(
  env: Env,
  given: Pick<Checkpoint, "name" | "description" | "createdBy">,
): Promise<Checkpoint> {
  const state = await readState(env);
  const kept = await keepState(env, state);
  const id = crypto.randomUUID();
  const checkpoint = { ...given, ...kept, id, counts: countsOf(state), createdAt: Date.now() };
  await stored.insertCheckpoint(database(env), checkpoint);
  return checkpoint;
}

export async function getCheckpoint(env: Env, id: string): Promise<Checkpoint> {
  const found = await stored.findCheckpoint(database(env), id);
  if (found === null) throw new Fault("NOT_FOUND", `There is no checkpoint ${id}.`);
  return found;
}

export async function listCheckpoints(env: Env, page: { limit: number; offset: number }) {
  return stored.listCheckpoints(database(env), page);
}

export async function removeCheckpoint(env: Env, id: string): Promise<void> {
  const { digest } = await getCheckpoint(env, id);
  await stored.deleteCheckpoint(database(env), id);
  const isNeeded = await stored.isDocumentNeeded(database(env), digest);
  if (!isNeeded) await stored.deleteCheckpointDocument(env, digest);
}

/** What going back to it would change now. */
export async function planRestore(env: Env, id: string): Promise<Change[]> {
  const { digest } = await getCheckpoint(env, id);
  return changesTo(env, digest);
}

async function changesTo(env: Env, digest: string): Promise<Change[]> {
  return changesBetween(await readState(env), await keptState(env, digest));
}

/** One change after the other: a later one may stand on an earlier. What can't be restored doesn't keep the rest from it. */
export async function startRestore(env: Env, id: string, by: string): Promise<Run> {
  const { digest } = await getCheckpoint(env, id);
  const changes = await changesTo(env, digest);
  const effects = changes.map((change): Effect => ({ type: "restore", digest, ...change }));
  return startRollback(env, {
    name: "restore_checkpoint",
    arguments: [id],
    operations: grouped(effects).map((group, place) => operationOf(`restore-${place + 1}`, group)),
    by,
  });
}

export async function startRollback(
  env: Env,
  given: Pick<Submission, "name" | "arguments" | "by"> & { readonly operations: Operation[] },
): Promise<Run> {
  const { operations, ...rest } = given;
  return submit(env, {
    ...rest,
    kind: "rollback",
    command: "edgeloom rollback execute",
    infra: null,
    plan: { operations, parallelLimit: 1, rollbackEnabled: false, preserveSuccessful: true },
    isCheck: false,
  });
}

export function operationOf(id: string, effects: readonly Effect[]): Operation {
  return {
    id,
    type: "rollback",
    dependencies: [],
    effects,
    onFailure: "continue",
    timeoutMs: OPERATION_TIMEOUT_MS,
    retry: DEFAULT_RETRY,
  };
}

/** An operation each, as long as a run has room for them. */
function grouped(effects: readonly Effect[]): Effect[][] {
  const size = Math.max(1, Math.ceil(effects.length / OPERATIONS_MAX));
  return Array.from({ length: Math.ceil(effects.length / size) }, (_, place) =>
    effects.slice(place * size, (place + 1) * size),
  );
}
