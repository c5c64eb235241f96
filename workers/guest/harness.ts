// What runs inside a guest's isolate beside the guest: it calls one exported function on a fresh instance
// and says what came of it. It holds no secret, no network and no binding: the isolate is the boundary.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { GuestAnswer, GuestCall, GuestFailure } from "#domain/execution.ts";
import { Gas, runStart } from "./gas.ts";
import { failureOf, memoryOf } from "./failure.ts";
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
    let memoryBefore = 0;
    let memoryUsedBytes = 0;
    try {
      // A trap can leave memory half changed, so no two calls share an instance.
      instance = await WebAssembly.instantiate(guest, {});
      memoryBefore = memoryOf(instance);
      gas = new Gas(instance, request.gasBudget, hostCallsOf(request));
      runStart(instance);
      returnValue = invoke(instance, request);
      memoryUsedBytes = memoryOf(instance);
    } catch (thrown) {
      memoryUsedBytes = instance === null ? 0 : memoryOf(instance);
      failure = failureOf(thrown, { instance, memoryBefore });
    }
    const isCounted = failure === null;
    // A guest can catch what stopped it and return as if nothing had been: the counter knows.
    if (gas?.isSpent === true) failure = outOfGas(request);
    failure ??= excess(request, returnValue);
    return {
      returnValue: failure === null ? returnValue : null,
      failure,
      memoryUsedBytes,
      gasUsed: gas === null || !(isCounted || gas.isSpent) ? null : gas.used,
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
  return typeof request.arguments === "string"
    ? callJson(instance, request.function, request.arguments)
    : callNumbers(instance, request.function, request.arguments);
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
