// A component's values in JavaScript, in the form that jco's glue takes and gives them.
import type { WitType } from "./type.ts";

export type WitValue =
  | boolean
  | number
  | bigint
  | string
  | undefined
  | NumberList
  | readonly WitValue[]
  | { readonly [name: string]: WitValue };

type NumberList =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** The key under which the glue keeps a record's field or a flag: `first-one` is `firstOne`. */
export function keyOf(label: string): string {
  const [first = "", ...rest] = label.toLowerCase().split("-");
  return first + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

/**
 * Whether the glue says `none` by undefined. It does not where the value inside may be undefined itself: there it
 * is `{tag: "none"}` or `{tag: "some", val}`, which in turn can't be undefined.
 */
export function isNullable(type: WitType): boolean {
  return type.kind === "option" && !isNullable(type.element);
}

type Values = readonly WitValue[];

const NUMBER_LISTS = new Map<WitType["kind"], (values: Values) => WitValue>([
  ["u8", (values: Values) => Uint8Array.from(values, Number)],
  ["s8", (values: Values) => Int8Array.from(values, Number)],
  ["u16", (values: Values) => Uint16Array.from(values, Number)],
  ["s16", (values: Values) => Int16Array.from(values, Number)],
  ["u32", (values: Values) => Uint32Array.from(values, Number)],
  ["s32", (values: Values) => Int32Array.from(values, Number)],
  ["f32", (values: Values) => Float32Array.from(values, Number)],
  ["f64", (values: Values) => Float64Array.from(values, Number)],
  ["u64", (values: Values) => BigUint64Array.from(values, bigintOf)],
  ["s64", (values: Values) => BigInt64Array.from(values, bigintOf)],
]);

/** A list as the glue takes it: numbers in a typed array, all else in an ordinary one. */
export function listOf(element: WitType, values: Values): WitValue {
  return NUMBER_LISTS.get(element.kind)?.(values) ?? values;
}

function bigintOf(value: WitValue): bigint {
  return typeof value === "bigint" ? value : 0n;
}
