// The bytes of a module as they come in, in chunks of any size. A reader takes what it needs and
// waits, by yielding, when that isn't there yet; nothing that was taken is kept.
import { WasmFault } from "#wasm/cursor.ts";

export type Waiting<Result> = Generator<undefined, Result, void>;

export class Source {
  #chunks: Uint8Array[] = [];
  #first = 0;
  #available = 0;
  #ended = false;
  #offset = 0;

  // Where the next byte lies in the module.
  get offset(): number {
    return this.#offset;
  }

  give(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#add(chunk);
    this.#available += chunk.length;
  }

  end(): void {
    this.#ended = true;
  }

  // Whether any byte is left.
  *more(): Waiting<boolean> {
    while (this.#available === 0 && !this.#ended) yield undefined;
    return this.#available > 0;
  }

  // Exactly `length` bytes in one piece.
  *take(length: number, what: string): Waiting<Uint8Array> {
    while (this.#available < length) {
      if (this.#ended) throw this.#short(length, what);
      yield undefined;
    }
    const [first] = this.#chunks;
    if (first !== undefined && first.length - this.#first >= length) return this.#part(length);
    return this.#joined(length);
  }

  // Hands on `length` bytes in the pieces they come in.
  *pass(length: number, what: string): Generator<Uint8Array | undefined, void, void> {
    for (let left = length; left > 0;) {
      if (!(yield* this.more())) throw this.#short(left, what);
      const piece = this.#part(Math.min(left, this.#firstLength()));
      left -= piece.length;
      yield piece;
    }
  }

  *byte(what: string): Waiting<number> {
    const bytes = yield* this.take(1, what);
    return bytes[0] ?? 0;
  }

  // An unsigned LEB128 of 32 bits.
  *u32(what: string): Waiting<number> {
    const start = this.#offset;
    let value = 0;
    for (let factor = 1; factor < 2 ** 35; factor *= 128) {
      const byte = yield* this.byte(what);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80 && value < 2 ** 32) return value;
      if (byte < 0x80) break;
    }
    throw new WasmFault(`${what}: expected a LEB128 u32, got one too long or too large`, start);
  }

  // A chunk that continues the one before it makes one with it, so that what lies over their border isn't copied.
  #add(chunk: Uint8Array): void {
    const last = this.#chunks.at(-1);
    const continues =
      last !== undefined &&
      last.buffer === chunk.buffer &&
      last.byteOffset + last.length === chunk.byteOffset;
    if (!continues) {
      this.#chunks.push(chunk);
      return;
    }
    const length = last.length + chunk.length;
    this.#chunks[this.#chunks.length - 1] = new Uint8Array(last.buffer, last.byteOffset, length);
  }

  #firstLength(): number {
    return (this.#chunks[0]?.length ?? 0) - this.#first;
  }

  // At most what the first chunk holds.
  #part(length: number): Uint8Array {
    const [chunk] = this.#chunks;
    if (chunk === undefined) return new Uint8Array();
    const part = chunk.subarray(this.#first, this.#first + length);
    this.#first += length;
    this.#available -= length;
    this.#offset += length;
    if (this.#first === chunk.length) {
      this.#chunks.shift();
      this.#first = 0;
    }
    return part;
  }

  #joined(length: number): Uint8Array {
    const joined = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const part = this.#part(Math.min(length - at, this.#firstLength()));
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  #short(length: number, what: string): WasmFault {
    return new WasmFault(
      `${what}: expected ${length} more bytes, got ${this.#available}`,
      this.#offset,
    );
  }
}
