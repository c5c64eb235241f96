// The core instances of a component: what jco's glue instantiates goes through here, so that no instance runs before
// its counter is filled, none is made twice of one module, and the fuel knows of every way in and out.
import { Exit } from "#guest/command.ts";
import { copyingGlobals } from "./copying.ts";
import { bytesOf, memoriesOf } from "#guest/failure.ts";
import type { Fuel } from "#guest/fuel.ts";
import { WASI_MODULE } from "#guest/wasi1/host.ts";

type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export class Tank {
  readonly fuel: Fuel;
  readonly #instances: WebAssembly.Instance[] = [];
  #memoryBefore = 0;
  readonly #modules = new Set<WebAssembly.Module>();
  /** Functions of core instances: passed on as they are, for a host's frame between them could not be suspended. */
  readonly #own = new Set<unknown>();

  constructor(fuel: Fuel) {
    this.fuel = fuel;
  }

  /** Each memory's cap is in its module: a second instance of it would have the same once more. */
  async instantiate(module: WebAssembly.Module, imports?: Imports): Promise<WebAssembly.Instance> {
    if (this.fuel.reason !== null) throw new Error("The component was stopped.");
    if (this.#modules.has(module)) {
      throw new TypeError("The component makes two instances of one core module, which isn't run.");
    }
    this.#modules.add(module);
    const instance = await WebAssembly.instantiate(module, this.#linked(imports ?? {}));
    const before = bytesOf(this.memories);
    this.#instances.push(instance);
    this.#memoryBefore += bytesOf(this.memories) - before;
    for (const item of Object.values(instance.exports)) this.#own.add(item);
    this.fuel.adopt(instance);
    await this.fuel.start(instance);
    return instance;
  }

  /** What the glue is given as globals: its copies are paid. */
  get globals(): object {
    const isMemory = (buffer: unknown) => this.memories.some((memory) => memory.buffer === buffer);
    return { ...copyingGlobals(this.fuel, isMemory), WebAssembly: this.#webAssembly() };
  }

  /** Its calls of the guest can suspend, and so can the imports that wait. */
  #webAssembly(): object {
    const { fuel } = this;
    return Object.create(WebAssembly, {
      promising: {
        value:
          (fn: CallableFunction) =>
          (...values: readonly unknown[]) =>
            fuel.call(fn, ...values),
      },
      Suspending: {
        value: function Suspending(fn: (...values: never[]) => Promise<unknown>) {
          return fuel.suspending(fn);
        },
      },
    }) as object;
  }

  get memories(): readonly WebAssembly.Memory[] {
    return memoriesOf(...this.#instances);
  }

  /** What they held when they were fresh. */
  get memoryBefore(): number {
    return this.#memoryBefore;
  }

  #linked(imports: Imports): WebAssembly.Imports {
    const linked = Object.entries(imports).map(([module, names]) => [
      module,
      Object.fromEntries(
        Object.entries(names).map(([name, value]) => [
          name,
          isExit(module, name) ? this.#exit : this.#link(value),
        ]),
      ),
    ]);
    // Functions, memories, tables and globals of the glue; the engine checks each.
    return Object.fromEntries(linked) as WebAssembly.Imports;
  }

  /** The adapter that makes a component of a program tells of its exit code only whether it is zero. */
  readonly #exit = (code: number) => this.fuel.stop(new Exit(code >>> 0));

  #link(value: unknown): unknown {
    if (typeof value !== "function" || this.#own.has(value)) return value;
    return this.fuel.host((...values: never[]): unknown => Reflect.apply(value, undefined, values));
  }
}

function isExit(module: string, name: string): boolean {
  return module === WASI_MODULE && name === "proc_exit";
}
