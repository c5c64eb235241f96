// A run: a task or a batch as it is told, with the batch that it is inside.
import { isTerminal, progressOf } from "#domain/batch/batch.ts";
import type { Batch, BatchPhase } from "#domain/batch/batch.ts";
import { isSettled, percentOf } from "#domain/batch/operation.ts";
import type { Operation } from "#domain/batch/operation.ts";
import { toldEffect } from "./effect.ts";

export const RUN_STATUSES = ["Pending", "Running", "Completed", "Failed", "Cancelled"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type RunKind = "task" | "batch" | "rollback";

/** As events and the ledger name what they are about. */
export const RUNS_OF_KIND: Readonly<Record<RunKind, string>> = {
  task: "tasks",
  batch: "batches",
  rollback: "rollbacks",
};

export type Run = {
  readonly id: string;
  readonly kind: RunKind;
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  /** What it acts on, where that is one infra. */
  readonly infra: string | null;
  /** Earlier tasks on the same infra: it begins once they have ended. */
  readonly dependencies: readonly string[];
  readonly status: RunStatus;
  readonly batch: Batch;
  readonly version: number;
  readonly output: string | null;
  readonly error: string | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly generation: number;
};

export type Snapshot = {
  readonly runId: string;
  readonly version: number;
  readonly at: number;
  readonly state: string;
  readonly details: Readonly<Record<string, unknown>>;
};

const STATUS: Readonly<Record<BatchPhase, RunStatus>> = {
  running: "Running",
  cancelling: "Running",
  compensating: "Running",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** What follows from the batch for who reads the run. */
export function outcomeOf(
  batch: Batch,
): Pick<Run, "status" | "output" | "error"> & { readonly isOver: boolean } {
  const isOver = isTerminal(batch);
  return {
    status: STATUS[batch.phase],
    output: isOver ? outputOf(batch) : null,
    error: errorOf(batch),
    isOver,
  };
}

/** Everything that it did and that stands, a line each. */
function outputOf(batch: Batch): string {
  const lines = batch.operations.flatMap(({ id }) =>
    progressOf(batch, id).traces.flatMap(({ detail }) => (detail === null ? [] : [detail])),
  );
  return lines.length === 0 ? "Nothing was changed." : lines.join("\n");
}

function errorOf(batch: Batch): string | null {
  const stuck = batch.operations.filter(
    ({ id }) => progressOf(batch, id).phase === "compensationFailed",
  );
  const left = stuck.map(({ id }) => `${id} could not be undone: ${progressOf(batch, id).reason}`);
  const told = [...(batch.reason === null ? [] : [batch.reason]), ...left];
  return told.length === 0 ? null : told.join(" ");
}

/** Why operations did not come about, a reason for each. */
export function failuresOf({ batch }: Run): string[] {
  return batch.operations
    .map(({ id }) => progressOf(batch, id))
    .filter(({ phase }) => phase === "failed" || phase === "skipped")
    .map(({ reason }) => reason ?? "no reason is known");
}

export type RunProgress = {
  /** 0 to 100, by effects that came about. */
  readonly percent: number;
  readonly currentStep: string | null;
  readonly totalSteps: number;
  readonly completedSteps: number;
};

/** A step is an operation. An operation without effects counts as one effect. */
export function runProgress(batch: Batch): RunProgress {
  const { operations } = batch;
  const weights = operations.map(({ effects }) => Math.max(1, effects.length));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const done = operations.reduce((sum, operation, place) => {
    const progress = progressOf(batch, operation.id);
    const percent = isSettled(progress) ? 100 : percentOf(operation, progress);
    return sum + ((weights[place] ?? 1) * percent) / 100;
  }, 0);
  const active = operations.find(({ id }) =>
    ["running", "compensating"].includes(progressOf(batch, id).phase),
  );
  return {
    percent: total === 0 ? 100 : Math.round((1000 * done) / total) / 10,
    currentStep: active === undefined ? null : currentStep(batch, active),
    totalSteps: operations.length,
    completedSteps: operations.filter(({ id }) => isSettled(progressOf(batch, id))).length,
  };
}

function currentStep(batch: Batch, operation: Operation): string {
  const { phase, traces } = progressOf(batch, operation.id);
  if (phase === "compensating") return `undo ${operation.id}`;
  const place = traces.findIndex(({ detail }) => detail === null);
  const effect = operation.effects[place === -1 ? traces.length : place];
  return effect === undefined ? operation.id : toldEffect(effect);
}

/**
 * Seconds that are left, from how long earlier runs of the same name took on average, and how far this one is.
 * Null where nothing of the kind ever ended.
 */
export function estimateSeconds(
  of: { startedAt: number | null; percent: number },
  averageMs: number | null,
  now: number,
): number | null {
  if (averageMs === null) return null;
  const byShare = averageMs * (1 - of.percent / 100);
  const byClock = of.startedAt === null ? averageMs : averageMs - (now - of.startedAt);
  return Math.round(Math.max(0, of.percent > 0 ? byShare : byClock) / 1000);
}
