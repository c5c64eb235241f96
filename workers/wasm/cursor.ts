// A bounds-checked reader over WebAssembly bytes, so that no decoder indexes a buffer itself.
// It refuses whatever is cut short, over-long or overflowing, and says at which byte.

export class WasmFault extends Error {
  override readonly name = "WasmFault";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at offset ${offset}`);
    this.offset = offset;
  }
}

export type ByteRange = { readonly start: number; readonly end: number };

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Cursor {
  readonly bytes: Uint8Array;
  // Where the first byte lies in the whole file; every offset told to the outside includes it.
  readonly base: number;
  #position = 0;

  constructor(bytes: Uint8Array, base = 0) {
    this.bytes = bytes;
    this.base = base;
  }

  get offset(): number {
    return this.base + this.#position;
  }

  get remaining(): number {
    return this.bytes.length - this.#position;
  }

  get done(): boolean {
    return this.#position === this.bytes.length;
  }

  fault(message: string, offset = this.offset): WasmFault {
    return new WasmFault(message, offset);
  }

  peek(): number | undefined {
    return this.bytes[this.#position];
  }

  byte(what: string): number {
    const value = this.bytes[this.#position];
    if (value === undefined) throw this.fault(`${what}: expected 1 more byte, got the end`);
    this.#position += 1;
    return value;
  }

  take(length: number, what: string): Uint8Array {
    if (length > this.remaining) {
      throw this.fault(`${what}: expected ${length} more bytes, got ${this.remaining}`);
    }
    const start = this.#position;
    this.#position += length;
    return this.bytes.subarray(start, this.#position);
  }

  skip(length: number, what: string): void {
    this.take(length, what);
  }

  // A cursor over the next `length` bytes alone, which this one steps over.
  sub(length: number, what: string): Cursor {
    const base = this.offset;
    return new Cursor(this.take(length, what), base);
  }

  finish(what: string): void {
    if (this.done) return;
    throw this.fault(`${what}: expected its end, got ${this.remaining} bytes more`);
  }

  u32(what: string): number {
    const start = this.offset;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte(what);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.byte(what);
    if (last > 0x0f) throw this.#tooWide(what, "u32", start);
    return value + last * 0x1000_0000;
  }

  s32(what: string): number {
    return this.#signed(32, what);
  }

  s33(what: string): number {
    return this.#signed(33, what);
  }

  u64(what: string): bigint {
    const start = this.offset;
    let value = 0n;
    for (let shift = 0n; shift < 63n; shift += 7n) {
      const byte = this.byte(what);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.byte(what);
    if (last > 0x01) throw this.#tooWide(what, "u64", start);
    return value | (BigInt(last) << 63n);
  }

  s64(what: string): bigint {
    const start = this.offset;
    let value = 0n;
    for (let shift = 0n; shift < 63n; shift += 7n) {
      const byte = this.byte(what);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
    const last = this.byte(what);
    if (last !== 0x00 && last !== 0x7f) throw this.#tooWide(what, "s64", start);
    return BigInt.asIntN(64, value | (BigInt(last) << 63n));
  }

  name(what: string): string {
    const length = this.u32(`${what} length`);
    const start = this.offset;
    const bytes = this.take(length, what);
    try {
      return strictUtf8.decode(bytes);
    } catch {
      throw this.fault(`${what}: expected UTF-8, got other bytes`, start);
    }
  }

  // How many items follow. Each takes a byte at least, so a count above the bytes left is a lie.
  count(what: string, most: number): number {
    const start = this.offset;
    const count = this.u32(`${what} count`);
    if (count > most) throw this.fault(`${what}: expected at most ${most}, got ${count}`, start);
    if (count > this.remaining) {
      throw this.fault(`${what}: expected ${count}, got only ${this.remaining} bytes`, start);
    }
    return count;
  }

  // A signed number of 32 or 33 bits: four groups of seven bits, then the four or five bits left.
  #signed(bits: 32 | 33, what: string): number {
    const start = this.offset;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte(what);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value << (25 - shift)) >> (25 - shift);
    }
    const last = this.byte(what);
    const signAndAbove = bits === 32 ? 0x78 : 0x70;
    const above = last & signAndAbove;
    if (last > 0x7f || (above !== 0 && above !== signAndAbove)) {
      throw this.#tooWide(what, `s${bits}`, start);
    }
    return value + (above === 0 ? last : last - 0x80) * 0x1000_0000;
  }

  #tooWide(what: string, type: string, start: number): WasmFault {
    return this.fault(`${what}: expected a LEB128 ${type}, got one too long or too large`, start);
  }
}

export function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
