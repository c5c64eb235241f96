// Decodes the names that a compiler left for people: of the module, its functions and parameters.
// They bind nothing, so a malformed section counts as absent, as the specification says.
import type { Cursor } from "#wasm/cursor.ts";
import { WasmFault } from "#wasm/cursor.ts";
import type { CoreDraft, CoreNames } from "./module.ts";
import { functionTypeOf } from "./module.ts";

const moduleNames = 0;
const functionNames = 1;
const localNames = 2;

// Needs the functions' types, by which it tells parameters from other locals.
export function readNames(cursor: Cursor, draft: CoreDraft): CoreNames | null {
  try {
    return readSubsections(cursor, draft);
  } catch (error) {
    if (error instanceof WasmFault) return null;
    throw error;
  }
}

function readSubsections(cursor: Cursor, draft: CoreDraft): CoreNames {
  let module: string | null = null;
  const functions = new Map<number, string>();
  const parameters = new Map<number, Map<number, string>>();
  while (!cursor.done) {
    const id = cursor.byte("name subsection");
    const subsection = cursor.sub(cursor.u32("name subsection size"), "name subsection");
    if (id === moduleNames) module = subsection.name("module name");
    if (id === functionNames) readNameMap(subsection, functions, draft.functionTypes.length);
    if (id === localNames) readParameterNames(subsection, draft, parameters);
  }
  return { module, functions, parameters };
}

// Keeps the names of the indices below `limit`.
function readNameMap(cursor: Cursor, names: Map<number, string>, limit: number): void {
  const count = cursor.count("names", Infinity);
  for (let position = 0; position < count; position += 1) {
    const index = cursor.u32("name index");
    const name = cursor.name("name");
    if (index < limit) names.set(index, name);
  }
}

function readParameterNames(
  cursor: Cursor,
  draft: CoreDraft,
  parameters: Map<number, Map<number, string>>,
): void {
  const count = cursor.count("functions with local names", Infinity);
  for (let position = 0; position < count; position += 1) {
    const functionIndex = cursor.u32("function index");
    const names = new Map<number, string>();
    const limit = functionTypeOf(draft, functionIndex)?.parameters.length ?? 0;
    readNameMap(cursor, names, limit);
    if (names.size > 0) parameters.set(functionIndex, names);
  }
}
