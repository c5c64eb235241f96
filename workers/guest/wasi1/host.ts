// The imports of `wasi_snapshot_preview1`, all of them. A guest's mistake comes back to it as an error number;
// what ends a guest for good is thrown through it.
import { descriptorFunctions } from "./descriptor-functions.ts";
import { ERRNO, Refusal } from "./errno.ts";
import { pathFunctions } from "./path-functions.ts";
import { poll } from "./poll.ts";
import { systemFunctions } from "./system.ts";
import type { World } from "./world.ts";

export const WASI_MODULE = "wasi_snapshot_preview1";

/** How a host function becomes an import that suspends the guest. */
export type Suspending = (fn: (...values: never[]) => Promise<unknown>) => WebAssembly.ImportValue;

export function wasiImports(world: World, suspending: Suspending): WebAssembly.ModuleImports {
  const functions: Record<string, (...values: never[]) => unknown> = {
    ...systemFunctions(world),
    ...descriptorFunctions(world),
    ...pathFunctions(world),
  };
  const imports: WebAssembly.ModuleImports = {};
  for (const [name, fn] of Object.entries(functions)) {
    imports[name] = (...values: never[]) => attempt(() => fn(...values));
  }
  imports["poll_oneoff"] = suspending(async (...values: [number, number, number, number]) => {
    try {
      await poll(world, ...values);
      return ERRNO.success;
    } catch (thrown) {
      return errnoOf(thrown);
    }
  });
  return imports;
}

function attempt(work: () => unknown): number {
  try {
    work();
    return ERRNO.success;
  } catch (thrown) {
    return errnoOf(thrown);
  }
}

function errnoOf(thrown: unknown): number {
  if (thrown instanceof Refusal) return thrown.errno;
  throw thrown;
}
