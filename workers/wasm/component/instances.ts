// Decodes the instances of a component: of core modules, of which only the count matters here, and
// of components, whose exports are kept.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import { readCoreSort, readSortIndex } from "./alias.ts";
import type { Entity, InstanceShape } from "./model.ts";
import { readExternName, readScreenedName } from "./name.ts";
import type { Scope } from "./scope.ts";
import { readCoreIndex, readEntry, underName } from "./scope.ts";
import { readEach } from "./value-types.ts";

const coreInstanceSort = 0x12;

export function readCoreInstance(cursor: Cursor, scope: Scope): void {
  const start = cursor.offset;
  const form = cursor.byte("core instance");
  if (form > 1) {
    throw cursor.fault(`core instance: expected 0 or 1, got ${hexByte(form)}`, start);
  }
  if (form === 0) readCoreIndex(cursor, scope, "module");
  readEach(cursor, "core instance items", () =>
    form === 0 ? readCoreArgument(cursor, scope) : readCoreInlineExport(cursor, scope),
  );
  scope.core.instance += 1;
}

function readCoreArgument(cursor: Cursor, scope: Scope): void {
  readScreenedName(cursor, "core argument name");
  const start = cursor.offset;
  const sort = cursor.byte("core argument");
  if (sort !== coreInstanceSort) {
    throw cursor.fault(`core argument: expected an instance 0x12, got ${hexByte(sort)}`, start);
  }
  readCoreIndex(cursor, scope, "instance");
}

function readCoreInlineExport(cursor: Cursor, scope: Scope): void {
  readScreenedName(cursor, "core export name");
  const start = cursor.offset;
  const sort = readCoreSort(cursor);
  if (sort === "type") throw cursor.fault("core export: expected no type, got one", start);
  readCoreIndex(cursor, scope, sort);
}

export function readInstance(cursor: Cursor, scope: Scope): InstanceShape {
  const start = cursor.offset;
  const form = cursor.byte("instance");
  if (form === 1) return readInlineExports(cursor, scope);
  if (form !== 0) throw cursor.fault(`instance: expected 0 or 1, got ${hexByte(form)}`, start);
  const component = readEntry(cursor, scope.components, "component");
  readEach(cursor, "arguments", () => {
    readScreenedName(cursor, "argument name");
    readSortIndex(cursor, scope);
  });
  return { exports: component.exports };
}

function readInlineExports(cursor: Cursor, scope: Scope): InstanceShape {
  const exports = new Map<string, Entity>();
  readEach(cursor, "inline exports", () => {
    const name = readExternName(cursor);
    const entity = readSortIndex(cursor, scope);
    if (entity !== null) exports.set(name, underName(entity, name));
  });
  return { exports };
}
