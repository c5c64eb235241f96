// The `numbers` convention: WASM values in, WASM values out.
import { exported } from "./exported.ts";
import type { Invocation } from "./invocation.ts";

/** JSON text of the result: one value, an array of several, null for none. */
export async function callNumbers(
  { instance, fuel, request }: Invocation,
  values: readonly unknown[],
): Promise<string | null> {
  const signature = request.function;
  if (signature.style === "wit") {
    throw new TypeError(`${signature.name} is a component's function; a core module was loaded.`);
  }
  const result = await fuel.call(exported(instance, signature.name), ...values);
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
