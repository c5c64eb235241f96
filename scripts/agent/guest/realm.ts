// The inside of a guest's realm: a JavaScript context that has nothing of Node's. It is evaluated there before anything
// of a stranger's, gives the harness the few words of the web platform that it needs, and is the only way in and out.
// Text and numbers pass, never an object: whoever holds an object of the outside holds its constructor's constructor.
import { untell } from "#domain/agent/values.ts";

/** What the outside does for the realm. Each is called with text and numbers alone, and so is what it is given to call. */
export type Outside = {
  readonly now: () => number;
  /** Random bytes, and a text's bytes in UTF-8: copied here, the outside's own array goes no further. */
  readonly random: (length: number) => Uint8Array;
  readonly encode: (text: string) => Uint8Array;
  /** Null for what is not UTF-8. */
  readonly decode: (bytes: Uint8Array, fatal: boolean, ignoreBOM: boolean) => string | null;
  readonly wait: (ms: number, wake: () => void) => number;
  readonly repeat: (ms: number, wake: () => void) => number;
  readonly forget: (timer: number) => void;
  /** The answer to a call, as JSON, or null with what was thrown. */
  readonly answer: (id: number, json: string | null, thrown: string) => void;
};

/** A stranger may change whatever can be changed: what this relies on is taken before. */
const { apply, getPrototypeOf, defineProperty } = Reflect;
const { parse, stringify } = JSON;
const { freeze, create } = Object;
const Text = String;
const Float = Number;
const Bytes = Uint8Array;
const Pledge = Promise;
// oxlint-disable-next-line typescript/unbound-method -- it is only ever applied
const then = Promise.prototype.then;
const Compiled = WebAssembly.Module;
const instantiate = WebAssembly.instantiate;
const typed = getPrototypeOf(Bytes.prototype) as object;
// oxlint-disable-next-line typescript/unbound-method -- it is only ever applied
const fill = (typed as Uint8Array).set;
const bufferOf = getter(typed, "buffer");
const offsetOf = getter(typed, "byteOffset");
const lengthOf = getter(typed, "byteLength");

type Guest = { call: (request: unknown) => Promise<unknown>; cancel: (id: string) => void };

/** Called once, from outside, with functions that nothing in here gets to see. */
export function open(outside: Outside): {
  compile: (bytes: Uint8Array) => unknown;
  seal: () => void;
  call: (Guest: new () => Guest, id: number, json: string) => void;
  cancel: (Guest: new () => Guest, callId: string) => void;
} {
  const { answer } = outside;
  install(outside);
  return {
    compile: (bytes) => new Compiled(new Bytes(bytes)),
    seal,
    cancel: (Guest, callId) => attempt(() => new Guest().cancel(callId)),
    call(Guest, id, json) {
      const fail = (thrown: unknown): void => answer(id, null, describe(thrown));
      try {
        const running = new Guest().call(requestOf(json));
        void apply(then, running, [
          (result: unknown) => {
            const told = attempt(() => stringify(result));
            if (typeof told === "string") answer(id, told, "");
            else fail("The answer can't be told as JSON.");
          },
          fail,
        ]);
      } catch (thrown) {
        fail(thrown);
      }
    },
  };
}

function requestOf(json: string): unknown {
  const request = parse(json) as { arguments: unknown };
  const { arguments: told } = request;
  return { ...request, arguments: typeof told === "string" ? told : untell(told) };
}

function describe(thrown: unknown): string {
  const told = attempt(() => Text(thrown));
  return typeof told === "string" ? told : "The guest threw something that has no text.";
}

/** What the outside throws, when its stack runs over, is thrown away: it is an object of the outside. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Undefined of the outside is a stack that ran over. */
function given<Result>(result: Result | undefined): Result {
  if (result === undefined) throw new RangeError("Maximum call stack size exceeded");
  return result;
}

function getter(of: object, name: string): () => unknown {
  // oxlint-disable-next-line typescript/unbound-method -- it is only ever applied
  return Object.getOwnPropertyDescriptor(of, name)?.get ?? (() => undefined);
}

/** The bytes under a view; throws a TypeError for what is none. */
function viewOf(given: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (given instanceof ArrayBuffer) return new Bytes(given);
  const [buffer, offset, length] = [bufferOf, offsetOf, lengthOf].map((get) =>
    apply(get, given, []),
  );
  // The getters of typed arrays themselves: what is none has made them throw.
  return new Bytes(buffer as ArrayBuffer, offset as number, length as number);
}

/** The words of the web platform that the harness uses, and no more. */
function install({ now, random, encode, decode, wait, repeat, forget }: Outside): void {
  const time = (): number => given(attempt(now));
  const clear = (timer: number): void => attempt(() => forget(Float(timer)));
  const later = (ms: number, wake: () => void): number =>
    given(attempt(() => wait(ms, () => attempt(wake))));
  class TextEncoder {
    readonly encoding = "utf-8";
    encode(text = ""): Uint8Array {
      const whole = Text(text);
      return new Bytes(given(attempt(() => encode(whole))));
    }
  }
  class TextDecoder {
    readonly #fatal: boolean;
    readonly #ignoreBOM: boolean;
    constructor(_label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
      this.#fatal = options.fatal === true;
      this.#ignoreBOM = options.ignoreBOM === true;
    }
    decode(bytes?: ArrayBuffer | ArrayBufferView): string {
      if (bytes === undefined) return "";
      const view = viewOf(bytes);
      const text = given(attempt(() => decode(view, this.#fatal, this.#ignoreBOM)));
      if (text === null) throw new TypeError("The encoded data was not valid for encoding utf-8");
      return text;
    }
  }
  define({
    TextEncoder,
    TextDecoder,
    performance: { now: time },
    scheduler: {
      wait: (ms: number) => new Pledge<void>((resolve) => void later(Float(ms), () => resolve())),
    },
    crypto: {
      getRandomValues: <View extends ArrayBufferView>(into: View): View => {
        const view = viewOf(into);
        const bytes = given(attempt(() => random(view.length)));
        apply(fill, view, [bytes]);
        return into;
      },
    },
    setTimeout: (wake: () => void, ms = 0) => later(Float(ms), wake),
    clearTimeout: clear,
    setInterval: (wake: () => void, ms = 0) =>
      given(attempt(() => repeat(Float(ms), () => attempt(wake)))),
    clearInterval: clear,
  });
}

function define(words: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(words)) {
    defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}

/** Before a stranger's first line: nothing more is compiled, and what the outside waits for is a promise as it should be. */
function seal(): void {
  const refuse = (): never => {
    throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder");
  };
  const Module = function Module(): never {
    return refuse();
  };
  defineProperty(Module, "prototype", { value: Compiled.prototype });
  defineProperty(Compiled.prototype, "constructor", { value: Module });
  for (const name of ["imports", "exports", "customSections"] as const) {
    defineProperty(Module, name, { value: Compiled[name] });
  }
  const words = create(null) as Record<string, unknown>;
  words["Module"] = Module;
  words["compile"] = refuse;
  words["compileStreaming"] = refuse;
  words["instantiateStreaming"] = refuse;
  words["instantiate"] = (module: unknown, imports: WebAssembly.Imports) =>
    module instanceof Compiled ? apply(instantiate, WebAssembly, [module, imports]) : refuse();
  for (const [name, value] of Object.entries(words)) defineProperty(WebAssembly, name, { value });
  freeze(Promise);
  freeze(Promise.prototype);
}
