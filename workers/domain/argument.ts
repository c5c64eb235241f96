// Checks a call's parameters against the function's real types before the guest sees them:
// JavaScript's own coercion would turn a string into NaN without a word.
import type { CoreSignature, FunctionSignature, ValueType, WitSignature } from "./module.ts";
import { WitReader } from "./wit/check.ts";
import type { WitValue } from "./wit/value.ts";

/** By the function's style. `numbers`: numbers and bigints; `wit`: values as jco's glue takes them; else JSON text. */
export type GuestArguments = readonly WitValue[] | string;

export type Arguments =
  | { readonly ok: true; readonly values: GuestArguments }
  | { readonly ok: false; readonly faults: readonly string[] };

/**
 * A `numbers` or `wit` function takes an array in order, or an object by the parameters' names (`p0`, `p1` … where
 * a core module has none); 64-bit integers also as decimal strings, since JSON numbers lose bits. The others take any JSON.
 */
export function checkArguments(signature: FunctionSignature, given: unknown): Arguments {
  if (signature.style === "wit") return checkWit(signature, given);
  if (signature.style !== "numbers") return { ok: true, values: JSON.stringify(given ?? null) };
  return checkNumbers(signature, given);
}

/** An optional parameter may be left out of an object, as it may in a record. */
function checkWit({ name, parameters }: WitSignature, given: unknown): Arguments {
  const reader = new WitReader();
  const byName = Array.isArray(given) || parameters.length === 0 ? null : given;
  if (typeof byName === "object" && byName !== null) {
    const values = reader.fields("parameters", parameters, byName).map(([, value]) => value);
    return reader.faults.length === 0 ? { ok: true, values } : reader.refusal();
  }
  const names = parameters.map((parameter) => parameter.name);
  const listed = list(names, given);
  if (typeof listed === "string") return { ok: false, faults: [`${name}: ${listed}`] };
  const values = parameters.map((parameter, index) =>
    reader.within(`parameter ${parameter.name}`, parameter.type, listed[index]),
  );
  return reader.faults.length === 0 ? { ok: true, values } : reader.refusal();
}

function checkNumbers(signature: CoreSignature, given: unknown): Arguments {
  const names = signature.parameters.map((parameter, index) => parameter.name ?? `p${index}`);
  const listed = list(names, given);
  if (typeof listed === "string") {
    return { ok: false, faults: [`${signature.name}(${describe(signature)}): ${listed}`] };
  }
  const faults: string[] = [];
  const values = signature.parameters.map(({ type }, index) => {
    const value = numberOf(type, listed[index]);
    if (typeof value === "string") faults.push(`parameter ${names[index] ?? index}: ${value}`);
    return typeof value === "string" ? 0 : value;
  });
  return faults.length === 0 ? { ok: true, values } : { ok: false, faults };
}

/** The parameters in order, or what is wrong with their number or names. */
function list(names: readonly string[], given: unknown): readonly unknown[] | string {
  if (given === null || given === undefined) {
    return names.length === 0 ? [] : `expected ${names.length} parameters, none were given`;
  }
  if (Array.isArray(given)) {
    return given.length === names.length
      ? given
      : `expected ${names.length} parameters, got ${given.length}`;
  }
  if (typeof given !== "object") {
    return `expected an array or an object of parameters, got ${JSON.stringify(given)}`;
  }
  const named = new Map<string, unknown>(Object.entries(given));
  const unknown = [...named.keys()].filter((name) => !names.includes(name));
  const missing = names.filter((name) => !named.has(name));
  if (unknown.length > 0)
    return `unknown parameters ${unknown.join(", ")}; it takes ${names.join(", ") || "none"}`;
  if (missing.length > 0) return `missing parameters ${missing.join(", ")}`;
  return names.map((name) => named.get(name));
}

function numberOf(type: ValueType, value: unknown): number | bigint | string {
  const told = JSON.stringify(value) ?? "nothing";
  switch (type) {
    case "i32":
      if (typeof value !== "number" || !Number.isInteger(value))
        return `expected an i32, got ${told}`;
      return value >= -(2 ** 31) && value < 2 ** 32
        ? value
        : `expected an i32 (-2147483648 to 4294967295), got ${told}`;
    case "i64":
      return longOf(value) ?? `expected an i64 as an integer or a decimal string, got ${told}`;
    case "f32":
    case "f64":
      return typeof value === "number" ? value : `expected an ${type}, got ${told}`;
  }
}

function longOf(value: unknown): bigint | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : null;
  if (typeof value !== "string" || !/^-?\d{1,20}$/.test(value)) return null;
  const long = BigInt(value);
  return long >= -(2n ** 63n) && long < 2n ** 64n ? long : null;
}

function describe(signature: CoreSignature): string {
  return signature.parameters
    .map(({ name, type }, index) => `${name ?? `p${index}`}: ${type}`)
    .join(", ");
}
