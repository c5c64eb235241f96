// A realm seen from outside: a JavaScript context of its own, the modules in it, and what realm.ts in it is given to
// work with. Everything that is compiled and linked in it is made of texts and bytes; no object of Node's gets inside.
import { randomFillSync } from "node:crypto";
import * as vm from "node:vm";
import type { Piece } from "#guest/assembly.ts";
import type { Outside, open } from "./realm.ts";

/** Modules by the names that they import each other by. */
export type Seed = {
  /** Those of the realm itself; the first opens it. They are there before the others. */
  readonly realm: readonly Extract<Piece, { kind: "js" }>[];
  readonly parts: readonly Piece[];
  /** The one whose default export is called. */
  readonly main: string;
};

type Open = typeof open;
type Opened = ReturnType<Open>;
/** A class of the realm's own. */
export type Guest = Parameters<Opened["call"]>[0];

/** What the harness extends in the platform's own isolates. */
const PLATFORM = { name: "cloudflare:workers", text: "export class WorkerEntrypoint {}" };

export class Realm {
  /** No sandbox object of the outside: the realm has a global object of its own. */
  readonly #context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: true },
  });
  readonly #modules = new Map<string, vm.Module>();

  async open({ realm }: Seed, answer: Outside["answer"]): Promise<Opened> {
    const [first] = [...realm, { ...PLATFORM }].map(({ name, text }) => this.#add(name, text));
    if (first === undefined) throw new Error("The realm has no module.");
    const { open } = (await this.#run(first)) as { open: Open };
    return open({
      now: () => performance.now(),
      random: (length) => randomFillSync(new Uint8Array(length)),
      encode: (text) => new TextEncoder().encode(text),
      decode: (bytes, fatal, ignoreBOM) => {
        try {
          return new TextDecoder("utf-8", { fatal, ignoreBOM }).decode(bytes);
        } catch {
          return null;
        }
      },
      wait,
      repeat,
      forget,
      answer,
    });
  }

  async start({ parts, main }: Seed, opened: Opened): Promise<Guest> {
    const compiled = parts.flatMap((part) =>
      part.kind === "wasm" ? [[part.name, opened.compile(part.bytes)] as const] : [],
    );
    opened.seal();
    for (const [name, module] of compiled) this.#addValue(name, module);
    for (const part of parts) if (part.kind === "js") this.#add(part.name, part.text);
    const entry = this.#modules.get(main);
    if (entry === undefined) throw new Error(`There is no ${main} among the parts.`);
    const { default: Guest } = (await this.#run(entry)) as { default: Guest };
    return Guest;
  }

  #add(name: string, text: string): vm.Module {
    const module = new vm.SourceTextModule(text, { context: this.#context, identifier: name });
    this.#modules.set(name, module);
    return module;
  }

  #addValue(name: string, value: unknown): void {
    const module = new vm.SyntheticModule(
      ["default"],
      function evaluate() {
        module.setExport("default", value);
      },
      { context: this.#context, identifier: name },
    );
    this.#modules.set(name, module);
  }

  async #run(module: vm.Module): Promise<object> {
    await module.link((specifier) => {
      const found = this.#modules.get(specifier.replace(/^\.\//, ""));
      if (found === undefined) throw new Error(`There is no module ${specifier}.`);
      return found;
    });
    await module.evaluate();
    return module.namespace;
  }
}

const timers = new Map<number, ReturnType<typeof setTimeout>>();
let lastTimer = 0;

/** At once means after whatever else waits for the loop: a timer would take a millisecond. */
function wait(ms: number, wake: () => void): number {
  if (!(ms > 0)) {
    setImmediate(wake);
    return 0;
  }
  lastTimer += 1;
  const timer = lastTimer;
  const done = (): void => {
    timers.delete(timer);
    wake();
  };
  timers.set(timer, setTimeout(done, ms));
  return timer;
}

function repeat(ms: number, wake: () => void): number {
  lastTimer += 1;
  timers.set(lastTimer, setInterval(wake, ms));
  return lastTimer;
}

function forget(timer: number): void {
  clearTimeout(timers.get(timer));
  timers.delete(timer);
}
