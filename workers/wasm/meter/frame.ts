// Sections written anew: the gas among the globals, the gas and the start function among the exports.
import { Cursor, WasmFault } from "#wasm/cursor.ts";
import type { CoreDraft } from "#wasm/core/module.ts";
import type { Splice } from "./caps.ts";
import { Writer } from "./writer.ts";

// How the host finds the gas, an i64 to set before and read after each call, and the start function.
export const GAS_EXPORT = "edgeloom_gas";
export const START_EXPORT = "edgeloom_start";

const globalId = 6;
const exportId = 7;
const functionKind = 0;
const globalKind = 3;
// A mutable i64 that begins as 0: who forgets to set it can run nothing.
const gas = [0x7e, 0x01, 0x42, 0x00, 0x0b];

export function section(out: Writer, id: number, payload: Uint8Array): void {
  out.byte(id);
  out.u32(payload.length);
  out.append(payload);
}

export function globalSection(out: Writer, payload: Uint8Array | null): void {
  const added = new Writer(8);
  for (const byte of gas) added.byte(byte);
  section(out, globalId, extended(payload, { count: 1, bytes: added.view }));
}

export function exportSection(out: Writer, draft: CoreDraft, payload: Uint8Array | null): void {
  const taken = draft.exports.find(({ name }) => name === GAS_EXPORT || name === START_EXPORT);
  if (taken !== undefined) {
    const start = draft.sections.find(({ id }) => id === exportId)?.start ?? 0;
    throw new WasmFault(`export: expected no ${taken.name}, which is the host's, got it`, start);
  }
  const added = new Writer(64);
  added.name(GAS_EXPORT);
  added.byte(globalKind);
  added.u32(draft.globals.length);
  if (draft.start !== null) {
    added.name(START_EXPORT);
    added.byte(functionKind);
    added.u32(draft.start);
  }
  const count = draft.start === null ? 1 : 2;
  section(out, exportId, extended(payload, { count, bytes: added.view }));
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
function extended(
  payload: Uint8Array | null,
  { count, bytes }: { readonly count: number; readonly bytes: Uint8Array },
): Uint8Array {
  const cursor = new Cursor(payload ?? Uint8Array.of(0));
  const before = cursor.u32("count");
  const rest = cursor.bytes.subarray(cursor.offset);
  const out = new Writer(rest.length + bytes.length + 8);
  out.u32(before + count);
  out.append(rest);
  out.append(bytes);
  return out.view;
}
