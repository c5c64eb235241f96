// The gas of one instance: the meter has put a counter into the binary, which the host fills and reads.
import { CALL_PREPAYS, GAS_EXPORT, START_EXPORT } from "#wasm/meter/meter.ts";

export class Gas {
  readonly #counter: WebAssembly.Global;
  readonly #budget: number;
  #drained: number | null = null;

  /** Inside the guest the caller of a function pays for it to begin: for the host's own calls, so many, it is paid here. */
  constructor(instance: WebAssembly.Instance, budget: number, hostCalls: number) {
    const counter = instance.exports[GAS_EXPORT];
    if (!(counter instanceof WebAssembly.Global)) throw new TypeError("The module is not metered.");
    const calls = hostCalls + (START_EXPORT in instance.exports ? 1 : 0);
    counter.value = BigInt(budget - calls * CALL_PREPAYS);
    this.#counter = counter;
    this.#budget = budget;
  }

  get used(): number {
    return this.#drained ?? Math.min(this.#budget, this.#budget - Number(this.#counter.value));
  }

  /** Stops the guest for good at its next check; what it used until now is remembered. */
  drain(): void {
    this.#drained = this.used;
    this.#counter.value = -1n;
  }

  /** Below zero the call was stopped for want of gas, and stays so, whatever it caught. */
  get isSpent(): boolean {
    return Number(this.#counter.value) < 0;
  }
}

/** Runs the module's start function, if it has one: the meter made it an export, so that it pays like any other. */
export function runStart(instance: WebAssembly.Instance): void {
  const start = instance.exports[START_EXPORT];
  if (typeof start === "function") start();
}
