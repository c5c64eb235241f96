// Decodes the type section: functions as they are, structs and arrays as names only, because a
// module that has them is refused further on. It doesn't check subtyping.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import type { CoreDraft, DefinedType } from "./module.ts";
import {
  parametersMax,
  resultsMax,
  structFieldsMax,
  typeSectionBytesMax,
  typesMax,
} from "./limits.ts";
import type { ValueType } from "./value-type.ts";
import { needsGarbageCollection, readValueType } from "./value-type.ts";

const recursiveGroup = 0x4e;
const subtypeFinal = 0x4f;
const subtypeOpen = 0x50;

export function readTypeSection(cursor: Cursor, draft: CoreDraft): void {
  if (cursor.remaining > typeSectionBytesMax) {
    throw cursor.fault(
      `type section: expected at most ${typeSectionBytesMax} bytes, got ${cursor.remaining}`,
    );
  }
  const count = cursor.count("types", typesMax);
  for (let index = 0; index < count; index += 1) readRecursiveType(cursor, draft);
}

// One entry of the section (also of a component's core types), which may define several types.
export function readRecursiveType(cursor: Cursor, draft: CoreDraft): void {
  if (cursor.peek() !== recursiveGroup) {
    draft.types.push(readSubtype(cursor, draft, draft.types.length + 1));
    return;
  }
  cursor.skip(1, "recursive group");
  draft.features.add("gc");
  const size = cursor.count("recursive group", typesMax);
  const typeCount = draft.types.length + size;
  if (typeCount > typesMax) {
    throw cursor.fault(`types: expected at most ${typesMax}, got ${typeCount}`);
  }
  for (let index = 0; index < size; index += 1) {
    draft.types.push(readSubtype(cursor, draft, typeCount));
  }
}

function readSubtype(cursor: Cursor, draft: CoreDraft, typeCount: number): DefinedType {
  const code = cursor.peek();
  if (code === subtypeFinal || code === subtypeOpen) {
    cursor.skip(1, "subtype");
    draft.features.add("gc");
    const supertypes = cursor.count("supertypes", 1);
    for (let index = 0; index < supertypes; index += 1) readSupertype(cursor, typeCount);
  }
  return readCompositeType(cursor, draft, typeCount);
}

function readSupertype(cursor: Cursor, typeCount: number): void {
  const start = cursor.offset;
  const type = cursor.u32("supertype");
  if (type < typeCount) return;
  throw cursor.fault(`supertype: expected a type below ${typeCount}, got ${type}`, start);
}

function readCompositeType(cursor: Cursor, draft: CoreDraft, typeCount: number): DefinedType {
  const start = cursor.offset;
  const code = cursor.byte("type");
  switch (code) {
    case 0x60: {
      const parameters = readValueTypes(cursor, draft, { typeCount, most: parametersMax });
      const results = readValueTypes(cursor, draft, { typeCount, most: resultsMax });
      return { kind: "func", parameters, results };
    }
    case 0x5f: {
      draft.features.add("gc");
      const fields = cursor.count("struct fields", structFieldsMax);
      for (let index = 0; index < fields; index += 1) readField(cursor, typeCount);
      return { kind: "struct" };
    }
    case 0x5e:
      draft.features.add("gc");
      readField(cursor, typeCount);
      return { kind: "array" };
    default:
      throw cursor.fault(`type: expected func, struct or array, got ${hexByte(code)}`, start);
  }
}

function readValueTypes(
  cursor: Cursor,
  draft: CoreDraft,
  { typeCount, most }: { typeCount: number; most: number },
): ValueType[] {
  const count = cursor.count("value types", most);
  const types: ValueType[] = [];
  for (let index = 0; index < count; index += 1) {
    const type = readValueType(cursor, typeCount);
    if (needsGarbageCollection(type)) draft.features.add("gc");
    types.push(type);
  }
  return types;
}

function readField(cursor: Cursor, typeCount: number): void {
  const storage = cursor.peek();
  const packed = storage === 0x78 || storage === 0x77;
  if (packed) cursor.skip(1, "packed type");
  else readValueType(cursor, typeCount);
  readMutability(cursor);
}

export function readMutability(cursor: Cursor): boolean {
  const start = cursor.offset;
  const flag = cursor.byte("mutability");
  if (flag > 1) throw cursor.fault(`mutability: expected 0 or 1, got ${hexByte(flag)}`, start);
  return flag === 1;
}
