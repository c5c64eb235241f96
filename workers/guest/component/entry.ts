// The entry of a component's isolate: each call instantiates it anew through jco's output, with metered core
// modules and a WASI of its own. It keeps nothing between calls and holds no secret, no network and no binding.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { GuestAnswer } from "#domain/execution.ts";
// The loader puts the transpiled component beside this module: jco's glue, and its core modules by name.
import { instantiate } from "./component.js";
import { cores } from "./cores.js";
import type { FileGrant } from "./files.ts";
import { resultText } from "./result.ts";
import { Tank } from "./tank.ts";
import { wasi } from "./wasi.ts";
import type { Wasi } from "./wasi.ts";

export type ComponentCall = {
  /** `name`, `interface#name`, or for a command whatever its first argument shall be. */
  readonly functionName: string;
  readonly style: "wit" | "command";
  /** Whether the function's type is a `result`: then what it throws may be its answer. */
  readonly returnsResult: boolean;
  /** `wit`: values as jco's glue takes them. `command`: the text of standard input. */
  readonly arguments: readonly unknown[] | string;
  readonly gasBudget: number;
  readonly bounds: { readonly outputBytesMax: number; readonly logBytesMax: number };
  readonly environment: Readonly<Record<string, string>>;
  readonly files: FileGrant;
};

export type ComponentAnswer = Omit<GuestAnswer, "failure"> & {
  readonly failure: Failure | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
};

type Failure = {
  readonly code: "GUEST_TRAP" | "GUEST_GAS" | "GUEST_OUTPUT" | "GUEST_EXIT";
  readonly message: string;
};
type Exported = Readonly<Record<string, unknown>>;

export default class Component extends WorkerEntrypoint {
  async call(request: ComponentCall): Promise<ComponentAnswer> {
    const run = new Run(request);
    let returned: string | null = null;
    let thrown: unknown;
    try {
      returned = await run.perform();
    } catch (caught) {
      thrown = caught ?? new Error("nothing");
    }
    return run.answer(returned, thrown);
  }

  /** Nothing is done: that this answers shows that the component compiles and its isolate starts. */
  ready(): boolean {
    return typeof instantiate === "function";
  }
}

/** A component instance with its tank and its WASI; an HTTP entry needs the same. */
export async function start(tank: Tank, imports: Wasi["imports"]): Promise<Exported> {
  const exports = await instantiate(
    (name) => {
      const module = cores[name];
      if (module === undefined) throw new TypeError(`The component has no core module ${name}.`);
      return module;
    },
    imports,
    (module, imports) => tank.instantiate(module, imports),
  );
  return exports;
}

class Run {
  readonly #request: ComponentCall;
  readonly #tank: Tank;
  readonly #wasi: Wasi;
  #exitCode: number | null = null;

  constructor(request: ComponentCall) {
    const { bounds, style } = request;
    this.#request = request;
    this.#tank = new Tank(request.gasBudget);
    this.#wasi = wasi({
      arguments: style === "command" ? ["component", request.functionName] : ["component"],
      environment: request.environment,
      files: request.files,
      input: new TextEncoder().encode(
        typeof request.arguments === "string" ? request.arguments : "",
      ),
      stdoutBytesMax: style === "command" ? bounds.outputBytesMax : bounds.logBytesMax,
      stderrBytesMax: bounds.logBytesMax,
      exit: (code) => {
        this.#exitCode ??= code;
        return this.#tank.stop(new Error(`The component exited with ${code}.`));
      },
    });
  }

  /** JSON text of what came back; null for nothing. */
  async perform(): Promise<string | null> {
    const exports = await start(this.#tank, this.#wasi.imports);
    if (this.#request.style === "command") {
      await functionOf(exports, commandOf(exports))();
      return null;
    }
    const { functionName, returnsResult } = this.#request;
    const values = typeof this.#request.arguments === "string" ? [] : this.#request.arguments;
    try {
      const value = await functionOf(exports, functionName)(...values);
      return resultText(returnsResult ? { ok: value } : value);
    } catch (thrown) {
      // jco throws the error of a `result`: it is the function's answer, not its failure.
      if (!returnsResult || !isResultError(thrown)) throw thrown;
      return resultText({ err: thrown.payload });
    }
  }

  answer(returned: string | null, thrown: unknown): ComponentAnswer {
    const { stdout, stderr } = this.#wasi;
    const isCommand = this.#request.style === "command";
    const output = isCommand ? outputOf(stdout.text()) : returned;
    const exited = this.#exitCode ?? (isCommand ? (thrown === undefined ? 0 : 1) : null);
    const failure = this.#failure(output, thrown);
    return {
      returnValue: failure === null ? output : null,
      failure,
      memoryUsedBytes: this.#tank.memoryBytes,
      gasUsed: failure?.code === "GUEST_TRAP" ? null : this.#tank.used,
      stdout: isCommand && failure === null ? "" : stdout.log(),
      stderr: stderr.log(),
      exitCode: failure?.code === "GUEST_TRAP" || failure?.code === "GUEST_GAS" ? null : exited,
    };
  }

  /** A guest can catch what stopped it and return as if nothing had been: the records come first. */
  #failure(output: string | null, thrown: unknown): Failure | null {
    const { gasBudget, bounds, style } = this.#request;
    if (this.#exitCode !== null) {
      if (this.#exitCode === 0 && style === "command") return this.#excess(output);
      return { code: "GUEST_EXIT", message: `The component exited with ${this.#exitCode}.` };
    }
    if (this.#tank.isSpent) {
      const message = `The call used all of its ${gasBudget} units of gas, which follow from its time limit and maxCpuPercent.`;
      return { code: "GUEST_GAS", message };
    }
    if (thrown === undefined) return this.#excess(output);
    if (style === "command" && isResultError(thrown)) {
      return { code: "GUEST_EXIT", message: "The command ended with an error." };
    }
    const message = describe(thrown).slice(0, bounds.logBytesMax);
    return { code: "GUEST_TRAP", message };
  }

  #excess(output: string | null): Failure | null {
    const { outputBytesMax } = this.#request.bounds;
    const isCut = this.#request.style === "command" && this.#wasi.stdout.isCut;
    const bytes = isCut ? this.#wasi.stdout.written : new TextEncoder().encode(output ?? "").length;
    if (!isCut && bytes <= outputBytesMax) return null;
    const message = `The function returned ${bytes} bytes; ${outputBytesMax} are allowed.`;
    return { code: "GUEST_OUTPUT", message };
  }
}

/** `wasi:cli/run` in whatever version the component exports. */
function commandOf(exports: Exported): string {
  const name = Object.keys(exports).find((name) => /^wasi:cli\/run(?:@|$)/.test(name));
  return `${name ?? "wasi:cli/run"}#run`;
}

function functionOf(exports: Exported, name: string): (...values: readonly unknown[]) => unknown {
  const [outer = "", inner] = name.split("#");
  const from = inner === undefined ? exports : (exports[outer] ?? exports[camel(outer)]);
  const key = camel(inner ?? outer);
  // jco makes an object of each exported interface, with functions by their names in camel case.
  const found = from instanceof Object ? (from as Exported)[key] : undefined;
  if (typeof found !== "function") throw new TypeError(`The component exports no ${name}.`);
  return (...values) => Reflect.apply(found, from, values) as unknown;
}

function camel(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Standard output as the result: JSON as it is, other text as a JSON string. */
function outputOf(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  try {
    JSON.parse(trimmed);
    return trimmed;
  } catch {
    return JSON.stringify(text);
  }
}

function isResultError(thrown: unknown): thrown is { readonly payload: unknown } {
  return thrown instanceof Error && "payload" in thrown;
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}
