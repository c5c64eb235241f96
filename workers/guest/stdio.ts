// What a guest reads from stdin and writes to stdout and stderr. What it writes is kept up to a bound and then
// dropped, so that no flood fills the host.

import { LOG_BYTES_MAX } from "#domain/execution.ts";

/** Nothing is taken before the guest writes: most never do. */
const FIRST_BYTES = 1_024;
const CUT = "\n[cut here: the guest wrote more]";

export class Stdin {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(input: string | Uint8Array) {
    this.#bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  }

  get available(): number {
    return this.#bytes.length - this.#offset;
  }

  read(into: Uint8Array): number {
    const taken = this.#bytes.subarray(this.#offset, this.#offset + into.length);
    into.set(taken);
    this.#offset += taken.length;
    return taken.length;
  }
}

/** A program's output is its result, and more than a result may be ends it. */
export class Overflow extends Error {
  constructor(bytesMax: number) {
    super(`The program wrote more than the ${bytesMax} bytes that are allowed.`);
    this.name = "Overflow";
  }
}

export class Sink {
  readonly #bytesMax: number;
  readonly #overflow: () => void;
  #bytes = new Uint8Array(0);
  #length = 0;
  isCut = false;

  /** `overflow` is done when something is dropped. */
  constructor(bytesMax: number, overflow: () => void = () => undefined) {
    this.#bytesMax = bytesMax;
    this.#overflow = overflow;
  }

  write(from: Uint8Array): void {
    const kept = from.subarray(0, this.#bytesMax - this.#length);
    this.isCut ||= kept.length < from.length;
    this.#reserve(this.#length + kept.length);
    this.#bytes.set(kept, this.#length);
    this.#length += kept.length;
    if (kept.length < from.length) this.#overflow();
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What isn't UTF-8 is told as U+FFFD. Of what is cut the beginning is told: it is nobody's result. */
  text(): string {
    if (this.#length === 0 && !this.isCut) return "";
    const decoder = new TextDecoder();
    return this.isCut
      ? decoder.decode(this.bytes.subarray(0, LOG_BYTES_MAX)) + CUT
      : decoder.decode(this.bytes);
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = new Uint8Array(
      Math.min(this.#bytesMax, Math.max(length, FIRST_BYTES, this.#bytes.length * 2)),
    );
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
