// The types that a core value can have, decoded and written as text.
// It refuses the encodings of proposals that V8 doesn't take by default.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";

type NumberType = "i32" | "i64" | "f32" | "f64";

type AbstractHeapType =
  | "func"
  | "nofunc"
  | "extern"
  | "noextern"
  | "any"
  | "eq"
  | "i31"
  | "struct"
  | "array"
  | "none"
  | "exn"
  | "noexn";

// A heap type is abstract, or the index of a defined type.
type HeapType = AbstractHeapType | number;

export type ReferenceType = { readonly nullable: boolean; readonly heap: HeapType };

export type ValueType = NumberType | "v128" | ReferenceType;

const plainTypes: ReadonlyMap<number, NumberType | "v128"> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
]);

const heapTypes: ReadonlyMap<number, AbstractHeapType> = new Map([
  [0x74, "noexn"],
  [0x73, "nofunc"],
  [0x72, "noextern"],
  [0x71, "none"],
  [0x70, "func"],
  [0x6f, "extern"],
  [0x6e, "any"],
  [0x6d, "eq"],
  [0x6c, "i31"],
  [0x6b, "struct"],
  [0x6a, "array"],
  [0x69, "exn"],
]);

const garbageCollected: ReadonlySet<HeapType> = new Set<HeapType>([
  "any",
  "eq",
  "i31",
  "struct",
  "array",
  "none",
]);

// `typeCount` is how many defined types an index may name.
export function readValueType(cursor: Cursor, typeCount: number): ValueType {
  const plain = plainTypes.get(cursor.peek() ?? 0);
  if (plain === undefined) return readReferenceType(cursor, typeCount);
  cursor.skip(1, "value type");
  return plain;
}

export function readReferenceType(cursor: Cursor, typeCount: number): ReferenceType {
  const start = cursor.offset;
  const code = cursor.byte("value type");
  const heap = heapTypes.get(code);
  if (heap !== undefined) return { nullable: true, heap };
  if (code === 0x63) return { nullable: true, heap: readHeapType(cursor, typeCount) };
  if (code === 0x64) return { nullable: false, heap: readHeapType(cursor, typeCount) };
  throw cursor.fault(`value type: expected a known type, got ${hexByte(code)}`, start);
}

export function readHeapType(cursor: Cursor, typeCount: number): HeapType {
  const start = cursor.offset;
  const code = cursor.s33("heap type");
  if (code >= 0) {
    if (code < typeCount) return code;
    throw cursor.fault(`heap type: expected a type below ${typeCount}, got ${code}`, start);
  }
  const heap = code < -0x40 ? undefined : heapTypes.get(code + 0x80);
  if (heap !== undefined) return heap;
  throw cursor.fault(`heap type: expected a known heap type, got ${code}`, start);
}

export function isNumberType(type: ValueType): type is NumberType {
  return type === "i32" || type === "i64" || type === "f32" || type === "f64";
}

// Whether values of the type live on the engine's own heap, which no memory cap reaches.
export function needsGarbageCollection(type: ValueType): boolean {
  return typeof type !== "string" && garbageCollected.has(type.heap);
}

// The text format's spelling, such as `i32`, `funcref` or `(ref null 3)`.
export function valueTypeText(type: ValueType): string {
  if (typeof type === "string") return type;
  const { nullable, heap } = type;
  if (!nullable) return `(ref ${heap})`;
  switch (heap) {
    case "func":
    case "extern":
    case "any":
    case "eq":
    case "i31":
    case "struct":
    case "array":
    case "exn":
      return `${heap}ref`;
    case "none":
      return "nullref";
    case "nofunc":
      return "nullfuncref";
    case "noextern":
      return "nullexternref";
    case "noexn":
      return "nullexnref";
    default:
      return `(ref null ${heap})`;
  }
}
