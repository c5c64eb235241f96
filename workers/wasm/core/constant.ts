// Steps over a constant expression by decoding each of its instructions, since nothing else tells
// where it ends. It doesn't check the types on its stack: the engine's validation does.
import type { Cursor } from "#wasm/cursor.ts";
import { hexByte } from "#wasm/cursor.ts";
import type { CoreDraft } from "./module.ts";
import { readIndex } from "./extern.ts";
import { segmentElementsMax } from "./limits.ts";
import { readHeapType } from "./value-type.ts";

export function skipConstantExpression(cursor: Cursor, draft: CoreDraft): void {
  for (;;) {
    const start = cursor.offset;
    const code = cursor.byte("constant expression");
    switch (code) {
      case 0x0b:
        return;
      case 0x23:
        readIndex(cursor, draft, "global");
        break;
      case 0x41:
        cursor.s32("i32.const");
        break;
      case 0x42:
        cursor.s64("i64.const");
        break;
      case 0x43:
        cursor.skip(4, "f32.const");
        break;
      case 0x44:
        cursor.skip(8, "f64.const");
        break;
      case 0x6a:
      case 0x6b:
      case 0x6c:
      case 0x7c:
      case 0x7d:
      case 0x7e:
        break;
      case 0xd0:
        readHeapType(cursor, draft.types.length);
        break;
      case 0xd2:
        readIndex(cursor, draft, "func");
        break;
      case 0xfb:
        skipCollected(cursor, draft, start);
        break;
      case 0xfd:
        skipVector(cursor, start);
        break;
      default:
        throw unknown(cursor, hexByte(code), start);
    }
  }
}

function skipVector(cursor: Cursor, start: number): void {
  const code = cursor.u32("vector instruction");
  if (code !== 0x0c) throw unknown(cursor, `0xfd ${code}`, start);
  cursor.skip(16, "v128.const");
}

function skipCollected(cursor: Cursor, draft: CoreDraft, start: number): void {
  const code = cursor.u32("reference instruction");
  switch (code) {
    case 0x00: // struct.new
    case 0x01: // struct.new_default
    case 0x06: // array.new
    case 0x07: // array.new_default
      readTypeIndex(cursor, draft);
      break;
    case 0x08: // array.new_fixed
      readTypeIndex(cursor, draft);
      readLength(cursor);
      break;
    case 0x1a: // any.convert_extern
    case 0x1b: // extern.convert_any
    case 0x1c: // ref.i31
      break;
    default:
      throw unknown(cursor, `0xfb ${code}`, start);
  }
  draft.features.add("gc");
}

function readTypeIndex(cursor: Cursor, draft: CoreDraft): void {
  const start = cursor.offset;
  const index = cursor.u32("type index");
  if (index < draft.types.length) return;
  throw cursor.fault(`type index: expected one below ${draft.types.length}, got ${index}`, start);
}

function readLength(cursor: Cursor): void {
  const start = cursor.offset;
  const length = cursor.u32("array length");
  if (length <= segmentElementsMax) return;
  throw cursor.fault(`array: expected at most ${segmentElementsMax}, got ${length}`, start);
}

function unknown(cursor: Cursor, got: string, start: number): Error {
  return cursor.fault(`constant expression: expected a constant instruction, got ${got}`, start);
}
