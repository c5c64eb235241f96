// Domain → wire for tasks, batches and their state.
import { progressOf } from "#domain/batch/batch.ts";
import type { Batch } from "#domain/batch/batch.ts";
import type { Checkpoint } from "#domain/checkpoint.ts";
import { percentOf } from "#domain/batch/operation.ts";
import type { Progress } from "#domain/batch/operation.ts";
import { failuresOf } from "#domain/provisioning/run.ts";
import type { Run, Snapshot } from "#domain/provisioning/run.ts";
import { iso } from "./view.ts";

export function taskView(run: Run) {
  return {
    id: run.id,
    name: run.name,
    command: run.command,
    args: [...run.arguments],
    dependencies: [...run.dependencies],
    status: run.status,
    created_at: iso(run.createdAt),
    started_at: iso(run.startedAt),
    completed_at: iso(run.endedAt),
    output: run.output,
    error: run.error,
  };
}

export function batchView(run: Run) {
  const { id, name, status, batch, error } = run;
  return {
    batch_id: id,
    name,
    status,
    created_at: iso(run.createdAt),
    started_at: iso(run.startedAt),
    completed_at: iso(run.endedAt),
    error,
    operations: operationsView(batch),
  };
}

const STATUS: Readonly<Record<Progress["phase"], string>> = {
  pending: "Pending",
  running: "Running",
  waiting: "Running",
  completed: "Completed",
  failed: "Failed",
  skipped: "Skipped",
  cancelled: "Cancelled",
  compensating: "RollingBack",
  compensated: "RolledBack",
  compensationFailed: "RollbackFailed",
};

function operationsView(batch: Batch) {
  return batch.operations.map((operation) => {
    const progress = progressOf(batch, operation.id);
    const { phase, traces, attempt, reason } = progress;
    return {
      id: operation.id,
      type: operation.type,
      status: STATUS[phase],
      progress: percentOf(operation, progress),
      dependencies: operation.dependencies.map(({ id }) => id),
      attempts: attempt,
      error: reason,
      started_at: iso(progress.startedAt),
      completed_at: iso(progress.endedAt),
      results: { effects: traces.flatMap(({ detail }) => (detail === null ? [] : [detail])) },
    };
  });
}

export function snapshotView({ runId, version, at, state, details }: Snapshot) {
  return { snapshot_id: `${runId}-${version}`, timestamp: iso(at), state, details };
}

export function checkpointView({ id, name, description, createdAt, sizeBytes }: Checkpoint) {
  return { id, name, description, created_at: iso(createdAt), size: sizeText(sizeBytes) };
}

export function rollbackView(run: Run, now: number) {
  const { id, status, createdAt, endedAt, batch } = run;
  const errors = failuresOf(run);
  const executed = batch.operations.filter(
    (one) => progressOf(batch, one.id).phase === "completed",
  );
  return {
    rollback_id: id,
    success: status === "Completed" && errors.length === 0,
    operations_executed: executed.length,
    operations_failed: errors.length,
    duration: Math.round(((endedAt ?? now) - createdAt) / 100) / 10,
    errors,
  };
}

/** "245 MB" */
export function sizeText(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${Math.round(amount * 10) / 10} ${units[unit] ?? ""}`;
}
