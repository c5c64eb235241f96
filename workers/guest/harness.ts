// What runs inside a guest's isolate beside the guest: it calls one exported function on a fresh instance
// and says what came of it. It holds no secret, no network and no binding: the isolate is the boundary.
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import { brief } from "#domain/brief.ts";
import type { Brief } from "#domain/brief.ts";
import { lengthOf } from "#domain/execution.ts";
import type { GuestAnswer, GuestCall, GuestFailure } from "#domain/execution.ts";
import { briefResponse } from "#domain/http.ts";
import type { GuestServe, GuestServed, HttpRequest } from "#domain/http.ts";
import type { CallPort } from "#domain/port.ts";
import { callCommand, Exit, jsonOf } from "./command.ts";
import { callExtism, EXTISM_MODULE, ExtismHost } from "./extism.ts";
import { bytesOf, failureOf, memoriesOf } from "./failure.ts";
import { Fuel } from "./fuel.ts";
// The loader puts the artifact beside this module under this name.
import guest from "./guest.wasm";
import { serveWhole } from "./http/whole.ts";
import type { Invocation } from "./invocation.ts";
import { callJson } from "./json.ts";
import { giveBack, lend, lentImport } from "./lent.ts";
import { machine } from "./machine.ts";
import { callNumbers } from "./numbers.ts";
import { Overflow, Sink, Stdin } from "./stdio.ts";
import { cancel, enter } from "./running.ts";
import { Cancelled, Deadline, Turns } from "./turns.ts";
import { wasiImports, WASI_MODULE } from "./wasi1/host.ts";
import { LENT_MODULE } from "#wasm/meter/meter.ts";
import { GuestMemory } from "./wasi1/memory.ts";
import { createWorld } from "./wasi1/world.ts";

/** The same for every call of the isolate. */
const ASKED = new Set(WebAssembly.Module.imports(guest).map(({ module }) => module));

type Performed = { readonly answer: GuestAnswer; readonly stdout: Sink };

export default class Guest extends WorkerEntrypoint {
  async call(request: GuestCall): Promise<GuestAnswer> {
    const { answer, stdout } = await perform(request, inputOf(request));
    if (request.function.style !== "command" || answer.failure !== null) return answer;
    return { ...answer, returnValue: jsonOf(stdout.text()) };
  }

  /** As `call`, for whoever is in another isolate. `_port` is a component's; no other kind has any. */
  async callBriefly(request: GuestCall, _port?: CallPort): Promise<Brief<GuestAnswer>> {
    const answer = await this.call(request);
    return brief(answer, lengthOf(answer));
  }

  async serve(given: GuestServe, request: HttpRequest): Promise<GuestServed> {
    return serveWhole(given, request, async (call, input) => {
      const { answer, stdout } = await perform(call, input);
      return { answer, output: stdout.bytes };
    });
  }

  /** As `serve`, for whoever is in another isolate. */
  async serveBriefly(
    given: GuestServe,
    request: HttpRequest,
    _port?: CallPort,
  ): Promise<Brief<GuestServed>> {
    return briefResponse(await this.serve(given, request));
  }

  /** For calls that come one after another: the platform begins a request of its own for this, and for none of them. */
  open(): Session {
    return new Session(this);
  }

  cancel(id: string): void {
    cancel(id);
  }

  /** Nothing is done: that this answers shows that the artifact compiles and its isolate starts. */
  ready(): boolean {
    return guest instanceof WebAssembly.Module;
  }
}

class Session extends RpcTarget {
  readonly #guest: Guest;

  constructor(guest: Guest) {
    super();
    this.#guest = guest;
  }

  callBriefly(request: GuestCall): Promise<Brief<GuestAnswer>> {
    return this.#guest.callBriefly(request);
  }

  serveBriefly(given: GuestServe, request: HttpRequest): Promise<Brief<GuestServed>> {
    return this.#guest.serveBriefly(given, request);
  }
}

/** One call on a fresh instance; a program finds the input on stdin. */
async function perform(request: GuestCall, input: string | Uint8Array): Promise<Performed> {
  const turns = new Turns({ slice: request.gas.slice, timeoutMs: request.timeoutMs });
  const leave = enter(request.id, turns);
  const fuel = new Fuel(request.gas, turns);
  try {
    return await performWith(fuel, request, input);
  } finally {
    leave();
    // What of the guest was called has returned or trapped.
    fuel.end();
  }
}

async function performWith(
  fuel: Fuel,
  request: GuestCall,
  input: string | Uint8Array,
): Promise<Performed> {
  const { outputBytesMax, logBytesMax } = request.bounds;
  const isCommand = request.function.style === "command";
  const overflow = () => fuel.stop(new Overflow(outputBytesMax));
  const stdout = isCommand ? new Sink(outputBytesMax, overflow) : new Sink(logBytesMax);
  const stderr = new Sink(logBytesMax);
  let instance: WebAssembly.Instance | null = null;
  let returnValue: string | null = null;
  let failure: GuestFailure | null = null;
  let memories: readonly WebAssembly.Memory[] = [];
  let memoryBefore = 0;
  let memoryUsedBytes = 0;
  const lent = lend();
  try {
    const extism = extismOf(request, { fuel, input, stderr });
    // The guest's memory is there once the instance is, and no import runs before the fuel is set.
    const memory = () => wasiMemoryOf(instance);
    const imports = importsOf(request, { fuel, extism, input, stdout, stderr, memory });
    if (lent !== null) imports[LENT_MODULE] = lentImport(lent);
    // A trap can leave memory half changed, so no two calls share an instance.
    instance = new WebAssembly.Instance(guest, imports);
    memories = memoriesOf(instance);
    memoryBefore = bytesOf(memories);
    fuel.adopt(instance);
    returnValue = await run({ instance, fuel, request, stdout, extism });
    memoryUsedBytes = bytesOf(memories);
  } catch (thrown) {
    memoryUsedBytes = bytesOf(memories);
    failure = failureOf(thrown, { memories, memoryBefore });
  }
  const isCounted = instance !== null && failure === null;
  // A guest can catch what stopped it and return as if nothing had been: the fuel knows.
  const exitCode = exitCodeOf({ fuel, failure, isCommand });
  if (fuel.reason !== null) failure = stopped(fuel.reason);
  else if (fuel.isSpent) failure = outOfGas(request);
  if (lent !== null && failure === null && fuel.reason === null) giveBack(lent);
  failure ??= excess(request, returnValue);
  const answer = {
    returnValue: failure === null ? returnValue : null,
    failure,
    memoryUsedBytes,
    gasUsed: isCounted || fuel.isSpent || fuel.reason !== null ? fuel.used : null,
    stdout: stdout.text(),
    stderr: stderr.text(),
    exitCode,
  };
  return { answer, stdout };
}

function inputOf(request: GuestCall): string {
  return typeof request.arguments === "string" ? request.arguments : "";
}

/** Only what the guest asks for: who imports nothing is given nothing. */
function importsOf(
  request: GuestCall,
  host: {
    fuel: Fuel;
    extism: ExtismHost | null;
    input: string | Uint8Array;
    stdout: Sink;
    stderr: Sink;
    memory: () => WebAssembly.Memory;
  },
): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  if (host.extism !== null) imports[EXTISM_MODULE] = host.extism.imports();
  if (!ASKED.has(WASI_MODULE)) return imports;
  const isCommand = request.function.style === "command";
  const { program, environment, files, function: asks } = request;
  const world = createWorld(
    {
      args: isCommand ? [program, asks.name] : [program],
      environment,
      files,
      stdin: new Stdin(isCommand ? host.input : ""),
      stdout: host.stdout,
      stderr: host.stderr,
    },
    {
      machine,
      memory: new GuestMemory(() => host.memory().buffer),
      exit: (code) => host.fuel.stop(new Exit(code)),
    },
  );
  imports[WASI_MODULE] = wasiImports(world, (fn) => host.fuel.suspending(fn));
  return imports;
}

function extismOf(
  { environment }: GuestCall,
  host: { fuel: Fuel; input: string | Uint8Array; stderr: Sink },
): ExtismHost | null {
  if (!ASKED.has(EXTISM_MODULE)) return null;
  return new ExtismHost(typeof host.input === "string" ? host.input : "", {
    config: environment,
    log: host.stderr,
    stop: (reason) => host.fuel.stop(reason),
  });
}

async function run(invocation: Invocation): Promise<string | null> {
  const { instance, fuel, request } = invocation;
  await fuel.start(instance);
  const { style } = request.function;
  if (style === "command") {
    await callCommand(invocation);
    return null;
  }
  const initialize = instance.exports["_initialize"];
  if (typeof initialize === "function") await fuel.call(initialize);
  if (style === "extism") return callExtism(invocation);
  if (typeof request.arguments !== "string") return callNumbers(invocation, request.arguments);
  const call = (fn: CallableFunction, ...values: readonly unknown[]) => fuel.call(fn, ...values);
  return callJson({ instance, call }, request.function, request.arguments);
}

/** A program that returns from its start has ended well. */
function exitCodeOf(ended: {
  fuel: Fuel;
  failure: GuestFailure | null;
  isCommand: boolean;
}): number | null {
  if (ended.fuel.reason instanceof Exit) return ended.fuel.reason.code;
  return ended.isCommand && ended.failure === null && !ended.fuel.isSpent ? 0 : null;
}

/** Why the host stopped it; null for a program that ended well by its own word. */
function stopped(reason: unknown): GuestFailure | null {
  if (reason instanceof Exit) {
    return reason.code === 0 ? null : { code: "GUEST_EXIT", message: reason.message };
  }
  const message = reason instanceof Error ? reason.message : String(reason);
  return { code: codeOf(reason), message };
}

function codeOf(reason: unknown): GuestFailure["code"] {
  if (reason instanceof Deadline) return "GUEST_DEADLINE";
  if (reason instanceof Overflow) return "GUEST_OUTPUT";
  return reason instanceof Cancelled ? "GUEST_CANCELLED" : "GUEST_TRAP";
}

function outOfGas({ gas }: GuestCall): GuestFailure {
  const message = `The call used all of its ${gas.budget} units of gas, which follow from its time limit and maxCpuPercent.`;
  return { code: "GUEST_GAS", message };
}

function excess({ bounds }: GuestCall, returnValue: string | null): GuestFailure | null {
  const length = returnValue?.length ?? 0;
  if (length <= bounds.outputBytesMax) return null;
  const message = `The function returned ${length} characters; ${bounds.outputBytesMax} are allowed.`;
  return { code: "GUEST_OUTPUT", message };
}

function wasiMemoryOf(instance: WebAssembly.Instance | null): WebAssembly.Memory {
  const memory = instance?.exports["memory"];
  if (memory instanceof WebAssembly.Memory) return memory;
  throw new TypeError("The module exports no memory, which WASI works on.");
}
