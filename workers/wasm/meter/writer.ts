// A growing buffer of WebAssembly bytes, written front to back.

export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  // What was written, valid until the next write.
  get view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  // Makes room for so many bytes at once, where growing to them would take up to twice as much.
  reserve(capacity: number): void {
    if (capacity > this.#bytes.length) this.#resize(capacity);
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  u32(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  // A signed number of any width up to the integers that JavaScript holds exactly.
  signed(value: number): void {
    let rest = value;
    while (rest < -64 || rest > 63) {
      this.byte((((rest % 128) + 128) % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest & 0x7f);
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  // The bytes from start to end of another buffer; short runs are common, so no view is made for them.
  copy(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#length + length > this.#bytes.length) this.#grow(length);
    if (length > 48) {
      this.#bytes.set(from.subarray(start, end), this.#length);
    } else {
      const bytes = this.#bytes;
      const shift = this.#length - start;
      for (let index = start; index < end; index += 1) bytes[index + shift] = from[index] ?? 0;
    }
    this.#length += length;
  }

  name(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u32(bytes.length);
    this.append(bytes);
  }

  #grow(extra: number): void {
    this.#resize(Math.max(this.#bytes.length * 2, this.#length + extra));
  }

  #resize(capacity: number): void {
    // Lets go of the smaller buffer at once, where a copy would leave it to the collector.
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(capacity));
  }
}
