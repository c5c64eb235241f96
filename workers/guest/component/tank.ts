// The gas of a component: a counter in each of its core instances. What jco's glue instantiates goes through here,
// so that no instance runs before its counter is filled, and none is made twice of one module.
import { Gas, runStart } from "#guest/gas.ts";

type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export class Tank {
  readonly #budget: number;
  readonly #instances: { readonly instance: WebAssembly.Instance; readonly gas: Gas }[] = [];
  readonly #modules = new Set<WebAssembly.Module>();
  #stopped: Error | null = null;

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Each memory's cap is in its module: a second instance of it would have the same once more. */
  async instantiate(module: WebAssembly.Module, imports?: Imports): Promise<WebAssembly.Instance> {
    if (this.#stopped !== null) throw this.#stopped;
    if (this.#modules.has(module)) {
      throw new TypeError("The component makes two instances of one core module, which isn't run.");
    }
    this.#modules.add(module);
    // The glue's imports are functions, memories, tables and globals; the engine checks each.
    const instance = await WebAssembly.instantiate(module, imports as WebAssembly.Imports);
    // A call from the glue begins unpaid; how many come isn't known, so each instance pays for one.
    const gas = new Gas(instance, Math.max(0, this.#budget - this.used), 1);
    this.#instances.push({ instance, gas });
    runStart(instance);
    return instance;
  }

  get used(): number {
    const sum = this.#instances.reduce((sum, { gas }) => sum + gas.used, 0);
    return Math.min(this.#budget, sum);
  }

  /** One counter below zero, or all together over the budget. */
  get isSpent(): boolean {
    return this.#instances.some(({ gas }) => gas.isSpent) || this.used >= this.#budget;
  }

  /** Over all exported memories, which never shrink; one that is passed on counts once. */
  get memoryBytes(): number {
    const memories = this.#instances.flatMap(({ instance }) =>
      Object.values(instance.exports).filter((item) => item instanceof WebAssembly.Memory),
    );
    return [...new Set(memories)].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  }

  /** No instance runs on, even if the guest catches what is thrown here. */
  stop(reason: Error): never {
    this.#stopped = reason;
    for (const { gas } of this.#instances) gas.drain();
    throw reason;
  }
}
