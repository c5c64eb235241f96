// Decodes what imports and definitions have in common: the types of functions, tables, memories,
// globals and tags, added to the draft's index spaces. It refuses limits that no engine takes.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import type { CoreDraft, Extern, ExternKind, GlobalType, MemoryType, TableType } from "./module.ts";
import {
  functionsMax,
  globalsMax,
  memoriesMax,
  memory64PagesMax,
  memoryPagesMax,
  tableElementsMax,
  tablesMax,
  tagsMax,
} from "./limits.ts";
import { readMutability } from "./type-section.ts";
import type { ValueType } from "./value-type.ts";
import { needsGarbageCollection, readReferenceType, readValueType } from "./value-type.ts";

const kinds: readonly ExternKind[] = ["func", "table", "memory", "global", "tag"];

const spaces: { readonly [kind in ExternKind]: (draft: CoreDraft) => readonly unknown[] } = {
  func: (draft) => draft.functionTypes,
  table: (draft) => draft.tables,
  memory: (draft) => draft.memories,
  global: (draft) => draft.globals,
  tag: (draft) => draft.tagTypes,
};

export function readExternKind(cursor: Cursor): ExternKind {
  const start = cursor.offset;
  const code = cursor.byte("kind");
  const kind = kinds[code];
  if (kind !== undefined) return kind;
  throw cursor.fault(
    `kind: expected func, table, memory, global or tag, got ${hexByte(code)}`,
    start,
  );
}

export function readExtern(cursor: Cursor, draft: CoreDraft): Extern {
  const kind = readExternKind(cursor);
  switch (kind) {
    case "func":
      return { kind, type: readFunctionTypeIndex(cursor, draft) };
    case "table":
      return { kind, type: readTableType(cursor, draft) };
    case "memory":
      return { kind, type: readMemoryType(cursor, draft) };
    case "global":
      return { kind, type: readGlobalType(cursor, draft) };
    case "tag":
      break;
  }
  return { kind, type: readTagType(cursor, draft) };
}

// Adds an imported or defined entry to its index space.
export function declare(cursor: Cursor, draft: CoreDraft, extern: Extern): void {
  switch (extern.kind) {
    case "func":
      draft.functionTypes.push(extern.type);
      return requireAtMost(cursor, "functions", [draft.functionTypes.length, functionsMax]);
    case "table":
      draft.tables.push(extern.type);
      return requireAtMost(cursor, "tables", [draft.tables.length, tablesMax]);
    case "memory":
      draft.memories.push(extern.type);
      if (draft.memories.length > 1) draft.features.add("multi-memory");
      return requireAtMost(cursor, "memories", [draft.memories.length, memoriesMax]);
    case "global":
      draft.globals.push(extern.type);
      return requireAtMost(cursor, "globals", [draft.globals.length, globalsMax]);
    case "tag":
      draft.tagTypes.push(extern.type);
      draft.features.add("exceptions");
      return requireAtMost(cursor, "tags", [draft.tagTypes.length, tagsMax]);
  }
}

export function readIndex(cursor: Cursor, draft: CoreDraft, kind: ExternKind): number {
  const start = cursor.offset;
  const index = cursor.u32(`${kind} index`);
  const size = spaces[kind](draft).length;
  if (index < size) {
    if (kind === "func" && index < draft.importedFunctions) draft.referencedImports.add(index);
    return index;
  }
  throw cursor.fault(`${kind} index: expected one below ${size}, got ${index}`, start);
}

export function readFunctionTypeIndex(cursor: Cursor, draft: CoreDraft): number {
  const start = cursor.offset;
  const index = cursor.u32("type index");
  const kind = draft.types[index]?.kind;
  if (kind === "func") return index;
  const got = kind ?? `one past the last of ${draft.types.length}`;
  throw cursor.fault(`type index ${index}: expected a function type, got ${got}`, start);
}

export function readTableType(cursor: Cursor, draft: CoreDraft): TableType {
  const element = readReferenceType(cursor, draft.types.length);
  noteType(draft, element);
  const start = cursor.offset;
  const flags = cursor.byte("table limits");
  if ((flags & ~0x05) !== 0) {
    throw cursor.fault(`table limits: expected flags 0, 1, 4 or 5, got ${hexByte(flags)}`, start);
  }
  const table64 = (flags & 0x04) !== 0;
  if (table64) draft.features.add("memory64");
  const minimum = readLimit(cursor, table64);
  const maximum = (flags & 0x01) === 0 ? null : readLimit(cursor, table64);
  draft.tableLimits.push({ start, end: cursor.offset });
  requireOrder(cursor, { what: "table", start, minimum, maximum });
  if (minimum > tableElementsMax) {
    throw cursor.fault(
      `table: expected at most ${tableElementsMax} elements, got ${minimum}`,
      start,
    );
  }
  return { element, minimum, maximum, table64 };
}

export function readMemoryType(cursor: Cursor, draft: CoreDraft): MemoryType {
  const start = cursor.offset;
  const flags = cursor.byte("memory limits");
  if (flags > 0x07) {
    throw cursor.fault(`memory limits: expected flags 0 to 7, got ${hexByte(flags)}`, start);
  }
  const shared = (flags & 0x02) !== 0;
  const memory64 = (flags & 0x04) !== 0;
  if (shared && (flags & 0x01) === 0) {
    throw cursor.fault("shared memory: expected a maximum, got none", start);
  }
  if (shared) draft.features.add("threads");
  if (memory64) draft.features.add("memory64");
  const minimum = readLimit(cursor, memory64);
  const maximum = (flags & 0x01) === 0 ? null : readLimit(cursor, memory64);
  draft.memoryLimits.push({ start, end: cursor.offset });
  requireOrder(cursor, { what: "memory", start, minimum, maximum });
  const most = memory64 ? memory64PagesMax : memoryPagesMax;
  const largest = maximum ?? minimum;
  if (largest > most) {
    throw cursor.fault(`memory: expected at most ${most} pages, got ${largest}`, start);
  }
  const maximumPages = maximum === null ? null : Number(maximum);
  return { initialPages: Number(minimum), maximumPages, shared, memory64 };
}

export function readGlobalType(cursor: Cursor, draft: CoreDraft): GlobalType {
  const type = readValueType(cursor, draft.types.length);
  noteType(draft, type);
  return { type, mutable: readMutability(cursor) };
}

export function readTagType(cursor: Cursor, draft: CoreDraft): number {
  const start = cursor.offset;
  const attribute = cursor.byte("tag attribute");
  if (attribute !== 0) {
    throw cursor.fault(`tag attribute: expected 0, got ${hexByte(attribute)}`, start);
  }
  const index = readFunctionTypeIndex(cursor, draft);
  const type = draft.types[index];
  if (type?.kind === "func" && type.results.length === 0) return index;
  throw cursor.fault(`tag type ${index}: expected no results, got some`, start);
}

// A type met outside the type section can be what tells that the module needs a collector.
export function noteType(draft: CoreDraft, type: ValueType): void {
  if (needsGarbageCollection(type)) draft.features.add("gc");
}

function readLimit(cursor: Cursor, wide: boolean): bigint {
  return wide ? cursor.u64("limit") : BigInt(cursor.u32("limit"));
}

type Limits = { what: string; start: number; minimum: bigint; maximum: bigint | null };

function requireOrder(cursor: Cursor, { what, start, minimum, maximum }: Limits): void {
  if (maximum === null || minimum <= maximum) return;
  throw cursor.fault(
    `${what} limits: expected a maximum of at least ${minimum}, got ${maximum}`,
    start,
  );
}

function requireAtMost(cursor: Cursor, what: string, [count, most]: [number, number]): void {
  if (count <= most) return;
  throw cursor.fault(`${what}: expected at most ${most}, got ${count}`);
}
