// Steps over the core types that a component may define for modules that it imports.
// It keeps only enough to check the indices of the types that follow.
import { readExtern } from "#wasm/core/extern.ts";
import { importsMax } from "#wasm/core/limits.ts";
import type { CoreDraft, DefinedType } from "#wasm/core/module.ts";
import { emptyDraft } from "#wasm/core/module.ts";
import { readRecursiveType } from "#wasm/core/type-section.ts";
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import { readScreenedName } from "./name.ts";
import type { Scope } from "./scope.ts";
import { readEntry } from "./scope.ts";

const moduleTypeCode = 0x50;
const typeSort = 0x10;

// What a module type leaves in the index space: no function type, so no function can name it.
const moduleTypeEntry: DefinedType = { kind: "struct" };

export function skipCoreType(cursor: Cursor, scope: Scope): void {
  if (cursor.peek() === moduleTypeCode) {
    cursor.skip(1, "module type");
    skipModuleType(cursor, scope);
    scope.coreTypes.push(moduleTypeEntry);
    return;
  }
  skipDefinedType(cursor, draftOver(scope.coreTypes));
}

// Here 0x50 alone would be a module type, so an open subtype has a 0x00 before it.
function skipDefinedType(cursor: Cursor, draft: CoreDraft): void {
  if (cursor.peek() === 0x00) cursor.skip(1, "core type");
  readRecursiveType(cursor, draft);
}

function skipModuleType(cursor: Cursor, scope: Scope): void {
  const draft = draftOver([]);
  const count = cursor.count("module declarations", importsMax);
  for (let index = 0; index < count; index += 1) skipDeclaration(cursor, scope, draft);
}

function skipDeclaration(cursor: Cursor, scope: Scope, draft: CoreDraft): void {
  const start = cursor.offset;
  const code = cursor.byte("module declaration");
  switch (code) {
    case 0x00:
      readScreenedName(cursor, "core import module name");
      readScreenedName(cursor, "core import name");
      readExtern(cursor, draft);
      break;
    case 0x01:
      skipDefinedType(cursor, draft);
      break;
    case 0x02:
      draft.types.push(readOuterCoreType(cursor, scope, draft.types));
      break;
    case 0x03:
      readScreenedName(cursor, "core export name");
      readExtern(cursor, draft);
      break;
    default:
      throw cursor.fault(`module declaration: expected 0 to 3, got ${hexByte(code)}`, start);
  }
}

// An alias of a type outside; level 0 is the module type itself, level 1 the scope around it.
function readOuterCoreType(cursor: Cursor, scope: Scope, own: readonly DefinedType[]): DefinedType {
  const start = cursor.offset;
  const sort = cursor.byte("core alias");
  const target = cursor.byte("core alias");
  if (sort !== typeSort || target !== 0x01) {
    throw cursor.fault("core alias: expected an outer type, got another alias", start);
  }
  const levels = cursor.u32("outer level");
  let found: Scope | null = scope;
  for (let level = 1; level < levels && found !== null; level += 1) found = found.outer;
  if (found === null) {
    throw cursor.fault(`outer level: expected a level that exists, got ${levels}`, start);
  }
  return readEntry(cursor, levels === 0 ? own : found.coreTypes, "core type");
}

function draftOver(types: DefinedType[]): CoreDraft {
  return { ...emptyDraft(), types };
}
