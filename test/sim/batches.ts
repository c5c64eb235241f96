// A batch whose attempts fail, whose driving process dies at any act, and that somebody may cancel at the worst time.
import { isTerminal, progressOf } from "#domain/batch/batch.ts";
import type { Dependency, Operation } from "#domain/batch/operation.ts";
import { batchOf, operation } from "#test/domain/batch/batches.ts";
import { runToEnd, standing } from "#test/domain/batch/world.ts";
import type { World } from "#test/domain/batch/world.ts";
import { hold } from "./invariant.ts";
import type { Tape } from "./tape.ts";
import type { Told } from "./told.ts";

const OPERATIONS_MAX = 10;
const ACTS_MAX = 200;
const PARALLEL = 3;

export async function batches(tape: Tape, told: Told): Promise<void> {
  const operations = operationsOf(tape);
  const failing = new Map(operations.map(({ id }) => [id, tape.pick([0, 0, 0, 1, 2, 99])]));
  const kills = new Set(Array.from({ length: tape.draw(6) }, () => 1 + tape.draw(ACTS_MAX)));
  const cancelAt = tape.chance(250) ? 1 + tape.draw(ACTS_MAX) : 0;
  for (const { id, dependencies, onFailure } of operations) {
    const after = dependencies.map((one) => `${one.kind} ${one.id}`).join(", ");
    told.history.push(
      `${id}: fails ${failing.get(id)} times; ${onFailure}; after ${after || "none"}`,
    );
  }
  told.history.push(`killed after ${[...kills].join(", ")} acts; cancelled after ${cancelAt}`);
  const watch = (world: World, at: { operation: string }): void => {
    const { batch } = world.stored;
    const { dependencies } = operations.find(({ id }) => id === at.operation) ?? {
      dependencies: [],
    };
    for (const { id, kind } of dependencies) {
      const { phase } = progressOf(batch, id);
      const isDone =
        kind === "hard" ? phase === "completed" : phase !== "pending" && phase !== "running";
      hold(
        "ordered",
        isDone || batch.phase !== "running",
        () => `${at.operation} runs while ${id} is ${phase}`,
      );
    }
    const running = operations.filter(({ id }) => progressOf(batch, id).phase === "running").length;
    hold("ordered", running <= PARALLEL, () => `${running} run at once`);
  };
  const failures = (id: string): number => failing.get(id) ?? 0;
  const world = await runToEnd(batchOf(operations, { parallelLimit: PARALLEL }), {
    failures,
    kills,
    cancelAt,
    watch,
  });
  told.simulatedMs = world.now;
  judge(world, { operations, failures, isCancelled: world.stored.batch.verdict === "cancelled" });
}

function judge(
  world: World,
  of: { operations: readonly Operation[]; failures: (id: string) => number; isCancelled: boolean },
): void {
  const { batch } = world.stored;
  hold("deadline", isTerminal(batch), () => batch.phase);
  const there = [...world.there].sort().join(" ");
  const known = standing(batch);
  const lost = known.filter((key) => !world.there.has(key));
  hold("durable", lost.length === 0, () => `${lost.join(" ")} are on record and don't stand`);
  // Of what was stopped in the middle it may not be known whether it came about: that it was begun is.
  const begun = new Set(
    batch.operations.flatMap(({ id }) =>
      progressOf(batch, id).traces.map((_, place) => `${id}#${place}`),
    ),
  );
  const stray = [...world.there].filter((key) => !begun.has(key));
  hold("durable", stray.length === 0, () => `${stray.join(" ")} stand and are not on record`);
  for (const [key, count] of world.made) {
    hold("ordered", count === 1, () => `${key} was made ${count} times`);
  }
  if (batch.phase === "failed" || batch.phase === "cancelled") {
    const isKept = batch.rollbackEnabled && there !== "";
    hold("ordered", !isKept, () => `${there} stand after a rollback`);
  }
  if (batch.phase !== "completed") return;
  for (const { id, dependencies, effects, retry } of of.operations) {
    const isLetRun = dependencies.every(
      (one) => one.kind !== "hard" || progressOf(batch, one.id).phase === "completed",
    );
    const succeeds = effects.length === 0 || of.failures(id) < retry.attempts;
    const isDone = progressOf(batch, id).phase === "completed";
    hold(
      "ordered",
      isDone === (isLetRun && succeeds),
      () => `${id} is ${progressOf(batch, id).phase}`,
    );
  }
}

function operationsOf(tape: Tape): Operation[] {
  return Array.from({ length: 1 + tape.draw(OPERATIONS_MAX) }, (_, place) => {
    const links = Array.from({ length: tape.draw(3) }, () => ({
      back: 1 + tape.draw(4),
      kind: tape.pick<Dependency["kind"]>(["hard", "hard", "soft", "optional"]),
    }));
    const ids = new Map(
      links
        .filter(({ back }) => back <= place)
        .map(({ back, kind }) => [`op-${place - back}`, kind]),
    );
    return operation(`op-${place}`, {
      dependencies: [...ids].map(([id, kind]) => ({ id, kind })),
      onFailure: tape.pick(["continue", "continue", "rollback", "fail"]),
    });
  });
}
