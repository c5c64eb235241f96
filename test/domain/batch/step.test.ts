// What a batch does next, step by step.
import { describe, expect, it } from "vitest";
import { progressOf } from "#domain/batch/batch.ts";
import type { Batch } from "#domain/batch/batch.ts";
import { graphFaults, topologicalOrder } from "#domain/batch/graph.ts";
import { due, step } from "#domain/batch/step.ts";
import type { BatchEvent } from "#domain/batch/step.ts";
import { after, batchOf, operation } from "./batches.ts";

const NOW = 1_000_000;

function play(batch: Batch, ...events: readonly BatchEvent[]): Batch {
  return events.reduce(
    (before, event) => step(before, event, NOW),
    step(batch, { type: "tick" }, NOW),
  );
}

function running(batch: Batch): string[] {
  return due(batch).flatMap((one) => (one.type === "run" ? [one.operation.id] : []));
}

function phases(batch: Batch): Record<string, string> {
  return Object.fromEntries(batch.operations.map(({ id }) => [id, progressOf(batch, id).phase]));
}

const begun = (id: string): BatchEvent => ({ type: "begun", id, place: 0, before: null });
const done = (id: string): BatchEvent => ({ type: "done", id, place: 0, detail: "done" });
const completed = (id: string): BatchEvent => ({ type: "completed", id });
const succeeds = (id: string): BatchEvent[] => [begun(id), done(id), completed(id)];
const fails = (id: string, attempt = 1, isRetryable = false): BatchEvent => ({
  type: "failed",
  id,
  attempt,
  reason: "out of luck",
  isRetryable,
});

describe("a graph", () => {
  it("orders each operation after what it depends on", () => {
    const operations = [
      operation("c", { dependencies: after("b") }),
      operation("b", { dependencies: after("a") }),
      operation("a"),
    ];
    expect(topologicalOrder(operations)).toEqual(["a", "b", "c"]);
  });

  it("names the operations that wait for each other", () => {
    const faults = graphFaults([
      operation("a", { dependencies: after("c") }),
      operation("b", { dependencies: after("a") }),
      operation("c", { dependencies: after("b") }),
      operation("d", { dependencies: after("a") }),
    ]);
    expect(faults).toEqual(["operations: they wait for each other: a → c → b → a."]);
  });

  it("names what is unknown and what is there twice, and lets what is optional be missing", () => {
    const optional = { id: "nowhere", kind: "optional" } as const;
    const faults = graphFaults([
      operation("a", { dependencies: [...after("x"), optional] }),
      operation("a"),
    ]);
    expect(faults).toEqual([
      "operations.1.id: there is another operation a.",
      "operations.0.dependencies.0: there is no operation x; there are a.",
    ]);
  });
});

describe("a batch", () => {
  it("runs as many at once as its limit says, in their order", () => {
    const operations = ["a", "b", "c"].map((id) => operation(id));
    expect(running(play(batchOf(operations, { parallelLimit: 2 })))).toEqual(["a", "b"]);
  });

  it("starts an operation when what it depends on has completed", () => {
    const operations = [operation("a"), operation("b", { dependencies: after("a") })];
    expect(running(play(batchOf(operations)))).toEqual(["a"]);
    expect(running(play(batchOf(operations), ...succeeds("a")))).toEqual(["b"]);
  });

  it("is completed when all operations are", () => {
    expect(play(batchOf([operation("a")]), ...succeeds("a")).phase).toBe("completed");
  });

  it("tries again after a while that doubles, and then no more", () => {
    const first = play(batchOf([operation("a")]), fails("a", 1, true));
    expect(due(first)).toEqual([{ type: "wait", until: NOW + 5_000 }]);
    const second = step(first, { type: "tick" }, NOW + 5_000);
    expect(running(second)).toEqual(["a"]);
    const third = step(second, fails("a", 2, true), NOW + 5_000);
    expect(due(third)).toEqual([{ type: "wait", until: NOW + 15_000 }]);
    const last = step(
      step(third, { type: "tick" }, NOW + 15_000),
      fails("a", 3, true),
      NOW + 15_000,
    );
    expect(last.phase).toBe("failed");
  });

  it("skips what waits hard for a failure, and runs what waits softly", () => {
    const operations = [
      operation("a", { onFailure: "continue" }),
      operation("hard", { dependencies: after("a") }),
      operation("harder", { dependencies: after("hard") }),
      operation("soft", { dependencies: [{ id: "a", kind: "soft" }] }),
    ];
    const batch = play(batchOf(operations), fails("a"));
    expect(phases(batch)).toEqual({
      a: "failed",
      hard: "skipped",
      harder: "skipped",
      soft: "running",
    });
    expect(play(batch, ...succeeds("soft")).phase).toBe("completed");
  });

  it("undoes what completed, the last first, when an operation fails", () => {
    const operations = [
      operation("a"),
      operation("b", { dependencies: after("a") }),
      operation("c", { dependencies: after("b") }),
    ];
    const failed = play(batchOf(operations), ...succeeds("a"), ...succeeds("b"), fails("c"));
    expect(phases(failed)).toEqual({ a: "completed", b: "compensating", c: "failed" });
    const next = play(
      failed,
      { type: "undone", id: "b", place: 0 },
      { type: "compensated", id: "b" },
    );
    expect(phases(next)).toEqual({ a: "compensating", b: "compensated", c: "failed" });
    const last = play(
      next,
      { type: "undone", id: "a", place: 0 },
      { type: "compensated", id: "a" },
    );
    expect([last.phase, last.reason]).toEqual(["failed", "c: out of luck"]);
  });

  it("undoes what an operation did before it failed", () => {
    const failed = play(batchOf([operation("a")]), begun("a"), fails("a"));
    expect(phases(failed)).toEqual({ a: "compensating" });
  });

  it("lets what runs end before anything is undone", () => {
    const failed = play(batchOf([operation("a"), operation("b")]), begun("a"), fails("b"));
    expect(phases(failed)).toEqual({ a: "running", b: "failed" });
    expect(phases(play(failed, done("a"), completed("a")))).toEqual({
      a: "compensating",
      b: "failed",
    });
  });

  it("keeps what completed where it says so", () => {
    const batch = batchOf([operation("a"), operation("b")], { preserveSuccessful: true });
    const failed = play(batch, ...succeeds("a"), fails("b"));
    expect([failed.phase, phases(failed)["a"]]).toEqual(["failed", "completed"]);
  });

  it("undoes nothing where rollback is off, or the operation's own failure says fail", () => {
    const off = batchOf([operation("a"), operation("b")], { rollbackEnabled: false });
    expect(phases(play(off, ...succeeds("a"), fails("b")))["a"]).toBe("completed");
    const own = batchOf([operation("a"), operation("b", { onFailure: "fail" })]);
    expect(phases(play(own, ...succeeds("a"), fails("b")))["a"]).toBe("completed");
  });

  it("starts nothing more once it is cancelled, and ends as cancelled when all is undone", () => {
    const operations = [operation("a"), operation("b", { dependencies: after("a") })];
    const cancelled = play(batchOf(operations), begun("a"), { type: "cancel", reason: "enough" });
    expect(phases(cancelled)).toEqual({ a: "running", b: "cancelled" });
    const undoing = play(cancelled, fails("a"));
    expect(phases(undoing)["a"]).toBe("compensating");
    const ended = play(
      undoing,
      { type: "undone", id: "a", place: 0 },
      { type: "compensated", id: "a" },
    );
    expect(ended.phase).toBe("cancelled");
  });

  it("goes on with the others where one can't be undone, and says so", () => {
    const operations = [
      operation("a"),
      operation("b", { dependencies: after("a") }),
      operation("c", { dependencies: after("b") }),
    ];
    const failed = play(batchOf(operations), ...succeeds("a"), ...succeeds("b"), fails("c"));
    const stuck = play(failed, fails("b", 1));
    expect(phases(stuck)).toEqual({ a: "compensating", b: "compensationFailed", c: "failed" });
  });

  it("stays as it is once it has ended", () => {
    const ended = play(batchOf([operation("a")]), ...succeeds("a"));
    expect(step(ended, { type: "cancel", reason: "late" }, NOW)).toBe(ended);
    expect(step(ended, fails("a"), NOW)).toBe(ended);
  });

  it("ignores what an earlier attempt still tells", () => {
    const second = step(
      play(batchOf([operation("a")]), fails("a", 1, true)),
      { type: "tick" },
      NOW + 5_000,
    );
    expect(step(second, fails("a", 1), NOW + 5_000)).toEqual(second);
  });
});
