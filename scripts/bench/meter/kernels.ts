// The bench's kernels in a form that was compiled, metered or not.
import { GAS_EXPORT, START_EXPORT } from "#wasm/meter/meter.ts";
import type { Run } from "./compare.ts";

const GAS = 2n ** 62n;

export function kernelsOf(module: WebAssembly.Module): Map<string, Run> {
  const abort = (): never => {
    throw new Error("aborted");
  };
  const { exports } = filled(new WebAssembly.Instance(module, { env: { abort } }));
  const kernels = new Map<string, Run>();
  for (const [name, item] of Object.entries(exports)) {
    if (typeof item === "function" && name !== START_EXPORT)
      kernels.set(name, (times) => item(times));
  }
  return kernels;
}

/** With gas for all that follows, if it is metered. */
export function filled(instance: WebAssembly.Instance): WebAssembly.Instance {
  const { [GAS_EXPORT]: gas, [START_EXPORT]: start } = instance.exports;
  if (gas instanceof WebAssembly.Global) gas.value = GAS;
  if (typeof start === "function") start();
  return instance;
}
