// A batch: operations with their dependencies, and how far each of them is. One task is a batch of one operation.
//
//   running ──► completed
//      │ ├────► failed                      (on_failure: fail)
//      │ └────► compensating ──► failed     (on_failure: rollback)
//      └─ cancel ─► cancelling ──► compensating ──► cancelled
import { graphFaults } from "./graph.ts";
import { UNTOUCHED } from "./operation.ts";
import type { Operation, Progress } from "./operation.ts";

export type BatchPhase =
  | "running"
  | "cancelling"
  | "compensating"
  | "completed"
  | "failed"
  | "cancelled";

export type Batch = {
  readonly phase: BatchPhase;
  /** How it will end once what is undone is undone. */
  readonly verdict: "failed" | "cancelled" | null;
  readonly reason: string | null;
  readonly operations: readonly Operation[];
  readonly progress: Readonly<Record<string, Progress>>;
  /** How many operations may run at once. */
  readonly parallelLimit: number;
  readonly rollbackEnabled: boolean;
  /** Operations that completed stay when another fails. */
  readonly preserveSuccessful: boolean;
  /** In the order in which they settled: they are undone from its end. */
  readonly settled: readonly string[];
};

export type BatchPlan = Pick<
  Batch,
  "operations" | "parallelLimit" | "rollbackEnabled" | "preserveSuccessful"
>;

export const PARALLEL_MAX = 50;
export const OPERATIONS_MAX = 500;

/** Faults, or a batch in which nothing has begun. */
export function newBatch(plan: BatchPlan): { readonly faults: string[] } | Batch {
  const faults = graphFaults(plan.operations);
  if (faults.length > 0) return { faults };
  return {
    ...plan,
    phase: "running",
    verdict: null,
    reason: null,
    progress: Object.fromEntries(plan.operations.map(({ id }) => [id, UNTOUCHED])),
    settled: [],
  };
}

export function progressOf(batch: Batch, id: string): Progress {
  return batch.progress[id] ?? UNTOUCHED;
}

/** What completed and was undone after the batch had ended. */
export function undone(batch: Batch, id: string, now: number): Batch {
  const before = progressOf(batch, id);
  if (before.phase !== "completed") return batch;
  const after: Progress = { ...before, phase: "compensated", endedAt: now, traces: [] };
  return { ...batch, progress: { ...batch.progress, [id]: after } };
}

export function isTerminal({ phase }: Pick<Batch, "phase">): boolean {
  return phase === "completed" || phase === "failed" || phase === "cancelled";
}
