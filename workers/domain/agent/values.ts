// A guest's arguments as JSON: bigints, typed arrays, undefined and the numbers that JSON has no word for are tagged,
// and so is every object, so that no value can be taken for another. It reads what it wrote and refuses all else.
import type { WitValue } from "#domain/wit/value.ts";

/** What stands in JSON for a value. */
export type Told =
  | null
  | boolean
  | number
  | string
  | readonly Told[]
  | { readonly long: string }
  | { readonly float: string }
  | { readonly none: true }
  | { readonly list: string; readonly of: readonly (number | string)[] }
  | { readonly object: Readonly<Record<string, Told>> };

const NUMBER_LISTS = {
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
};
const LONG_LISTS = { BigUint64Array, BigInt64Array };

export function tell(value: WitValue): Told {
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return tellNumber(value);
  if (typeof value === "bigint") return { long: value.toString() };
  return value === undefined ? { none: true } : tellObject(value);
}

function tellNumber(value: number): number | { float: string } {
  const isPlain = Number.isFinite(value) && !Object.is(value, -0);
  return isPlain ? value : { float: Object.is(value, -0) ? "-0" : String(value) };
}

function tellObject(
  value: Exclude<WitValue, boolean | number | bigint | string | undefined>,
): Told {
  if (Array.isArray(value)) return value.map((item: WitValue) => tell(item));
  for (const [list, Type] of Object.entries({ ...NUMBER_LISTS, ...LONG_LISTS })) {
    if (!(value instanceof Type)) continue;
    // The items of each list are numbers or bigints; the loop can't tell the compiler which.
    const items: readonly (number | bigint)[] = [...(value as Iterable<number | bigint>)];
    return { list, of: items.map((item) => textOf(item)) };
  }
  const entries = Object.entries(value).map(([name, field]) => [name, tell(field)] as const);
  return { object: Object.fromEntries(entries) };
}

function textOf(item: number | bigint): number | string {
  if (typeof item === "bigint") return item.toString();
  const told = tellNumber(item);
  return typeof told === "number" ? told : told.float;
}

/** Throws a TypeError for what `tell` does not write. */
export function untell(told: unknown): WitValue {
  if (typeof told === "boolean" || typeof told === "string" || typeof told === "number")
    return told;
  if (Array.isArray(told)) return told.map((item: unknown) => untell(item));
  if (typeof told !== "object" || told === null) throw unknown(told);
  if ("long" in told && typeof told.long === "string") return BigInt(told.long);
  if ("float" in told && typeof told.float === "string") return Number(told.float);
  if ("none" in told) return undefined;
  if ("list" in told && "of" in told && Array.isArray(told.of)) return listOf(told.list, told.of);
  if ("object" in told && typeof told.object === "object" && told.object !== null) {
    const entries = Object.entries(told.object).map(
      ([name, item]) => [name, untell(item)] as const,
    );
    return Object.fromEntries(entries);
  }
  throw unknown(told);
}

function listOf(name: unknown, items: readonly unknown[]): WitValue {
  for (const [known, Type] of Object.entries(NUMBER_LISTS)) {
    if (known === name) return Type.from(items.map(Number));
  }
  for (const [known, Type] of Object.entries(LONG_LISTS)) {
    if (known === name) return Type.from(items.map((item) => BigInt(String(item))));
  }
  throw unknown(name);
}

function unknown(told: unknown): TypeError {
  return new TypeError(`Expected a value as it is told, got ${JSON.stringify(told)}.`);
}
