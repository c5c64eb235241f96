// Decodes a whole component with all that is nested in it, and screens every name it holds.
// It does not check types against each other; the tools that take a component apart do that.
import { customSectionsMax } from "#wasm/core/limits.ts";
import type { CoreModule } from "#wasm/core/module.ts";
import { readCoreModule } from "#wasm/core/read.ts";
import { Cursor, hexByte } from "#wasm/cursor.ts";
import { readPreamble } from "#wasm/preamble.ts";
import { readAlias, readSortIndex } from "./alias.ts";
import { readCanonicalDefinition } from "./canon.ts";
import { skipCoreType } from "./core-types.ts";
import { readCoreInstance, readInstance } from "./instances.ts";
import type { Component, ComponentShape, Entity, NestedModule } from "./model.ts";
import { readExternName, screenName } from "./name.ts";
import type { Scope } from "./scope.ts";
import { define, indexSpaceMax, readEntry, scopeInside, underName } from "./scope.ts";
import { readExternType, readNamedExtern, readTypeDefinition } from "./types.ts";
import { readEach, readOptional, readValueTypeUse } from "./value-types.ts";

// A few bytes of definitions become a hundred of heap, so all of them together, which is what a
// component holds beside modules and custom sections, stay below what real interfaces need.
const definitionBytesMax = 1_048_576;

const nestedMax = 1_000;

// Each core module inside keeps to its own limits, and all of them together to about those of one.
const coreEntriesMax = 500_000;

// What is collected over all levels.
type Findings = {
  modules: NestedModule[];
  customSections: string[];
  definitionBytes: number;
  components: number;
  coreEntries: number;
};

// Custom sections, modules and components: bytes that are held, not defined here.
const holders: ReadonlySet<number> = new Set([0, 1, 4]);

// The component being read at one level.
type Level = {
  readonly scope: Scope;
  readonly imports: Map<string, Entity>;
  readonly exports: Map<string, Entity>;
  readonly findings: Findings;
};

// `base` is where the component's first byte lies in its file, by which offsets are told.
export function readComponent(bytes: Uint8Array, base = 0): Component {
  const findings: Findings = {
    modules: [],
    customSections: [],
    definitionBytes: 0,
    components: 0,
    coreEntries: 0,
  };
  const shape = readLevel(new Cursor(bytes, base), null, findings);
  const { modules, customSections } = findings;
  return { ...shape, modules, customSections };
}

function readLevel(cursor: Cursor, outer: Scope | null, findings: Findings): ComponentShape {
  const start = cursor.offset;
  if (readPreamble(cursor) !== "component") {
    throw cursor.fault("component: expected a component, got a core module", start);
  }
  const scope = scopeInside(outer, cursor);
  const level: Level = { scope, imports: new Map(), exports: new Map(), findings };
  while (!cursor.done) {
    const idStart = cursor.offset;
    const id = cursor.byte("section id");
    const section = cursor.sub(cursor.u32("section size"), "section");
    if (!holders.has(id)) countDefinitions(findings, section);
    readSection(level, section, { id, idStart });
    section.finish(`component section ${id}`);
  }
  return { imports: level.imports, exports: level.exports };
}

function countDefinitions(findings: Findings, section: Cursor): void {
  findings.definitionBytes += section.remaining;
  if (findings.definitionBytes <= definitionBytesMax) return;
  throw section.fault(`definitions: expected at most ${definitionBytesMax} bytes, got more`);
}

function readSection(
  level: Level,
  cursor: Cursor,
  { id, idStart }: { id: number; idStart: number },
): void {
  const { scope } = level;
  switch (id) {
    case 0:
      return readCustomSection(level, cursor);
    case 1:
      return readNestedModule(level, cursor);
    case 2:
      return readAll(cursor, () => readCoreInstance(cursor, scope));
    case 3:
      return readAll(cursor, () => skipCoreType(cursor, scope));
    case 4:
      return readNestedComponent(level, cursor);
    case 5:
      return readAll(cursor, () => scope.instances.push(readInstance(cursor, scope)));
    case 6:
      return readAll(cursor, () => readAlias(cursor, scope));
    case 7:
      return readAll(cursor, () => scope.types.push(readTypeDefinition(cursor, scope)));
    case 8:
      return readAll(cursor, () => readCanonicalDefinition(cursor, scope));
    case 9:
      return readStart(cursor, scope);
    case 10:
      return readAll(cursor, () => readNamedExtern(cursor, scope, level.imports));
    case 11:
      return readAll(cursor, () => readExport(cursor, level));
    case 12:
      return readAll(cursor, () => readValue(cursor, scope));
    default:
      throw cursor.fault(`section: expected an id of 0 to 12, got ${hexByte(id)}`, idStart);
  }
}

function readAll(cursor: Cursor, read: () => unknown): void {
  const count = cursor.count("definitions", indexSpaceMax);
  for (let index = 0; index < count; index += 1) read();
}

function rest(cursor: Cursor): Uint8Array {
  return cursor.take(cursor.remaining, "section");
}

function readCustomSection(level: Level, cursor: Cursor): void {
  if (level.findings.customSections.length >= customSectionsMax) {
    throw cursor.fault(`custom sections: expected at most ${customSectionsMax}, got more`);
  }
  level.findings.customSections.push(cursor.name("custom section name"));
  rest(cursor);
}

function readNestedModule(level: Level, cursor: Cursor): void {
  if (level.findings.modules.length >= nestedMax) {
    throw cursor.fault(`core modules: expected at most ${nestedMax}, got more`);
  }
  const start = cursor.offset;
  const bytes = rest(cursor);
  const module = readCoreModule(bytes, start);
  for (const { name } of module.exports) {
    screenName(cursor, { name, what: "core export name", start });
  }
  for (const { module: from, name } of module.imports) {
    screenName(cursor, { name: from, what: "core import module name", start });
    screenName(cursor, { name, what: "core import name", start });
  }
  level.findings.coreEntries += entriesOf(module);
  if (level.findings.coreEntries > coreEntriesMax) {
    throw cursor.fault(`core modules: expected at most ${coreEntriesMax} entries, got more`, start);
  }
  level.findings.modules.push({ start, end: start + bytes.length, module });
  define(level.scope, { kind: "module" });
}

function entriesOf(module: CoreModule): number {
  const { types, imports, exports, functionTypes, globals, tagTypes, sections } = module;
  return [types, imports, exports, functionTypes, globals, tagTypes, sections].reduce(
    (total, entries) => total + entries.length,
    0,
  );
}

function readNestedComponent(level: Level, cursor: Cursor): void {
  const start = cursor.offset;
  level.findings.components += 1;
  if (level.findings.components > nestedMax) {
    throw cursor.fault(`components: expected at most ${nestedMax} inside, got more`);
  }
  const nested = new Cursor(rest(cursor), start);
  const type = readLevel(nested, level.scope, level.findings);
  define(level.scope, { kind: "component", type });
}

function readStart(cursor: Cursor, scope: Scope): void {
  const { result } = readEntry(cursor, scope.functions, "function");
  readEach(cursor, "start arguments", () => readEntry(cursor, scope.values, "value"));
  const start = cursor.offset;
  const results = cursor.u32("start results");
  const expected = result === null ? 0 : 1;
  if (results !== expected) {
    throw cursor.fault(`start: expected ${expected} results, got ${results}`, start);
  }
  if (result !== null) scope.values.push(result);
}

function readExport(cursor: Cursor, { scope, exports }: Level): void {
  const start = cursor.offset;
  const name = readExternName(cursor);
  const own = readSortIndex(cursor, scope);
  if (own === null) throw cursor.fault("export: expected no core definition, got one", start);
  const ascribed = readOptional(cursor, "export type", () => readExternType(cursor, scope));
  if (ascribed !== null && ascribed.kind !== own.kind) {
    throw cursor.fault(`export: expected a ${own.kind} type, got a ${ascribed.kind}`, start);
  }
  if (exports.has(name)) {
    throw cursor.fault(`export: expected a new name, got ${JSON.stringify(name)} again`, start);
  }
  const entity = underName(ascribed ?? own, name);
  exports.set(name, entity);
  define(scope, entity);
}

function readValue(cursor: Cursor, scope: Scope): void {
  const type = readValueTypeUse(cursor, scope);
  cursor.skip(cursor.u32("value length"), "value");
  scope.values.push(type);
}
