// Instructions as bytes, at the end of what is written.
import { op } from "./opcodes.ts";
import type { Writer } from "./writer.ts";

export class Assembler {
  readonly #out: Writer;

  constructor(out: Writer) {
    this.#out = out;
  }

  // Where the next one will stand.
  get position(): number {
    return this.#out.length;
  }

  bytes(...bytes: number[]): void {
    for (const byte of bytes) this.#out.byte(byte);
  }

  // One that names a local, a global, a function or a label.
  indexed(code: number, index: number): void {
    this.#out.byte(code);
    this.#out.u32(index);
  }

  constant(value: number): void {
    this.#out.byte(op.i64Const);
    this.#out.signed(value);
  }

  // What was there before.
  copy(code: Uint8Array, start: number, end: number): void {
    this.#out.copy(code, start, end);
  }
}
