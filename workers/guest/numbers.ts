// The `numbers` convention: WASM values in, WASM values out.
import type { CoreSignature } from "#domain/module.ts";
import { exported } from "./exported.ts";

/** JSON text of the result: one value, an array of several, null for none. */
export function callNumbers(
  instance: WebAssembly.Instance,
  signature: CoreSignature,
  values: readonly unknown[],
): string | null {
  const call = exported(instance, signature.name);
  const result: unknown = call(...values);
  if (signature.results.length === 0) return null;
  return JSON.stringify(Array.isArray(result) ? result.map(toJson) : toJson(result));
}

/** A 64-bit integer that a JSON number can't hold is told as a decimal string; NaN and the infinities likewise. */
function toJson(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
