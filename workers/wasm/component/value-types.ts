// Decodes the value types of the component model, resolved against a scope's type index space.
// It refuses unknown encodings and types that would unfold beyond the reference tools' limits.
import type { WitPrimitive } from "#domain/wit/type.ts";
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import { readScreenedName } from "./name.ts";
import type { Scope } from "./scope.ts";
import { readEntry } from "./scope.ts";
import type { WitCase, WitField, WitShape, WitType } from "./wit-type.ts";
import { typeDepthMax, typeWeightMax, witType } from "./wit-type.ts";

const primitives: ReadonlyMap<number, WitPrimitive> = new Map([
  [0x7f, "bool"],
  [0x7e, "s8"],
  [0x7d, "u8"],
  [0x7c, "s16"],
  [0x7b, "u16"],
  [0x7a, "s32"],
  [0x79, "u32"],
  [0x78, "s64"],
  [0x77, "u64"],
  [0x76, "f32"],
  [0x75, "f64"],
  [0x74, "char"],
  [0x73, "string"],
  [0x64, "error-context"],
]);

const partsMax = 100_000;

// A value type where one is used: a primitive, or the index of a defined type.
export function readValueTypeUse(cursor: Cursor, scope: Scope): WitType {
  const start = cursor.offset;
  const code = cursor.s33("value type");
  if (code < 0) {
    const primitive = code < -0x40 ? undefined : primitives.get(code + 0x80);
    if (primitive !== undefined) return build(cursor, start, { kind: "primitive", primitive });
    throw cursor.fault(`value type: expected a known type, got ${code}`, start);
  }
  const entry = scope.types[code];
  if (entry?.kind === "value") return entry.type;
  const got = entry?.kind ?? `one past the last of ${scope.types.length}`;
  throw cursor.fault(`type index ${code}: expected a value type, got ${got}`, start);
}

// A value type where one is defined.
export function readDefinedValueType(cursor: Cursor, scope: Scope): WitType {
  const start = cursor.offset;
  const code = cursor.byte("type");
  return build(cursor, start, readShape(cursor, scope, code));
}

export function resourceType(cursor: Cursor): WitType {
  return build(cursor, cursor.offset, { kind: "resource" });
}

export function readLabelledTypes(cursor: Cursor, scope: Scope, what: string): WitField[] {
  return readEach(cursor, what, () => {
    const name = readScreenedName(cursor, what);
    return { name, type: readValueTypeUse(cursor, scope) };
  });
}

function build(cursor: Cursor, start: number, shape: WitShape): WitType {
  const type = witType(shape);
  if (type !== null) return type;
  throw cursor.fault(
    `type: expected at most ${typeWeightMax} parts and ${typeDepthMax} levels, got more`,
    start,
  );
}

function readShape(cursor: Cursor, scope: Scope, code: number): WitShape {
  switch (code) {
    case 0x72:
      return { kind: "record", fields: readLabelledTypes(cursor, scope, "record field") };
    case 0x71:
      return { kind: "variant", cases: readEach(cursor, "case", () => readCase(cursor, scope)) };
    case 0x70:
      return { kind: "list", element: readValueTypeUse(cursor, scope), length: null };
    case 0x67: {
      const element = readValueTypeUse(cursor, scope);
      return { kind: "list", element, length: cursor.u32("list length") };
    }
    case 0x6f: {
      const elements = readEach(cursor, "tuple", () => readValueTypeUse(cursor, scope));
      return { kind: "tuple", elements };
    }
    case 0x6e:
      return { kind: "flags", labels: readLabels(cursor, "flag") };
    case 0x6d:
      return { kind: "enum", labels: readLabels(cursor, "enum case") };
    case 0x6b:
      return { kind: "option", element: readValueTypeUse(cursor, scope) };
    case 0x6a: {
      const ok = readOptionalType(cursor, scope);
      return { kind: "result", ok, error: readOptionalType(cursor, scope) };
    }
    case 0x69:
      return { kind: "own", resource: readResource(cursor, scope) };
    case 0x68:
      return { kind: "borrow", resource: readResource(cursor, scope) };
    case 0x66:
      return { kind: "stream", element: readOptionalType(cursor, scope) };
    case 0x65:
      return { kind: "future", element: readOptionalType(cursor, scope) };
    case 0x63: {
      const key = readValueTypeUse(cursor, scope);
      return { kind: "map", key, value: readValueTypeUse(cursor, scope) };
    }
    default:
      return readPrimitive(cursor, code);
  }
}

function readPrimitive(cursor: Cursor, code: number): WitShape {
  const primitive = primitives.get(code);
  if (primitive !== undefined) return { kind: "primitive", primitive };
  throw cursor.fault(`type: expected a known type, got ${hexByte(code)}`, cursor.offset - 1);
}

function readCase(cursor: Cursor, scope: Scope): WitCase {
  const name = readScreenedName(cursor, "variant case");
  const type = readOptionalType(cursor, scope);
  const start = cursor.offset;
  const refines = cursor.byte("variant case");
  if (refines === 0) return { name, type };
  throw cursor.fault(`variant case: expected a closing 0x00, got ${hexByte(refines)}`, start);
}

function readLabels(cursor: Cursor, what: string): string[] {
  return readEach(cursor, what, () => readScreenedName(cursor, what));
}

function readResource(cursor: Cursor, scope: Scope): WitType {
  const start = cursor.offset;
  const entry = readEntry(cursor, scope.types, "resource type");
  if (entry.kind === "value" && entry.type.shape.kind === "resource") return entry.type;
  throw cursor.fault(`handle: expected a resource type, got ${entry.kind}`, start);
}

function readOptionalType(cursor: Cursor, scope: Scope): WitType | null {
  return readOptional(cursor, "type", () => readValueTypeUse(cursor, scope));
}

// 0x00 is nothing, 0x01 something.
export function readOptional<Item>(cursor: Cursor, what: string, read: () => Item): Item | null {
  const start = cursor.offset;
  const present = cursor.byte(what);
  if (present === 0) return null;
  if (present === 1) return read();
  throw cursor.fault(`optional ${what}: expected 0 or 1, got ${hexByte(present)}`, start);
}

export function readEach<Item>(cursor: Cursor, what: string, read: () => Item): Item[] {
  const count = cursor.count(what, partsMax);
  const items: Item[] = [];
  for (let index = 0; index < count; index += 1) items.push(read());
  return items;
}
