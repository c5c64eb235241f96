// What runs inside a guest's isolate beside the guest: it calls one exported function on a fresh instance
// and says what came of it. It holds no secret, no network and no binding: the isolate is the boundary.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { GuestAnswer, GuestCall, GuestFailure } from "#domain/execution.ts";
import { Gas, runStart } from "./gas.ts";
import { callJson } from "./json.ts";
import { callNumbers } from "./numbers.ts";
// The loader puts the artifact beside this module under this name.
import guest from "./guest.wasm";

export default class Guest extends WorkerEntrypoint {
  async call(request: GuestCall): Promise<GuestAnswer> {
    let instance: WebAssembly.Instance | null = null;
    let gas: Gas | null = null;
    let returnValue: string | null = null;
    let failure: GuestFailure | null = null;
    try {
      // A trap can leave memory half changed, so no two calls share an instance.
      instance = await WebAssembly.instantiate(guest, {});
      gas = new Gas(instance, request.gasBudget, hostCallsOf(request));
      runStart(instance);
      returnValue = invoke(instance, request);
    } catch (thrown) {
      failure = { code: "GUEST_TRAP", message: describe(thrown) };
    }
    // A guest can catch what stopped it and return as if nothing had been: the counter knows.
    if (gas?.isSpent === true) failure = outOfGas(request);
    failure ??= excess(request, returnValue);
    return {
      returnValue: failure === null ? returnValue : null,
      failure,
      memoryUsedBytes: instance === null ? 0 : memoryOf(instance),
      gasUsed: gas === null || failure?.code === "GUEST_TRAP" ? null : gas.used,
    };
  }

  /** Nothing is done: that this answers shows that the artifact compiles and its isolate starts. */
  ready(): boolean {
    return guest instanceof WebAssembly.Module;
  }
}

/** A JSON document needs room in the guest's memory first. */
function hostCallsOf(request: GuestCall): number {
  return typeof request.arguments === "string" ? 2 : 1;
}

function invoke(instance: WebAssembly.Instance, request: GuestCall): string | null {
  const { function: signature, arguments: given } = request;
  if (signature.style === "wit") {
    throw new TypeError(`${signature.name} is a component's function; a core module was loaded.`);
  }
  return typeof given === "string"
    ? callJson(instance, signature, given)
    : callNumbers(instance, signature, given);
}

function outOfGas({ gasBudget }: GuestCall): GuestFailure {
  const message = `The call used all of its ${gasBudget} units of gas, which follow from its time limit and maxCpuPercent.`;
  return { code: "GUEST_GAS", message };
}

function excess(request: GuestCall, returnValue: string | null): GuestFailure | null {
  const length = returnValue?.length ?? 0;
  if (length <= request.outputLimitBytes) return null;
  const message = `The function returned ${length} characters; ${request.outputLimitBytes} are allowed.`;
  return { code: "GUEST_OUTPUT", message };
}

/** Linear memory never shrinks, so its size after a call is its peak. */
function memoryOf(instance: WebAssembly.Instance): number {
  return Object.values(instance.exports)
    .filter((item) => item instanceof WebAssembly.Memory)
    .reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}
