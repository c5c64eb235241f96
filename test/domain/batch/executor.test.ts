// Batches of two hundred operations in a world where attempts fail and the process dies at any point.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTerminal, progressOf } from "#domain/batch/batch.ts";
import { batchOf, graphs } from "./batches.ts";
import { runToEnd, standing } from "./world.ts";
import type { Fate } from "./world.ts";

const OPERATIONS = 200;
const KILLS = 20;

const fates = fc.record({
  failing: fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2, 99), {
    minLength: OPERATIONS,
    maxLength: OPERATIONS,
  }),
  kills: fc.uniqueArray(fc.integer({ min: 1, max: 1_500 }), { minLength: KILLS, maxLength: KILLS }),
});

function fateOf({ failing, kills }: { failing: number[]; kills: number[] }): Fate {
  return { failures: (id) => failing[Number(id.slice(3))] ?? 0, kills: new Set(kills) };
}

describe("a batch of two hundred operations, with failures and twenty kills", () => {
  it("does exactly what its graph and the failures demand, each effect once", async () => {
    await fc.assert(
      fc.asyncProperty(graphs(OPERATIONS), fates, async (operations, given) => {
        const fate = fateOf(given);
        const world = await runToEnd(batchOf(operations, { parallelLimit: 7 }), fate);
        const { batch } = world.stored;
        const outcome = new Map<string, boolean>();
        for (const { id, dependencies, effects, retry } of operations) {
          const isLetRun = dependencies.every(
            (one) => one.kind !== "hard" || outcome.get(one.id) === true,
          );
          const succeeds = effects.length === 0 || fate.failures(id) < retry.attempts;
          outcome.set(id, isLetRun && succeeds);
        }
        for (const [id, expected] of outcome) {
          // A kill can cost an attempt what it had begun, never more than is tried again.
          expect([id, progressOf(batch, id).phase === "completed"]).toEqual([id, expected]);
        }
        expect([...world.there].sort()).toEqual(standing(batch).sort());
        for (const [key, count] of world.made) expect([key, count]).toEqual([key, 1]);
      }),
      { numRuns: 15 },
    );
  });

  it("leaves nothing behind when it rolls back", async () => {
    await fc.assert(
      fc.asyncProperty(
        graphs(OPERATIONS),
        fates,
        fc.nat(OPERATIONS - 1),
        async (operations, given, doomed) => {
          const strict = operations.map((one, place) =>
            place === doomed && one.effects.length > 0
              ? { ...one, dependencies: [], onFailure: "rollback" as const }
              : one,
          );
          const fate = fateOf(given);
          const failures = (id: string): number => (id === `op-${doomed}` ? 99 : fate.failures(id));
          const world = await runToEnd(batchOf(strict, { parallelLimit: 7 }), {
            ...fate,
            failures,
          });
          const { batch } = world.stored;
          expect(isTerminal(batch)).toBe(true);
          if (batch.phase === "failed") expect([...world.there]).toEqual([]);
        },
      ),
      { numRuns: 15 },
    );
  });
});
