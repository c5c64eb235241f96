// Sections written anew: the gas and the yield slot among the globals and exports, the start function
// among the exports.
import { Cursor, WasmFault } from "#wasm/cursor.ts";
import type { CoreDraft } from "#wasm/core/module.ts";
import { addedDeclarations, addedTypes } from "./added.ts";
import { LENT_MODULE, nameOf } from "./lending.ts";
import type { LentMemory } from "./lending.ts";
import type { Entries } from "./added.ts";
import type { Splice } from "./caps.ts";
import { Writer } from "./writer.ts";

// How the host finds the gas, an i64 to set before and read after each call, and the start function.
export const GAS_EXPORT = "edgeloom_gas";
// Where the host puts a function [] -> [] that is called when the gas falls below zero, and may fill it.
export const YIELD_EXPORT = "edgeloom_yield";
export const START_EXPORT = "edgeloom_start";
// Before the index of each memory that the module doesn't export itself, so that the host sees how large it is.
export const MEMORY_EXPORT = "edgeloom_memory_";

const typeId = 1;
const importId = 2;
const functionId = 3;
const globalId = 6;
const exportId = 7;
const hostNames: ReadonlySet<string> = new Set([GAS_EXPORT, YIELD_EXPORT, START_EXPORT]);
const functionKind = 0;
const memoryKind = 2;
const globalKind = 3;
const hasMaximum = 0x01;
// A mutable i64 that begins as 0: who forgets to set it can run nothing.
const gas = [0x7e, 0x01, 0x42, 0x00, 0x0b];

export function section(out: Writer, id: number, payload: Uint8Array): void {
  out.byte(id);
  out.u32(payload.length);
  out.append(payload);
}

export function typeSection(out: Writer, payload: Uint8Array | null): void {
  section(out, typeId, extended(payload, addedTypes()));
}

// After the module's own, so that nothing is renumbered.
export function importSection(
  out: Writer,
  payload: Uint8Array | null,
  lent: LentMemory | null,
): void {
  const added = new Writer(64);
  if (lent !== null) {
    added.name(LENT_MODULE);
    added.name(nameOf(lent));
    added.byte(memoryKind);
    added.byte(hasMaximum);
    added.u32(lent.minimum);
    added.u32(lent.maximum);
  }
  if (payload === null && lent === null) return;
  const entries = { count: lent === null ? 0 : 1, bytes: added.view };
  section(out, importId, extended(payload, entries));
}

export function functionSection(out: Writer, draft: CoreDraft, payload: Uint8Array | null): void {
  section(out, functionId, extended(payload, addedDeclarations(draft)));
}

// The gas, and after it the slot: a mutable reference to a function of the added type, null at first.
export function globalSection(out: Writer, draft: CoreDraft, payload: Uint8Array | null): void {
  const added = new Writer(24);
  for (const byte of gas) added.byte(byte);
  added.byte(0x63);
  added.signed(draft.types.length);
  added.byte(0x01);
  added.byte(0xd0);
  added.signed(draft.types.length);
  added.byte(0x0b);
  section(out, globalId, extended(payload, { count: 2, bytes: added.view }));
}

export function exportSection(out: Writer, draft: CoreDraft, payload: Uint8Array | null): void {
  const taken = draft.exports.find(({ name }) => isHostName(name));
  if (taken !== undefined) {
    const start = draft.sections.find(({ id }) => id === exportId)?.start ?? 0;
    throw new WasmFault(`export: expected no ${taken.name}, which is the host's, got it`, start);
  }
  const added = new Writer(64);
  added.name(GAS_EXPORT);
  added.byte(globalKind);
  added.u32(draft.globals.length);
  added.name(YIELD_EXPORT);
  added.byte(globalKind);
  added.u32(draft.globals.length + 1);
  if (draft.start !== null) {
    added.name(START_EXPORT);
    added.byte(functionKind);
    added.u32(draft.start);
  }
  const hidden = hiddenMemories(draft);
  for (const index of hidden) {
    added.name(`${MEMORY_EXPORT}${index}`);
    added.byte(memoryKind);
    added.u32(index);
  }
  const count = (draft.start === null ? 2 : 3) + hidden.length;
  section(out, exportId, extended(payload, { count, bytes: added.view }));
}

function isHostName(name: string): boolean {
  return hostNames.has(name) || name.startsWith(MEMORY_EXPORT);
}

// The module's own memories that it keeps to itself; an imported one is another's, who tells of it.
function hiddenMemories({ memories, imports, exports }: CoreDraft): number[] {
  const imported = imports.filter(({ extern }) => extern.kind === "memory").length;
  const shown = new Set(exports.filter(({ kind }) => kind === "memory").map(({ index }) => index));
  return memories
    .map((_, index) => index)
    .filter((index) => index >= imported && !shown.has(index));
}

// The payload with the bytes of some ranges replaced.
export function spliced(payload: Uint8Array, base: number, splices: readonly Splice[]): Uint8Array {
  const out = new Writer(payload.length + 16 * splices.length + 1);
  let at = 0;
  for (const { start, end, bytes } of splices) {
    out.copy(payload, at, start - base);
    out.append(bytes);
    at = end - base;
  }
  out.copy(payload, at, payload.length);
  return out.view;
}

// A vector with entries added at its end.
function extended(payload: Uint8Array | null, { count, bytes }: Entries): Uint8Array {
  const cursor = new Cursor(payload ?? Uint8Array.of(0));
  const before = cursor.u32("count");
  const rest = cursor.bytes.subarray(cursor.offset);
  const out = new Writer(rest.length + bytes.length + 8);
  out.u32(before + count);
  out.append(rest);
  out.append(bytes);
  return out.view;
}
