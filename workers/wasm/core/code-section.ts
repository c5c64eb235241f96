// Decodes the frame of the code section: one body for each function, its size and its locals.
// It doesn't look at the instructions.
import type { Cursor } from "#wasm/cursor.ts";
import { noteType } from "./extern.ts";
import { bodyBytesMax, functionsMax, localsMax } from "./limits.ts";
import type { CoreDraft } from "./module.ts";
import { functionTypeOf } from "./module.ts";
import { readValueType } from "./value-type.ts";

const endInstruction = 0x0b;

export function readCodeSection(cursor: Cursor, draft: CoreDraft): void {
  const count = readBodyCount(cursor, draft);
  for (let index = 0; index < count; index += 1) readBody(cursor, draft);
}

function readBodyCount(cursor: Cursor, draft: CoreDraft): number {
  const start = cursor.offset;
  const count = cursor.count("bodies", functionsMax);
  const functions = draft.functionTypes.length - draft.importedFunctions;
  if (count === functions) return count;
  throw cursor.fault(`code: expected ${functions} bodies, got ${count}`, start);
}

// The next body, which belongs to the first function that has none yet.
function readBody(cursor: Cursor, draft: CoreDraft): void {
  const sizeStart = cursor.offset;
  const size = cursor.u32("body size");
  if (size > bodyBytesMax) {
    throw cursor.fault(`body: expected at most ${bodyBytesMax} bytes, got ${size}`, sizeStart);
  }
  const body = cursor.sub(size, "body");
  const start = body.offset;
  const functionIndex = draft.importedFunctions + draft.bodies.length;
  const parameters = functionTypeOf(draft, functionIndex)?.parameters.length ?? 0;
  readLocals(body, draft, parameters);
  if (body.done || body.bytes.at(-1) !== endInstruction) {
    throw body.fault(`body of function ${functionIndex}: expected an end instruction, got none`);
  }
  draft.bodies.push({ start, end: start + size, instructions: body.offset });
}

// How many locals the function has, its parameters included.
export function readLocals(body: Cursor, draft: CoreDraft, parameters: number): number {
  const groups = body.count("local groups", localsMax);
  let total = parameters;
  for (let group = 0; group < groups; group += 1) {
    const start = body.offset;
    total += body.u32("locals");
    if (total > localsMax) {
      throw body.fault(`locals: expected at most ${localsMax}, got ${total}`, start);
    }
    noteType(draft, readValueType(body, draft.types.length));
  }
  return total;
}
