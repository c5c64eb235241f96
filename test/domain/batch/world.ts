// A world for batches: what is stored and what was done outlive every process that drives, and each may die at any act.
import { drive } from "#control/batch-executor.ts";
import type { BatchHost, EffectPlace, Versioned } from "#control/batch-executor.ts";
import { progressOf } from "#domain/batch/batch.ts";
import type { Batch } from "#domain/batch/batch.ts";
import { step } from "#domain/batch/step.ts";
import { Fault } from "#domain/fault.ts";

/** More processes than this for one batch: it doesn't end. */
const PROCESSES_MAX = 1_000;

/** What outlives every process: the store and what was done to the world. */
export type World = {
  stored: Versioned;
  now: number;
  /** Effects that stand, by key. */
  readonly there: Set<string>;
  /** How often each came about where it was not there. */
  readonly made: Map<string, number>;
  readonly tries: Map<string, number>;
};

export type Fate = {
  /** How many attempts of an operation fail first. */
  readonly failures: (operation: string) => number;
  /** After how many acts the process dies. */
  readonly kills: ReadonlySet<number>;
  /** After how many acts somebody cancels the batch. */
  readonly cancelAt?: number;
  /** Told of the effect that is about to be done. */
  readonly watch?: (world: World, at: EffectPlace) => void;
};

class Killed extends Error {}

function cancel(world: World): void {
  const { version, batch } = world.stored;
  const event = { type: "cancel", reason: "Somebody asked." } as const;
  world.stored = { version: version + 1, batch: step(batch, event, world.now) };
}

function processIn(world: World, fate: Fate, acts: { count: number }): BatchHost {
  let isDead = false;
  const act = async (): Promise<void> => {
    await Promise.resolve();
    acts.count += 1;
    if (acts.count === fate.cancelAt) cancel(world);
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
      fate.watch?.(world, at);
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

export async function runToEnd(batch: Batch, fate: Fate): Promise<World> {
  const world: World = {
    stored: { version: 1, batch },
    now: 0,
    there: new Set(),
    made: new Map(),
    tries: new Map(),
  };
  const acts = { count: 0 };
  for (let process = 0; process < PROCESSES_MAX; process += 1) {
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

export function standing(batch: Batch): string[] {
  return batch.operations.flatMap(({ id }) => {
    const { phase, traces } = progressOf(batch, id);
    const stands = phase === "completed" || (phase === "failed" && traces.length > 0);
    return stands
      ? traces.flatMap(({ detail }, place) => (detail === null ? [] : [`${id}#${place}`]))
      : [];
  });
}
