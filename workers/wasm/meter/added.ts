// The functions that the meter adds behind the module's own, and their types behind its types: where the
// gas is short they are called, and to pay for a bulk operation, which is too long to be written at each.
import type { CoreDraft } from "#wasm/core/module.ts";
import { MEMORY_BYTE } from "./costs.ts";
import { i32, i64, noResult, op, pageShift } from "./opcodes.ts";
import { Writer } from "./writer.ts";

export type AddedFunctions = {
  // [] -> []: fills the gas or traps.
  readonly yields: number;
  // [i64] -> [i64]: takes a counter that is kept in a local and answers with it filled.
  readonly refill: number;
  // [i32] -> [i32]: pays for so many bytes of the usual memory and answers with their number.
  readonly bulk: number;
};

// Entries of a section's vector.
export type Entries = { readonly count: number; readonly bytes: Uint8Array };

const functionForm = 0x60;
const types = [
  [functionForm, 0, 0],
  [functionForm, 1, i64, 1, i64],
  [functionForm, 1, i32, 1, i32],
];

export const ADDED_FUNCTIONS = types.length;

export function addedTypes(): Entries {
  return { count: types.length, bytes: Uint8Array.from(types.flat()) };
}

// Each has a type of its own.
export function addedDeclarations(draft: CoreDraft): Entries {
  const out = new Writer(16);
  for (const place of types.keys()) out.u32(draft.types.length + place);
  return { count: types.length, bytes: out.view };
}

export function addedFunctions({ functionTypes }: CoreDraft): AddedFunctions {
  const first = functionTypes.length;
  return { yields: first, refill: first + 1, bulk: first + 2 };
}

// The memory that almost every module has, and no other: its first, where that is addressed by 32 bits.
export function isUsual({ memories }: CoreDraft, index: number): boolean {
  return index === 0 && memories[0]?.memory64 === false;
}

export function addedBodies(out: Writer, draft: CoreDraft): void {
  for (const instructions of [yields(draft), refill(draft), bulk(draft)]) {
    out.u32(instructions.length + 2);
    out.byte(0);
    out.append(Uint8Array.from(instructions));
    out.byte(op.end);
  }
}

// Calls what is in the slot, and traps if the gas is still short. A guest can catch what a host function
// throws, but no trap.
function yields(draft: CoreDraft): number[] {
  const slot = index(draft.globals.length + 1);
  const type = index(draft.types.length);
  const called = [op.globalGet, ...slot, op.branchOnNull, 0, op.callReference, ...type];
  const trapped = [...isShort(draft), op.if, noResult, op.unreachable, op.end];
  return [op.block, noResult, ...called, op.end, ...trapped];
}

function refill(draft: CoreDraft): number[] {
  const gas = index(draft.globals.length);
  const called = [op.call, ...index(addedFunctions(draft).yields)];
  return [op.localGet, 0, op.globalSet, ...gas, ...called, op.globalGet, ...gas];
}

// Past the end of the memory an operation traps before it does anything, and pays nothing.
function bulk(draft: CoreDraft): number[] {
  const length = [op.localGet, 0];
  if (!isUsual(draft, 0)) return length;
  const gas = index(draft.globals.length);
  const wide = [...length, op.extendUnsigned];
  const price = [...wide, op.i64Const, MEMORY_BYTE, op.i64Multiply];
  const size = [op.memorySize, 0, op.extendUnsigned, op.i64Const, pageShift, op.i64ShiftLeft];
  const due = [...price, op.i64Const, 0, ...wide, ...size, op.i64AtMost, op.select];
  const paid = [op.globalGet, ...gas, ...due, op.i64Subtract, op.globalSet, ...gas];
  const called = [op.call, ...index(addedFunctions(draft).yields)];
  return [...paid, ...isShort(draft), op.if, noResult, ...called, op.end, ...length];
}

function isShort(draft: CoreDraft): number[] {
  return [op.globalGet, ...index(draft.globals.length), op.i64Const, 0, op.i64LessSigned];
}

function index(value: number): Uint8Array {
  const out = new Writer(5);
  out.u32(value);
  return out.view;
}
