// Batches of two hundred operations in a world where attempts fail and the process dies at any point.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drive } from "#control/batch-executor.ts";
import type { BatchHost, EffectPlace, Versioned } from "#control/batch-executor.ts";
import { isTerminal, progressOf } from "#domain/batch/batch.ts";
import type { Batch } from "#domain/batch/batch.ts";
import { Fault } from "#domain/fault.ts";
import { batchOf, graphs } from "./batches.ts";

const OPERATIONS = 200;
const KILLS = 20;

/** What outlives every process: the store and what was done to the world. */
type World = {
  stored: Versioned;
  now: number;
  /** Effects that stand, by key. */
  readonly there: Set<string>;
  /** How often each came about where it was not there. */
  readonly made: Map<string, number>;
  readonly tries: Map<string, number>;
};

/** `failures`: how many attempts of an operation fail first; `kills`: after how many acts the process dies. */
type Fate = { readonly failures: (operation: string) => number; readonly kills: Set<number> };

class Killed extends Error {}

function processIn(world: World, fate: Fate, acts: { count: number }): BatchHost {
  let isDead = false;
  const act = async (): Promise<void> => {
    await Promise.resolve();
    acts.count += 1;
    if (fate.kills.has(acts.count)) isDead = true;
    if (isDead) throw new Killed();
  };
  const keyOf = ({ operation, place }: EffectPlace): string => `${operation}#${place}`;
  return {
    async load() {
      await act();
      return world.stored;
    },
    async commit(next) {
      await act();
      if (next.version !== world.stored.version + 1) return false;
      world.stored = next;
      await act();
      return true;
    },
    async inspect(_effect, at) {
      await act();
      if (world.there.has(keyOf(at))) throw new Fault("CONFLICT", "It is there already.");
      return null;
    },
    async perform(_effect, at) {
      await act();
      const tried = (world.tries.get(at.operation) ?? 0) + 1;
      world.tries.set(at.operation, tried);
      if (tried <= fate.failures(at.operation)) throw new Error("not this time");
      const key = keyOf(at);
      if (!world.there.has(key)) world.made.set(key, (world.made.get(key) ?? 0) + 1);
      world.there.add(key);
      await act();
      return "made";
    },
    async undo(_effect, at) {
      await act();
      world.there.delete(keyOf(at));
      await act();
    },
    now: () => world.now,
    wait: async (_ms, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("given up"))),
      ),
  };
}

async function runToEnd(batch: Batch, fate: Fate): Promise<World> {
  const world: World = {
    stored: { version: 1, batch },
    now: 0,
    there: new Set(),
    made: new Map(),
    tries: new Map(),
  };
  const acts = { count: 0 };
  for (let process = 0; process < KILLS + 1_000; process += 1) {
    try {
      const idle = await drive(processIn(world, fate, acts));
      if (idle.type === "ended") return world;
      world.now = Math.max(world.now + 1, idle.at);
    } catch {
      // It died; another goes on.
    }
  }
  throw new Error(`The batch never ended: ${world.stored.batch.phase}`);
}

function standing(batch: Batch): string[] {
  return batch.operations.flatMap(({ id }) => {
    const { phase, traces } = progressOf(batch, id);
    const stands = phase === "completed" || (phase === "failed" && traces.length > 0);
    return stands
      ? traces.flatMap(({ detail }, place) => (detail === null ? [] : [`${id}#${place}`]))
      : [];
  });
}

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
