// One step of a batch: `step(batch, event, now)` gives the next batch; `due(batch, now)` what is to be done now. Pure;
// an event that doesn't apply changes nothing. Whoever performs writes the batch first, so that a process that dies in
// between finds what it had begun: every attempt is numbered, and every effect can be done and undone twice.
import { isTerminal, progressOf } from "./batch.ts";
import type { Batch } from "./batch.ts";
import { isSettled, isTouched, retryDelayMs } from "./operation.ts";
import type { Operation, Progress, Trace } from "./operation.ts";

export type BatchEvent =
  /** The effect of that place is about to begin; `before` is what it found. */
  | {
      readonly type: "begun";
      readonly id: string;
      readonly place: number;
      readonly before: unknown;
    }
  | { readonly type: "done"; readonly id: string; readonly place: number; readonly detail: string }
  | { readonly type: "completed"; readonly id: string }
  | {
      readonly type: "failed";
      readonly id: string;
      readonly attempt: number;
      readonly reason: string;
      readonly isRetryable: boolean;
    }
  /** The effect of that place is undone. */
  | { readonly type: "undone"; readonly id: string; readonly place: number }
  | { readonly type: "compensated"; readonly id: string }
  | { readonly type: "cancel"; readonly reason: string }
  | { readonly type: "tick" };

export type Due =
  | { readonly type: "run"; readonly operation: Operation; readonly attempt: number }
  | { readonly type: "undo"; readonly operation: Operation; readonly attempt: number }
  | { readonly type: "wait"; readonly until: number };

/** What an event makes of the batch, and what follows by itself: operations that start, are skipped or are undone. */
export function step(batch: Batch, event: BatchEvent, now: number): Batch {
  if (isTerminal(batch)) return batch;
  return advance(taken(batch, event, now), now);
}

/** Everything that runs at this moment, or when to look again. Nothing where the batch has ended. */
export function due(batch: Batch): Due[] {
  const found: Due[] = [];
  let until = Number.POSITIVE_INFINITY;
  for (const operation of batch.operations) {
    const { phase, attempt, retryAt } = progressOf(batch, operation.id);
    if (retryAt !== null) until = Math.min(until, retryAt);
    else if (phase === "running") found.push({ type: "run", operation, attempt });
    else if (phase === "compensating") found.push({ type: "undo", operation, attempt });
  }
  if (found.length > 0 || isTerminal(batch)) return found;
  return [{ type: "wait", until }];
}

function taken(batch: Batch, event: BatchEvent, now: number): Batch {
  if (event.type === "tick") return batch;
  if (event.type === "cancel") {
    if (batch.phase !== "running") return batch;
    return { ...batch, phase: "cancelling", verdict: "cancelled", reason: event.reason };
  }
  const before = progressOf(batch, event.id);
  switch (event.type) {
    case "begun": {
      if (before.phase !== "running" || event.place !== before.traces.length) return batch;
      return written(batch, event.id, {
        traces: [...before.traces, { before: event.before, detail: null }],
      });
    }
    case "done":
      if (before.phase !== "running") return batch;
      return written(batch, event.id, { traces: told(before.traces, event) });
    case "completed":
      if (before.phase !== "running") return batch;
      return settled(batch, event.id, { phase: "completed", endedAt: now, reason: null });
    case "failed":
      return failed(batch, event, now);
    case "undone":
      if (before.phase !== "compensating" || event.place !== before.traces.length - 1) return batch;
      return written(batch, event.id, { traces: before.traces.slice(0, -1) });
    case "compensated":
      if (before.phase !== "compensating") return batch;
      return written(batch, event.id, { phase: "compensated", endedAt: now, traces: [] });
  }
}

function told(
  traces: readonly Trace[],
  { place, detail }: { place: number; detail: string },
): readonly Trace[] {
  return traces.map((trace, index) => (index === place ? { ...trace, detail } : trace));
}

function failed(batch: Batch, event: Extract<BatchEvent, { type: "failed" }>, now: number): Batch {
  const { id, attempt, reason, isRetryable } = event;
  const before = progressOf(batch, id);
  const operation = batch.operations.find((one) => one.id === id);
  const isCurrent = before.attempt === attempt;
  if (operation === undefined || !isCurrent) return batch;
  const mayRetry = isRetryable && attempt < operation.retry.attempts;
  const retryAt = now + retryDelayMs(operation.retry, attempt);
  if (before.phase === "compensating") {
    if (mayRetry) return written(batch, id, { retryAt, reason });
    return written(batch, id, { phase: "compensationFailed", endedAt: now, reason });
  }
  if (before.phase !== "running") return batch;
  if (mayRetry && batch.phase === "running") {
    return written(batch, id, { phase: "waiting", retryAt, reason });
  }
  const ended = settled(batch, id, { phase: "failed", endedAt: now, reason });
  if (batch.phase !== "running" || operation.onFailure === "continue") return ended;
  const stopped = { ...ended, verdict: "failed" as const, reason: `${id}: ${reason}` };
  if (operation.onFailure === "fail") return { ...stopped, rollbackEnabled: false };
  return stopped;
}

function advance(batch: Batch, now: number): Batch {
  if (batch.phase === "compensating") return undo(batch, now);
  if (batch.phase === "running" && batch.verdict === null) {
    const next = start(skip(batch, now), now);
    return next.operations.every(({ id }) => isSettled(progressOf(next, id)))
      ? { ...next, phase: "completed" }
      : next;
  }
  // It stops: what hasn't begun never does, and what runs comes to its end first.
  const stopped = withdraw(batch, now);
  const isBusy = stopped.operations.some(({ id }) => progressOf(stopped, id).phase === "running");
  if (isBusy) return stopped;
  if (!stopped.rollbackEnabled) return { ...stopped, phase: stopped.verdict ?? "failed" };
  return undo({ ...stopped, phase: "compensating" }, now);
}

/** What waits for something that did not come about is not run, and neither is what waits for that. */
function skip(batch: Batch, now: number): Batch {
  let next = batch;
  for (;;) {
    const found = next.operations.find(
      (operation) =>
        progressOf(next, operation.id).phase === "pending" && brokenBy(next, operation),
    );
    if (found === undefined) return next;
    const reason = `${brokenBy(next, found)} did not complete.`;
    next = settled(next, found.id, { phase: "skipped", endedAt: now, reason });
  }
}

function brokenBy(batch: Batch, { dependencies }: Operation): string | null {
  const broken = dependencies.find(({ id, kind }) => {
    const progress = progressOf(batch, id);
    return kind === "hard" && isSettled(progress) && progress.phase !== "completed";
  });
  return broken?.id ?? null;
}

function start(batch: Batch, now: number): Batch {
  let next = batch;
  let free =
    batch.parallelLimit -
    batch.operations.filter(({ id }) => progressOf(batch, id).phase === "running").length;
  for (const operation of batch.operations) {
    if (free <= 0) break;
    const progress = progressOf(next, operation.id);
    const isDue =
      progress.phase === "waiting"
        ? (progress.retryAt ?? 0) <= now
        : progress.phase === "pending" && isReady(next, operation);
    if (!isDue) continue;
    free -= 1;
    next = written(next, operation.id, {
      phase: "running",
      attempt: progress.attempt + 1,
      startedAt: progress.startedAt ?? now,
      retryAt: null,
    });
  }
  return next;
}

function isReady(batch: Batch, { dependencies }: Operation): boolean {
  return dependencies.every(
    ({ id, kind }) =>
      (kind === "optional" && batch.progress[id] === undefined) || isSettled(progressOf(batch, id)),
  );
}

function withdraw(batch: Batch, now: number): Batch {
  let next = batch;
  for (const { id } of batch.operations) {
    const { phase, traces } = progressOf(next, id);
    if (phase !== "pending" && phase !== "waiting") continue;
    // One that waited for its next attempt may have done a part.
    const ended = traces.length > 0 ? "failed" : "cancelled";
    next = settled(next, id, { phase: ended, endedAt: now, retryAt: null });
  }
  return next;
}

/** One at a time, the last that settled first: what depends on another is gone before it. */
function undo(batch: Batch, now: number): Batch {
  for (const id of batch.settled.toReversed()) {
    const progress = progressOf(batch, id);
    if (progress.phase === "compensating") {
      if (progress.retryAt === null || progress.retryAt > now) return batch;
      return written(batch, id, { attempt: progress.attempt + 1, retryAt: null });
    }
    const isKept = batch.preserveSuccessful && progress.phase === "completed";
    if (!isTouched(progress) || isKept) continue;
    return written(batch, id, { phase: "compensating", attempt: 1, retryAt: null });
  }
  return { ...batch, phase: batch.verdict ?? "failed" };
}

function settled(batch: Batch, id: string, more: Partial<Progress>): Batch {
  return { ...written(batch, id, more), settled: [...batch.settled, id] };
}

function written(batch: Batch, id: string, more: Partial<Progress>): Batch {
  const progress = { ...progressOf(batch, id), ...more };
  return { ...batch, progress: { ...batch.progress, [id]: progress } };
}
