// What a metered module calls where its gas runs short, and whom that asks. To make one takes longer than a short call,
// so each serves one call after another, and never two at once.
import { integration } from "./integration.ts";
// The loader puts it beside the harness: YIELDER.
import yielder from "./yielder.wasm";

/** Who answers for the gas of a call. */
export type Owner = {
  /** The guest is suspended meanwhile. */
  readonly takeTurn: () => Promise<void>;
  /** The guest can't be suspended. */
  readonly goOn: () => void;
};

/** More than that are made anew: as many calls at once are rare, and what is kept is kept for good. */
const FREE_MAX = 64;
const free: Slot[] = [];

export class Slot {
  readonly canSuspend = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
  /** What the module's own slot is set to. */
  readonly turn: unknown;
  #owner: Owner | null = null;

  private constructor() {
    const host = {
      suspend: new integration.Suspending(() => this.#asked().takeTurn()),
      refill: () => this.#asked().goOn(),
      canSuspend: this.canSuspend,
    };
    this.turn = new WebAssembly.Instance(yielder, { host }).exports["turn"];
  }

  static take(owner: Owner): Slot {
    const slot = free.pop() ?? new Slot();
    slot.#owner = owner;
    return slot;
  }

  /** To be called when nothing of the guest can run any more: the next one has it. */
  giveBack(): void {
    if (this.#owner === null) return;
    this.#owner = null;
    this.canSuspend.value = 0;
    if (free.length < FREE_MAX) free.push(this);
  }

  #asked(): Owner {
    if (this.#owner === null) throw new Error("A guest ran on after its call had ended.");
    return this.#owner;
  }
}
