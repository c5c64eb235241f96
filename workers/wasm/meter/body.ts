// A reader over one function's instructions, quick because there are many: it trusts nothing, but
// finds what is cut short at the end of an instruction instead of at each byte.
import { Cursor, hexByte, WasmFault } from "#wasm/cursor.ts";
import type { CoreDraft } from "#wasm/core/module.ts";
import {
  needsGarbageCollection,
  readHeapType,
  readReferenceType,
  readValueType,
} from "#wasm/core/value-type.ts";
import { unsupportedFeatures } from "#wasm/unsupported.ts";
import { form, vectorInstructions } from "./instructions.ts";

export class Body {
  position = 0;
  readonly bytes: Uint8Array;
  readonly #base: number;
  readonly #draft: CoreDraft;

  // `base` is where the first instruction lies in the module.
  constructor(bytes: Uint8Array, base: number, draft: CoreDraft) {
    this.bytes = bytes;
    this.#base = base;
    this.#draft = draft;
  }

  fault(message: string, position = this.position): WasmFault {
    return new WasmFault(message, this.#base + position);
  }

  u32(): number {
    const first = this.bytes[this.position] ?? 0x80;
    if (first < 0x80) {
      this.position += 1;
      return first;
    }
    let value = 0;
    for (let factor = 1; factor < 2 ** 35; factor *= 128) {
      const byte = this.bytes[this.position] ?? 0x80;
      this.position += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw this.fault("instruction: expected a LEB128 u32, got one too long or too large");
  }

  // Any LEB128 of at most ten bytes.
  skipNumber(): void {
    const most = this.position + 10;
    while ((this.bytes[this.position] ?? 0) >= 0x80 && this.position < most) this.position += 1;
    this.position += 1;
  }

  // The value of a signed LEB128, or -1 where it is negative or long.
  smallNumber(): number {
    const start = this.position;
    this.skipNumber();
    const length = this.position - start;
    if (length > 4) return -1;
    let value = 0;
    for (let index = length - 1; index >= 0; index -= 1) {
      value = value * 128 + ((this.bytes[start + index] ?? 0) & 0x7f);
    }
    return ((this.bytes[this.position - 1] ?? 0) & 0x40) === 0 ? value : -1;
  }

  index(what: string, count: number): number {
    const start = this.position;
    const index = this.u32();
    if (index < count) return index;
    throw this.fault(`${what}: expected one below ${count}, got ${index}`, start);
  }

  // The original's: what the meter adds must not make an invalid index valid.
  function(): number {
    return this.index("function", this.#draft.functionTypes.length);
  }

  type(): number {
    return this.index("type", this.#draft.types.length);
  }

  blockType(): void {
    const code = this.bytes[this.position] ?? 0;
    const short = code === 0x40 || (code >= 0x7b && code <= 0x7f);
    if (short) this.position += 1;
    else if (code < 0x40 || code >= 0x80) this.#blockTypeIndex();
    else this.#slowly((cursor, types) => readReferenceType(cursor, types));
  }

  // The engine judges a negative one; an index must not be that of the type which the meter adds.
  #blockTypeIndex(): void {
    const start = this.position;
    const index = this.u32();
    const negative = ((this.bytes[this.position - 1] ?? 0) & 0x40) !== 0;
    if (negative || index < this.#draft.types.length) return;
    throw this.fault(
      `block type: expected one below ${this.#draft.types.length}, got ${index}`,
      start,
    );
  }

  valueType(): void {
    this.#slowly(readValueType);
  }

  heapType(): void {
    this.#slowly((cursor, types) => ({ nullable: true, heap: readHeapType(cursor, types) }));
  }

  memoryAccess(): void {
    const align = this.u32();
    if ((align & 0x40) !== 0) this.skipNumber();
    this.skipNumber();
  }

  // Steps over a vector instruction, whose prefix stands at `start`, and tells its cost.
  vector(start: number): number {
    const code = this.u32();
    const kind = vectorInstructions.forms[code] ?? form.unknown;
    if (kind === form.memoryAccess || kind === form.laneAccess) this.memoryAccess();
    if (kind === form.lane || kind === form.laneAccess) this.position += 1;
    if (kind === form.sixteenBytes) this.position += 16;
    if (kind === form.unknown) throw this.unknown(start, code);
    return vectorInstructions.costs[code] ?? 1;
  }

  unknown(position: number, code?: number): WasmFault {
    const name = [hexByte(this.bytes[position] ?? 0), ...(code === undefined ? [] : [code])].join(
      " ",
    );
    return this.fault(`instruction: expected a known one, got ${name}`, position);
  }

  collected(position: number): WasmFault {
    const [reason = "GC"] = unsupportedFeatures(new Set(["gc"]));
    return this.fault(reason, position);
  }

  #slowly(read: typeof readValueType): void {
    const start = this.position;
    const cursor = new Cursor(this.bytes.subarray(start), this.#base + start);
    if (needsGarbageCollection(read(cursor, this.#draft.types.length))) {
      throw this.collected(start);
    }
    this.position = cursor.offset - this.#base;
  }
}
