// One call of a component: it is instantiated anew through jco's output, with metered core modules and a WASI of its
// own, and nothing of it is kept.
import type { GuestAnswer, GuestCall, GuestFailure } from "#domain/execution.ts";
import { TooLong, tellReturned, tellThrown } from "#domain/wit/tell.ts";
import type { HostCalls } from "#domain/link.ts";
import type { CallPort } from "#domain/port.ts";
import { Exit, jsonOf } from "#guest/command.ts";
import { bytesOf, failureOf } from "#guest/failure.ts";
import { Fuel } from "#guest/fuel.ts";
import { Overflow } from "#guest/stdio.ts";
import { Cancelled, Deadline } from "#guest/turns.ts";
import type { Turns } from "#guest/turns.ts";
// The loader puts the transpiled component beside this module: jco's glue, and its core modules by name.
import { instantiate } from "./component.js";
import { cores } from "./cores.js";
import { linked } from "./linked.js";
import { Capture } from "./capture.ts";
import { LinkFailure, linkedImports } from "./imported.ts";
import { Tank } from "./tank.ts";
import { wasi } from "./wasi.ts";
import type { Imports } from "./wasi.ts";

export type Exported = Readonly<Record<string, unknown>>;

/** A component instance with its fuel and its WASI. */
function start(tank: Tank, imports: Imports): Promise<Exported> {
  return instantiate(
    (name) => {
      const module = cores[name];
      if (module === undefined) throw new TypeError(`The component has no core module ${name}.`);
      return module;
    },
    imports,
    (module, imports) => tank.instantiate(module, imports),
    tank.globals,
  );
}

/** What was asked for, but the values that a call passes. */
type Asked = Omit<GuestCall, "arguments">;

/** What a run is given beside what was asked. */
type Given = {
  readonly input: Uint8Array;
  readonly host: HostCalls | null;
  readonly port: CallPort | null;
};

export class Run {
  readonly #request: Asked;
  readonly #tank: Tank;
  readonly #imports: Imports;
  readonly #stdout: Capture;
  readonly #stderr: Capture;
  readonly #isCommand: boolean;

  constructor(request: Asked, turns: Turns, { input, host, port }: Given) {
    const { bounds, gas } = request;
    this.#request = request;
    this.#isCommand = request.function.style === "command";
    const fuel = new Fuel(gas, turns);
    this.#tank = new Tank(fuel);
    this.#stdout = this.#isCommand
      ? new Capture(bounds.outputBytesMax, () => fuel.stop(new Overflow(bounds.outputBytesMax)))
      : new Capture(bounds.logBytesMax);
    this.#stderr = new Capture(bounds.logBytesMax);
    const ways = { calls: port, fuel, charactersMax: bounds.outputBytesMax };
    const own = wasi({
      arguments: this.#isCommand ? [request.program, request.function.name] : [request.program],
      environment: request.environment,
      files: request.files,
      input,
      host,
      port,
      stdout: this.#stdout,
      stderr: this.#stderr,
      exit: (code) => fuel.stop(new Exit(code)),
    });
    this.#imports = { ...linkedImports(linked, ways), ...own };
  }

  /** JSON text of what came back; null for nothing. */
  async perform(given: GuestCall["arguments"]): Promise<string | null> {
    const exports = await this.exports();
    const { function: signature, bounds } = this.#request;
    if (signature.style !== "wit") {
      await functionOf(exports, commandOf(exports))();
      return null;
    }
    const values = typeof given === "string" ? [] : given;
    try {
      const value = await functionOf(exports, signature.name)(...values);
      return tellReturned(signature.result, value, bounds.outputBytesMax);
    } catch (thrown) {
      // jco throws the error of a `result`: it is the function's answer, not its failure.
      if (signature.result?.kind !== "result" || !isResultError(thrown)) throw thrown;
      return tellThrown(signature.result, thrown.payload, bounds.outputBytesMax);
    }
  }

  /** A fresh instance; to be asked for once. */
  exports(): Promise<Exported> {
    return start(this.#tank, this.#imports);
  }

  /** What a program wrote. */
  get output(): Uint8Array {
    return this.#stdout.bytes;
  }

  answer(returned: string | null, thrown: unknown): GuestAnswer {
    const { fuel } = this.#tank;
    // What the failure looks at can make them grow.
    const memoryUsedBytes = bytesOf(this.#tank.memories);
    const failure = this.#failure(thrown);
    const isStopped = fuel.reason !== null || fuel.isSpent;
    const isCounted = thrown === undefined || thrown instanceof TooLong || isResultError(thrown);
    return {
      returnValue: failure === null ? this.#returned(returned) : null,
      failure,
      memoryUsedBytes,
      gasUsed: isStopped || isCounted ? fuel.used : null,
      stdout: this.#stdout.log(),
      stderr: this.#stderr.log(),
      exitCode: this.#exitCode(thrown),
    };
  }

  #returned(value: string | null): string | null {
    return this.#isCommand ? jsonOf(this.#stdout.text().trim()) : value;
  }

  /** A guest can catch what stopped it and return as if nothing had been: the fuel comes first. */
  #failure(thrown: unknown): GuestFailure | null {
    const { gas, bounds } = this.#request;
    const { fuel } = this.#tank;
    const { reason } = fuel;
    if (reason instanceof Exit) {
      return reason.code === 0 ? null : { code: "GUEST_EXIT", message: reason.message };
    }
    if (reason instanceof Deadline) return { code: "GUEST_DEADLINE", message: reason.message };
    if (reason instanceof LinkFailure) return { code: "GUEST_LINK", message: reason.message };
    if (reason instanceof Overflow) return { code: "GUEST_OUTPUT", message: reason.message };
    if (reason instanceof Cancelled) return { code: "GUEST_CANCELLED", message: reason.message };
    if (fuel.isSpent) {
      const message = `The call used all of its ${gas.budget} units of gas, which follow from its time limit and maxCpuPercent.`;
      return { code: "GUEST_GAS", message };
    }
    if (thrown === undefined) return null;
    if (thrown instanceof TooLong) return { code: "GUEST_OUTPUT", message: thrown.message };
    if (this.#isCommand && isResultError(thrown)) {
      return { code: "GUEST_EXIT", message: "The command ended with an error." };
    }
    const failure = failureOf(thrown, this.#tank);
    return { ...failure, message: failure.message.slice(0, bounds.logBytesMax) };
  }

  #exitCode(thrown: unknown): number | null {
    const { reason, isSpent } = this.#tank.fuel;
    if (reason instanceof Exit) return reason.code;
    if (!this.#isCommand || isSpent || reason !== null) return null;
    if (thrown === undefined) return 0;
    return isResultError(thrown) ? 1 : null;
  }
}

/** `wasi:cli/run` in whatever version the component exports. */
function commandOf(exports: Exported): string {
  const name = Object.keys(exports).find((name) => /^wasi:cli\/run(?:@|$)/.test(name));
  return `${name ?? "wasi:cli/run"}#run`;
}

export function functionOf(
  exports: Exported,
  name: string,
): (...values: readonly unknown[]) => unknown {
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

function isResultError(thrown: unknown): thrown is { readonly payload: unknown } {
  return thrown instanceof Error && "payload" in thrown;
}
