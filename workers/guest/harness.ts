// What runs inside a guest's isolate beside the guest: it calls one exported function on a fresh instance
// and says what came of it. It holds no secret, no network and no binding: the isolate is the boundary.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { GuestAnswer, GuestCall, GuestFailure } from "#domain/execution.ts";
import { callJson } from "./json.ts";
import { callNumbers } from "./numbers.ts";
// The loader puts the artifact beside this module under this name.
import guest from "./guest.wasm";

export default class Guest extends WorkerEntrypoint {
  async call(request: GuestCall): Promise<GuestAnswer> {
    let instance: WebAssembly.Instance | null = null;
    try {
      // A trap can leave memory half changed, so no two calls share an instance.
      instance = await WebAssembly.instantiate(guest, {});
      const returnValue =
        typeof request.arguments === "string"
          ? callJson(instance, request.function, request.arguments)
          : callNumbers(instance, request.function, request.arguments);
      return judge(request, { returnValue, memoryUsedBytes: memoryOf(instance) });
    } catch (thrown) {
      return {
        returnValue: null,
        failure: { code: "GUEST_TRAP", message: describe(thrown) },
        memoryUsedBytes: instance === null ? 0 : memoryOf(instance),
      };
    }
  }

  /** Nothing is done: that this answers shows that the artifact compiles and its isolate starts. */
  ready(): boolean {
    return guest instanceof WebAssembly.Module;
  }
}

function judge(
  request: GuestCall,
  done: { returnValue: string | null; memoryUsedBytes: number },
): GuestAnswer {
  const failure = excess(request, done);
  return { ...done, returnValue: failure === null ? done.returnValue : null, failure };
}

function excess(
  request: GuestCall,
  done: { returnValue: string | null; memoryUsedBytes: number },
): GuestFailure | null {
  if (done.memoryUsedBytes > request.memoryLimitBytes) {
    const message = `The call used ${done.memoryUsedBytes} bytes of memory; ${request.memoryLimitBytes} are allowed.`;
    return { code: "GUEST_MEMORY", message };
  }
  const length = done.returnValue?.length ?? 0;
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
