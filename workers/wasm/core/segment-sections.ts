// Decodes the element, data count and data sections: how many segments there are and that each is
// well-formed. It keeps none of their contents.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import { skipConstantExpression } from "./constant.ts";
import { noteType, readIndex } from "./extern.ts";
import { dataSegmentsMax, elementSegmentsMax, segmentElementsMax } from "./limits.ts";
import type { CoreDraft } from "./module.ts";
import { readReferenceType } from "./value-type.ts";

export function readElementSection(cursor: Cursor, draft: CoreDraft): void {
  const count = cursor.count("element segments", elementSegmentsMax);
  for (let index = 0; index < count; index += 1) readElementSegment(cursor, draft);
  draft.elementSegments = count;
}

// The eight forms are three bits: 1 passive or declared, 2 table index or declared, 4 expressions.
function readElementSegment(cursor: Cursor, draft: CoreDraft): void {
  const start = cursor.offset;
  const form = cursor.u32("element segment");
  if (form > 7) throw cursor.fault(`element segment: expected a form 0 to 7, got ${form}`, start);
  const active = (form & 1) === 0;
  const expressions = (form & 4) !== 0;
  if (active) readTarget(cursor, draft, { kind: "table", explicit: (form & 2) !== 0 });
  if ((form & 3) !== 0) readElementType(cursor, draft, expressions);
  const items = cursor.count("elements", segmentElementsMax);
  for (let item = 0; item < items; item += 1) {
    if (expressions) skipConstantExpression(cursor, draft);
    else readIndex(cursor, draft, "func");
  }
}

function readElementType(cursor: Cursor, draft: CoreDraft, expressions: boolean): void {
  if (expressions) {
    noteType(draft, readReferenceType(cursor, draft.types.length));
    return;
  }
  const start = cursor.offset;
  const kind = cursor.byte("element kind");
  if (kind !== 0) throw cursor.fault(`element kind: expected 0x00, got ${hexByte(kind)}`, start);
}

export function readDataCountSection(cursor: Cursor, draft: CoreDraft): void {
  const start = cursor.offset;
  const count = cursor.u32("data count");
  if (count > dataSegmentsMax) {
    throw cursor.fault(`data count: expected at most ${dataSegmentsMax}, got ${count}`, start);
  }
  draft.dataCount = count;
}

export function readDataSection(cursor: Cursor, draft: CoreDraft): void {
  const start = cursor.offset;
  const count = cursor.count("data segments", dataSegmentsMax);
  if (draft.dataCount !== null && draft.dataCount !== count) {
    throw cursor.fault(
      `data segments: expected ${draft.dataCount} as the data count says, got ${count}`,
      start,
    );
  }
  for (let index = 0; index < count; index += 1) readDataSegment(cursor, draft);
  draft.dataSegments = count;
}

function readDataSegment(cursor: Cursor, draft: CoreDraft): void {
  const start = cursor.offset;
  const form = cursor.u32("data segment");
  if (form > 2) throw cursor.fault(`data segment: expected a form 0 to 2, got ${form}`, start);
  if (form !== 1) readTarget(cursor, draft, { kind: "memory", explicit: form === 2 });
  cursor.skip(cursor.u32("data length"), "data");
}

// Where an active segment goes: a table or memory, the first if none is written, and an offset.
function readTarget(
  cursor: Cursor,
  draft: CoreDraft,
  { kind, explicit }: { kind: "table" | "memory"; explicit: boolean },
): void {
  const size = kind === "table" ? draft.tables.length : draft.memories.length;
  if (explicit) readIndex(cursor, draft, kind);
  else if (size === 0) throw cursor.fault(`segment: expected a ${kind} to fill, got none`);
  skipConstantExpression(cursor, draft);
}
