// The gas of one call. The meter has put a counter into every core module, and a slot that is called where the counter
// falls below zero: here the counter is filled for one slice at a time, and between two slices the guest is suspended,
// so that its neighbours have their turn. Whoever stops a guest does it here, by taking its gas: a guest can catch what
// a host function throws, but not the trap that comes of an empty counter.
import type { GasGrant } from "#domain/execution.ts";
import { CALL_PREPAYS, GAS_EXPORT, START_EXPORT, YIELD_EXPORT } from "#wasm/meter/meter.ts";
import { integration } from "./integration.ts";
import { Slot } from "./slot.ts";
import { Cancelled, Deadline } from "./turns.ts";
import type { Turns } from "./turns.ts";

/** Small copies are paid together. */
const COPIED_BYTES = 64 * 1024;
/** What the host may copy between two turns: the guest can't be suspended meanwhile. */
const COPIED_AT_ONCE_MAX = 256 * 1024 * 1024;

/** A counter that no refill of a slice brings back. */
const EMPTY = -(2n ** 62n);

export class Fuel {
  readonly #grant: GasGrant;
  readonly #turns: Turns;
  readonly #counters: WebAssembly.Global[] = [];
  readonly #slot: Slot;
  /** What no counter holds. It can be below zero by what the host's calls have prepaid. */
  #reserve: number;
  /** What the host has copied for the guest: not yet paid, and since the last turn. */
  #copied = 0;
  #copiedAtOnce = 0;
  #stopped: { readonly reason: unknown; readonly used: number } | null = null;

  constructor(grant: GasGrant, turns: Turns) {
    this.#grant = grant;
    this.#turns = turns;
    this.#reserve = grant.budget;
    this.#slot = Slot.take({ takeTurn: () => this.#takeTurn(), goOn: () => this.#goOn() });
  }

  /** The call is over, and nothing of the guest can run any more. Where that is not sure, this is not called. */
  end(): void {
    this.#slot.giveBack();
  }

  /** Takes a fresh instance in. The instances of a component share the budget. */
  adopt(instance: WebAssembly.Instance): void {
    const counter = instance.exports[GAS_EXPORT];
    const slot = instance.exports[YIELD_EXPORT];
    if (!(counter instanceof WebAssembly.Global) || !(slot instanceof WebAssembly.Global)) {
      throw new TypeError("The module is not metered.");
    }
    slot.value = this.#slot.turn;
    const given = Math.max(0, Math.min(this.#reserve, this.#turns.slice));
    counter.value = this.#stopped === null ? BigInt(given) : EMPTY;
    this.#reserve -= given;
    this.#counters.push(counter);
  }

  /** Runs the module's start function, if it has one: the meter made it an export, so that it pays like any other. */
  async start(instance: WebAssembly.Instance): Promise<void> {
    const start = instance.exports[START_EXPORT];
    if (typeof start === "function") await this.call(start);
  }

  /** Calls an export so that it can suspend. Inside the guest a caller pays for a call to begin: here the host does. */
  async call(fn: CallableFunction, ...values: readonly unknown[]): Promise<unknown> {
    this.#reserve -= CALL_PREPAYS;
    this.#slot.canSuspend.value = 1;
    try {
      return await integration.promising(fn)(...values);
    } finally {
      this.#slot.canSuspend.value = 0;
    }
  }

  /** A host function for a guest's imports: while it runs, the guest that it calls back spends without suspending. */
  host<Values extends never[], Result>(
    fn: (...values: Values) => Result,
  ): (...values: Values) => Result {
    return (...values) => {
      const before: unknown = this.#slot.canSuspend.value;
      this.#slot.canSuspend.value = 0;
      try {
        return fn(...values);
      } finally {
        this.#slot.canSuspend.value = before;
      }
    };
  }

  /** A host function that suspends the guest until its promise settles, or until the call is to end. */
  suspending(fn: (...values: never[]) => Promise<unknown>): WebAssembly.ImportValue {
    return new integration.Suspending(async (...values: never[]) => {
      this.#slot.canSuspend.value = 0;
      try {
        return await this.#turns.during(fn(...values));
      } catch (thrown) {
        if (thrown instanceof Deadline || thrown instanceof Cancelled) this.#drain(thrown);
        throw thrown;
      } finally {
        this.#slot.canSuspend.value = 1;
      }
    });
  }

  /** Ends the guest for good from inside a host function. */
  stop(reason: Error): never {
    this.#drain(reason);
    throw reason;
  }

  /** The host's own work for the guest, at a unit a byte. It ends here where it is too much. */
  copied(bytes: number): void {
    this.#copied += bytes;
    if (this.#copied < COPIED_BYTES || this.#stopped !== null) return;
    this.#copiedAtOnce += this.#copied;
    this.#reserve -= this.#copied;
    this.#copied = 0;
    if (this.#copiedAtOnce > COPIED_AT_ONCE_MAX) {
      this.stop(
        new RangeError(`A guest makes its host copy at most ${COPIED_AT_ONCE_MAX} bytes at once.`),
      );
    }
    // Its turn is over at the next check.
    if (this.#copiedAtOnce >= this.#turns.slice) this.#collect();
    if (this.#left() < 0) throw new RangeError("The host's copying used up the gas.");
  }

  /** Why the guest was stopped; null when it was not. */
  get reason(): unknown {
    return this.#stopped?.reason ?? null;
  }

  /** Exact and the same at every run, whatever the slices, but after a trap: what was not yet paid is not known. */
  get used(): number {
    return this.#stopped?.used ?? Math.min(this.#grant.budget, this.#grant.budget - this.#left());
  }

  /** The guest was stopped for want of gas, whatever it caught. */
  get isSpent(): boolean {
    return this.#stopped === null && this.#left() < 0;
  }

  async #takeTurn(): Promise<void> {
    this.#slot.canSuspend.value = 0;
    this.#copiedAtOnce = 0;
    try {
      if (this.#left() >= 0) await this.#turns.take();
      this.#refill();
    } catch (thrown) {
      this.#drain(thrown);
    } finally {
      this.#slot.canSuspend.value = 1;
    }
  }

  /** The guest can't be suspended: its neighbours wait, but the clock is looked at. */
  #goOn(): void {
    try {
      this.#turns.check();
      this.#refill();
    } catch (thrown) {
      this.#drain(thrown);
    }
  }

  /**
   * Gives the counter that is short a slice, from the reserve and, when that is used up, from what the other instances
   * have left. Nothing is given where nothing is left: the guest then traps.
   */
  #refill(): void {
    const short = this.#counters.filter((counter) => countOf(counter) < 0);
    const [first] = short;
    if (this.#stopped !== null || first === undefined || this.#left() < 0) return;
    this.#reserve -= this.#copied;
    this.#copied = 0;
    let pool = this.#reserve + sum(short);
    const isClawed = pool < 0;
    if (isClawed) pool = this.#left();
    for (const counter of isClawed ? this.#counters : short) counter.value = 0n;
    const given = Math.min(pool, this.#turns.slice);
    first.value = BigInt(given);
    this.#reserve = pool - given;
  }

  #collect(): void {
    for (const counter of this.#counters) {
      this.#reserve += countOf(counter);
      counter.value = 0n;
    }
  }

  #left(): number {
    return this.#reserve - this.#copied + sum(this.#counters);
  }

  #drain(reason: unknown): void {
    this.#stopped ??= { reason, used: this.used };
    for (const counter of this.#counters) counter.value = EMPTY;
  }
}

function sum(counters: readonly WebAssembly.Global[]): number {
  return counters.reduce((left, counter) => left + countOf(counter), 0);
}

function countOf(counter: WebAssembly.Global): number {
  return Number(counter.value);
}
