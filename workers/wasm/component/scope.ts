// The index spaces of one component, component type or instance type while it is read, and the way
// to those around it. Core entries are only counted: their types don't show outside.
import type { DefinedType } from "#wasm/core/module.ts";
import type { Cursor } from "#wasm/cursor.ts";
import type {
  ComponentFunction,
  ComponentShape,
  Entity,
  InstanceShape,
  TypeEntry,
} from "./model.ts";
import type { WitType } from "./wit-type.ts";
import { named } from "./wit-type.ts";

export type CoreSort = "func" | "table" | "memory" | "global" | "tag" | "module" | "instance";

export type Scope = {
  readonly outer: Scope | null;
  readonly types: TypeEntry[];
  readonly functions: ComponentFunction[];
  readonly values: WitType[];
  readonly instances: InstanceShape[];
  readonly components: ComponentShape[];
  readonly coreTypes: DefinedType[];
  readonly core: { [sort in CoreSort]: number };
};

export const indexSpaceMax = 1_000_000;
const nestingMax = 100;

export function scopeInside(outer: Scope | null, cursor: Cursor): Scope {
  let depth = 0;
  for (let scope = outer; scope !== null; scope = scope.outer) depth += 1;
  if (depth > nestingMax) {
    throw cursor.fault(`nesting: expected at most ${nestingMax} levels, got more`);
  }
  return {
    outer,
    types: [],
    functions: [],
    values: [],
    instances: [],
    components: [],
    coreTypes: [],
    core: {
      func: 0,
      table: 0,
      memory: 0,
      global: 0,
      tag: 0,
      module: 0,
      instance: 0,
    },
  };
}

export function outerScope(cursor: Cursor, scope: Scope): Scope {
  const start = cursor.offset;
  const levels = cursor.u32("outer level");
  let found: Scope | null = scope;
  for (let level = 0; level < levels && found !== null; level += 1) found = found.outer;
  if (found !== null) return found;
  throw cursor.fault(`outer level: expected a level that exists, got ${levels}`, start);
}

// Gives an entity the next index of its space.
export function define(scope: Scope, entity: Entity): void {
  switch (entity.kind) {
    case "module":
      scope.core.module += 1;
      break;
    case "func":
      scope.functions.push(entity.type);
      break;
    case "value":
      scope.values.push(entity.type);
      break;
    case "type":
      scope.types.push(entity.type);
      break;
    case "component":
      scope.components.push(entity.type);
      break;
    case "instance":
      scope.instances.push(entity.type);
      break;
  }
}

// A value type that leaves through an export, or enters through an import, is known by that name.
export function underName(entity: Entity, name: string): Entity {
  if (entity.kind !== "type" || entity.type.kind !== "value") return entity;
  return { kind: "type", type: { kind: "value", type: named(entity.type.type, name) } };
}

// Reads an index of one of the spaces above.
export function readEntry<Entry>(cursor: Cursor, space: readonly Entry[], what: string): Entry {
  const start = cursor.offset;
  const index = cursor.u32(`${what} index`);
  const entry = space[index];
  if (entry !== undefined) return entry;
  throw cursor.fault(`${what} index: expected one below ${space.length}, got ${index}`, start);
}

export function readCoreIndex(cursor: Cursor, scope: Scope, sort: CoreSort): void {
  const start = cursor.offset;
  const index = cursor.u32(`core ${sort} index`);
  const size = scope.core[sort];
  if (index < size) return;
  throw cursor.fault(`core ${sort} index: expected one below ${size}, got ${index}`, start);
}
