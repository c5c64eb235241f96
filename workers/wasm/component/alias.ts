// Decodes sorts and aliases: entries of an instance, of a core instance or of a scope around, which
// all get an index here.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import type { Entity } from "./model.ts";
import { readScreenedName } from "./name.ts";
import type { CoreSort, Scope } from "./scope.ts";
import { define, outerScope, readCoreIndex, readEntry, underName } from "./scope.ts";

type Sort =
  | { readonly kind: "core"; readonly sort: CoreSort | "type" }
  | { readonly kind: "func" | "value" | "type" | "component" | "instance" };

const coreSorts: ReadonlyMap<number, CoreSort | "type"> = new Map([
  [0x00, "func"],
  [0x01, "table"],
  [0x02, "memory"],
  [0x03, "global"],
  [0x04, "tag"],
  [0x10, "type"],
  [0x11, "module"],
  [0x12, "instance"],
]);

const sorts = ["func", "value", "type", "component", "instance"] as const;

function readSort(cursor: Cursor): Sort {
  const start = cursor.offset;
  const code = cursor.byte("sort");
  if (code === 0x00) return { kind: "core", sort: readCoreSort(cursor) };
  const kind = sorts[code - 1];
  if (kind !== undefined) return { kind };
  throw cursor.fault(`sort: expected 0 to 5, got ${hexByte(code)}`, start);
}

export function readCoreSort(cursor: Cursor): CoreSort | "type" {
  const start = cursor.offset;
  const code = cursor.byte("core sort");
  const sort = coreSorts.get(code);
  if (sort !== undefined) return sort;
  throw cursor.fault(`core sort: expected a known sort, got ${hexByte(code)}`, start);
}

// A sort and an index of its space; null for what is core and has no type outside.
export function readSortIndex(cursor: Cursor, scope: Scope): Entity | null {
  const start = cursor.offset;
  const sort = readSort(cursor);
  switch (sort.kind) {
    case "core":
      if (sort.sort === "type") {
        readEntry(cursor, scope.coreTypes, "core type");
        return null;
      }
      readCoreIndex(cursor, scope, sort.sort);
      return sort.sort === "module" ? { kind: "module" } : null;
    case "func":
      return { kind: "func", type: readEntry(cursor, scope.functions, "function") };
    case "value":
      return { kind: "value", type: readEntry(cursor, scope.values, "value") };
    case "type":
      return { kind: "type", type: readEntry(cursor, scope.types, "type") };
    case "component":
      return { kind: "component", type: readEntry(cursor, scope.components, "component") };
    case "instance":
      return { kind: "instance", type: readEntry(cursor, scope.instances, "instance") };
    default:
      throw cursor.fault("sort: expected a known sort, got another", start);
  }
}

export function readAlias(cursor: Cursor, scope: Scope): void {
  const sort = readSort(cursor);
  const start = cursor.offset;
  const target = cursor.byte("alias");
  switch (target) {
    case 0x00:
      return define(scope, readExportAlias(cursor, scope, sort));
    case 0x01:
      return skipCoreExportAlias(cursor, scope, sort);
    case 0x02:
      return readOuterAlias(cursor, scope, sort);
    default:
      throw cursor.fault(`alias: expected 0, 1 or 2, got ${hexByte(target)}`, start);
  }
}

function readExportAlias(cursor: Cursor, scope: Scope, sort: Sort): Entity {
  const start = cursor.offset;
  const instance = readEntry(cursor, scope.instances, "instance");
  const name = readScreenedName(cursor, "alias name");
  const entity = instance.exports.get(name);
  if (entity === undefined) {
    throw cursor.fault(`alias: expected an export, got no ${JSON.stringify(name)}`, start);
  }
  const kind = entity.kind === "module" ? "core" : entity.kind;
  if (kind === sort.kind) return underName(entity, name);
  throw cursor.fault(`alias: expected a ${sort.kind}, got a ${kind}`, start);
}

function skipCoreExportAlias(cursor: Cursor, scope: Scope, sort: Sort): void {
  const start = cursor.offset;
  readCoreIndex(cursor, scope, "instance");
  readScreenedName(cursor, "core alias name");
  if (sort.kind !== "core" || sort.sort === "type") {
    throw cursor.fault(`alias: expected a core definition, got a ${sort.kind}`, start);
  }
  scope.core[sort.sort] += 1;
}

function readOuterAlias(cursor: Cursor, scope: Scope, sort: Sort): void {
  const start = cursor.offset;
  const outer = outerScope(cursor, scope);
  if (sort.kind === "type") {
    const type = readEntry(cursor, outer.types, "outer type");
    return define(scope, { kind: "type", type });
  }
  if (sort.kind === "component") {
    const type = readEntry(cursor, outer.components, "outer component");
    return define(scope, { kind: "component", type });
  }
  if (sort.kind === "core" && sort.sort === "type") {
    scope.coreTypes.push(readEntry(cursor, outer.coreTypes, "outer core type"));
    return undefined;
  }
  if (sort.kind === "core" && sort.sort === "module") {
    readCoreIndex(cursor, outer, "module");
    return define(scope, { kind: "module" });
  }
  throw cursor.fault("outer alias: expected a type, component or module, got another", start);
}
