// A node's runner: what it holds for whom, fenced by turns as `durable-objects/runner/assignments.ts` has it; the calls
// it counts; and the ways in which it fails: gone for a while, slow, or saying of itself what isn't so.
import { NO_CALLS, addCounters } from "#domain/counters.ts";
import type { Counters } from "#domain/counters.ts";
import { counted } from "#test/domain/rollouts.ts";

type Held = { owner: string; turn: number; isHeld: boolean; retireAt: number | null };
export type By = { readonly owner: string; readonly turn: number };

/** How a version behaves under traffic: of a hundred calls so many fail, each takes so long and so much gas. */
export type Conduct = { readonly failing: number; readonly ms: number; readonly gas: number };

export class Runner {
  isDown = false;
  /** It says that it is well, or ill, whatever it is. */
  lie: "well" | "ill" | null = null;
  readonly unloadable = new Set<string>();
  readonly #held = new Map<string, Held>();
  readonly #counters = new Map<string, { calls: number; errors: number }>();
  readonly #conducts = new Map<string, { ms: number; gas: number }>();
  #calls = 0;

  load(moduleId: string, by: By): string | null {
    if (this.unloadable.has(moduleId)) return "no room";
    if (!this.#isLate(moduleId, by)) {
      this.#held.set(moduleId, { ...by, isHeld: true, retireAt: null });
    }
    return null;
  }

  /** The row stays as a fence against a load that was sent before and arrives after. */
  unload(moduleId: string, by: By): void {
    if (this.#isLate(moduleId, by)) return;
    this.#held.set(moduleId, { ...by, isHeld: false, retireAt: null });
  }

  retire(moduleId: string, by: By, at: number): void {
    if (!this.holds(moduleId) || this.#isLate(moduleId, by)) return;
    this.#held.set(moduleId, { ...by, isHeld: true, retireAt: at });
  }

  expire(now: number): void {
    for (const [moduleId, { retireAt }] of this.#held) {
      if (retireAt !== null && retireAt <= now) this.#held.delete(moduleId);
    }
  }

  holds(moduleId: string): boolean {
    return this.#held.get(moduleId)?.isHeld === true;
  }

  check(moduleId: string, conduct: Conduct): string | null {
    if (!this.holds(moduleId)) return "the version is not loaded";
    if (this.lie !== null) return this.lie === "well" ? null : "it said no";
    return conduct.failing >= 100 ? "it said no" : null;
  }

  read(moduleIds: readonly string[]): Counters {
    return moduleIds
      .map((id) => {
        const { calls, errors } = this.#counters.get(id) ?? { calls: 0, errors: 0 };
        return calls === 0 ? NO_CALLS : counted(calls, { errors, ...this.#conducts.get(id) });
      })
      .reduce(addCounters, NO_CALLS);
  }

  /** So many calls at once; false when the version isn't held here. */
  call(moduleId: string, calls: number, { failing, ms, gas }: Conduct): boolean {
    if (!this.holds(moduleId)) return false;
    const before = this.#calls;
    this.#calls += calls;
    const errors = Math.floor((this.#calls * failing) / 100) - Math.floor((before * failing) / 100);
    const counter = this.#counters.get(moduleId) ?? { calls: 0, errors: 0 };
    this.#counters.set(moduleId, {
      calls: counter.calls + calls,
      errors: counter.errors + Math.min(calls, errors),
    });
    this.#conducts.set(moduleId, { ms, gas });
    return true;
  }

  /** Its process begins anew: what is stored stays, what was counted is gone. */
  restart(): void {
    this.#counters.clear();
  }

  #isLate(moduleId: string, by: By): boolean {
    const held = this.#held.get(moduleId);
    return held !== undefined && held.owner === by.owner && held.turn > by.turn;
  }
}
