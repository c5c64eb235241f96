// Decodes the type definitions of a component: value, function, resource, component and instance
// types, the latter two with scopes of their own.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import { readAlias } from "./alias.ts";
import { skipCoreType } from "./core-types.ts";
import type {
  ComponentFunction,
  ComponentShape,
  Entity,
  InstanceShape,
  TypeEntry,
} from "./model.ts";
import { readExternName } from "./name.ts";
import type { Scope } from "./scope.ts";
import { define, indexSpaceMax, readEntry, scopeInside, underName } from "./scope.ts";
import {
  readDefinedValueType,
  readLabelledTypes,
  readOptional,
  readValueTypeUse,
  resourceType,
} from "./value-types.ts";
import type { WitType } from "./wit-type.ts";

export function readTypeDefinition(cursor: Cursor, scope: Scope): TypeEntry {
  const code = cursor.peek() ?? 0;
  switch (code) {
    case 0x40:
    case 0x43:
      cursor.skip(1, "function type");
      return { kind: "func", type: readFunctionType(cursor, scope, code === 0x43) };
    case 0x41:
      cursor.skip(1, "component type");
      return { kind: "component", type: readComponentType(cursor, scope) };
    case 0x42:
      cursor.skip(1, "instance type");
      return { kind: "instance", type: readInstanceType(cursor, scope) };
    case 0x3e:
    case 0x3f:
      cursor.skip(1, "resource type");
      return { kind: "value", type: readResourceType(cursor, code === 0x3e) };
    default:
      return { kind: "value", type: readDefinedValueType(cursor, scope) };
  }
}

// What an import or a declared export is.
export function readExternType(cursor: Cursor, scope: Scope): Entity {
  const start = cursor.offset;
  const code = cursor.byte("extern type");
  switch (code) {
    case 0x00:
      return readModuleUse(cursor, scope);
    case 0x01:
    case 0x04:
    case 0x05:
      return readTypedExtern(cursor, scope, code);
    case 0x02:
      return { kind: "value", type: readValueTypeUse(cursor, scope) };
    case 0x03:
      return { kind: "type", type: readTypeBound(cursor, scope) };
    default:
      throw cursor.fault(`extern type: expected 0 to 5, got ${hexByte(code)}`, start);
  }
}

export function readResult(cursor: Cursor, scope: Scope): WitType | null {
  const start = cursor.offset;
  const form = cursor.byte("result");
  if (form === 0x00) return readValueTypeUse(cursor, scope);
  const count = cursor.byte("result");
  if (form === 0x01 && count === 0x00) return null;
  throw cursor.fault("result: expected one type or none, got another form", start);
}

function readFunctionType(cursor: Cursor, scope: Scope, async: boolean): ComponentFunction {
  const parameters = readLabelledTypes(cursor, scope, "parameter");
  return { parameters, result: readResult(cursor, scope), async };
}

function readResourceType(cursor: Cursor, async: boolean): WitType {
  const start = cursor.offset;
  const representation = cursor.byte("resource representation");
  if (representation !== 0x7f && representation !== 0x7e) {
    throw cursor.fault(`resource: expected i32 or i64, got ${hexByte(representation)}`, start);
  }
  if (async) cursor.u32("destructor");
  readOptional(cursor, "destructor", () => cursor.u32("destructor"));
  return resourceType(cursor);
}

function readComponentType(cursor: Cursor, outer: Scope): ComponentShape {
  const imports = new Map<string, Entity>();
  const exports = new Map<string, Entity>();
  const scope = scopeInside(outer, cursor);
  const count = cursor.count("component declarations", indexSpaceMax);
  for (let index = 0; index < count; index += 1) {
    if (cursor.peek() === 0x03) {
      cursor.skip(1, "import declaration");
      readNamedExtern(cursor, scope, imports);
    } else readDeclaration(cursor, scope, exports);
  }
  return { imports, exports };
}

function readInstanceType(cursor: Cursor, outer: Scope): InstanceShape {
  const exports = new Map<string, Entity>();
  const scope = scopeInside(outer, cursor);
  const count = cursor.count("instance declarations", indexSpaceMax);
  for (let index = 0; index < count; index += 1) readDeclaration(cursor, scope, exports);
  return { exports };
}

function readDeclaration(cursor: Cursor, scope: Scope, exports: Map<string, Entity>): void {
  const start = cursor.offset;
  const code = cursor.byte("declaration");
  switch (code) {
    case 0x00:
      return skipCoreType(cursor, scope);
    case 0x01:
      return define(scope, { kind: "type", type: readTypeDefinition(cursor, scope) });
    case 0x02:
      return readAlias(cursor, scope);
    case 0x04:
      return readNamedExtern(cursor, scope, exports);
    default:
      throw cursor.fault(`declaration: expected 0, 1, 2 or 4, got ${hexByte(code)}`, start);
  }
}

// A name and what it stands for, which gets an index too; names don't repeat.
export function readNamedExtern(cursor: Cursor, scope: Scope, entities: Map<string, Entity>): void {
  const start = cursor.offset;
  const name = readExternName(cursor);
  const entity = underName(readExternType(cursor, scope), name);
  if (entities.has(name)) {
    throw cursor.fault(`name: expected a new one, got ${JSON.stringify(name)} again`, start);
  }
  entities.set(name, entity);
  define(scope, entity);
}

function readModuleUse(cursor: Cursor, scope: Scope): Entity {
  const start = cursor.offset;
  const code = cursor.byte("module type");
  if (code !== 0x11) {
    throw cursor.fault(`extern type: expected 0x11 for a module, got ${hexByte(code)}`, start);
  }
  readEntry(cursor, scope.coreTypes, "core type");
  return { kind: "module" };
}

function readTypedExtern(cursor: Cursor, scope: Scope, code: 0x01 | 0x04 | 0x05): Entity {
  const start = cursor.offset;
  const entry = readEntry(cursor, scope.types, "type");
  if (code === 0x01 && entry.kind === "func") return entry;
  if (code === 0x04 && entry.kind === "component") return entry;
  if (code === 0x05 && entry.kind === "instance") return entry;
  throw cursor.fault(`extern type ${hexByte(code)}: got a ${entry.kind} type instead`, start);
}

function readTypeBound(cursor: Cursor, scope: Scope): TypeEntry {
  const start = cursor.offset;
  const bound = cursor.byte("type bound");
  if (bound === 0x00) return readEntry(cursor, scope.types, "type");
  if (bound === 0x01) return { kind: "value", type: resourceType(cursor) };
  throw cursor.fault(`type bound: expected 0 or 1, got ${hexByte(bound)}`, start);
}
