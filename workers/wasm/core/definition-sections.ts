// Decodes the sections that fill or publish the index spaces: imports, functions, tables, memories,
// tags, globals, exports and start. Every index they name must exist.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import { skipConstantExpression } from "./constant.ts";
import {
  declare,
  readExtern,
  readExternKind,
  readFunctionTypeIndex,
  readGlobalType,
  readIndex,
  readMemoryType,
  readTableType,
  readTagType,
} from "./extern.ts";
import {
  exportsMax,
  functionsMax,
  globalsMax,
  importsMax,
  memoriesMax,
  tablesMax,
  tagsMax,
} from "./limits.ts";
import type { CoreDraft } from "./module.ts";
import { functionTypeOf } from "./module.ts";

export function readImportSection(cursor: Cursor, draft: CoreDraft): void {
  const count = cursor.count("imports", importsMax);
  for (let index = 0; index < count; index += 1) {
    const module = cursor.name("import module name");
    const name = cursor.name("import name");
    const extern = readExtern(cursor, draft);
    declare(cursor, draft, extern);
    draft.imports.push({ module, name, extern });
  }
  draft.importedFunctions = draft.functionTypes.length;
}

export function readFunctionSection(cursor: Cursor, draft: CoreDraft): void {
  const count = cursor.count("functions", functionsMax);
  for (let index = 0; index < count; index += 1) {
    declare(cursor, draft, { kind: "func", type: readFunctionTypeIndex(cursor, draft) });
  }
}

export function readTableSection(cursor: Cursor, draft: CoreDraft): void {
  const count = cursor.count("tables", tablesMax);
  for (let index = 0; index < count; index += 1) readTable(cursor, draft);
}

// 0x40 0x00 announces that an initial value follows the type.
function readTable(cursor: Cursor, draft: CoreDraft): void {
  const hasInitial = cursor.peek() === 0x40;
  if (hasInitial) {
    cursor.skip(1, "table");
    const start = cursor.offset;
    const reserved = cursor.byte("table");
    if (reserved !== 0) {
      throw cursor.fault(`table: expected a reserved 0x00, got ${hexByte(reserved)}`, start);
    }
  }
  const type = readTableType(cursor, draft);
  if (hasInitial) skipConstantExpression(cursor, draft);
  declare(cursor, draft, { kind: "table", type });
}

export function readMemorySection(cursor: Cursor, draft: CoreDraft): void {
  const count = cursor.count("memories", memoriesMax);
  for (let index = 0; index < count; index += 1) {
    declare(cursor, draft, { kind: "memory", type: readMemoryType(cursor, draft) });
  }
}

export function readTagSection(cursor: Cursor, draft: CoreDraft): void {
  draft.features.add("exceptions");
  const count = cursor.count("tags", tagsMax);
  for (let index = 0; index < count; index += 1) {
    declare(cursor, draft, { kind: "tag", type: readTagType(cursor, draft) });
  }
}

export function readGlobalSection(cursor: Cursor, draft: CoreDraft): void {
  const count = cursor.count("globals", globalsMax);
  for (let index = 0; index < count; index += 1) {
    const type = readGlobalType(cursor, draft);
    skipConstantExpression(cursor, draft);
    declare(cursor, draft, { kind: "global", type });
  }
}

export function readExportSection(cursor: Cursor, draft: CoreDraft): void {
  const count = cursor.count("exports", exportsMax);
  const seen = new Set<string>();
  for (let position = 0; position < count; position += 1) {
    const start = cursor.offset;
    const name = cursor.name("export name");
    if (seen.has(name)) {
      throw cursor.fault(
        `export: expected a new name, got ${JSON.stringify(name.slice(0, 100))} again`,
        start,
      );
    }
    seen.add(name);
    const kind = readExternKind(cursor);
    draft.exports.push({ name, kind, index: readIndex(cursor, draft, kind) });
  }
}

export function readStartSection(cursor: Cursor, draft: CoreDraft): void {
  const start = cursor.offset;
  const index = readIndex(cursor, draft, "func");
  const type = functionTypeOf(draft, index);
  if (type === undefined || type.parameters.length > 0 || type.results.length > 0) {
    throw cursor.fault("start: expected a function [] -> [], got another type", start);
  }
  draft.start = index;
}
