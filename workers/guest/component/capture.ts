// What a guest writes to a standard stream, up to a bound: what comes after it is dropped and counted.

import { LOG_BYTES_MAX } from "#domain/execution.ts";

export class Capture {
  readonly #most: number;
  readonly #overflow: () => void;
  #bytes = new Uint8Array(256);
  #kept = 0;
  #written = 0;

  /** `overflow` is done when something is dropped. */
  constructor(bytesMax: number, overflow: () => void = () => undefined) {
    this.#most = bytesMax;
    this.#overflow = overflow;
    // The streams of preview2-shim call their handlers detached.
    this.write = this.write.bind(this);
    this.flush = this.flush.bind(this);
  }

  write(bytes: Uint8Array): void {
    this.#written += bytes.length;
    const room = Math.min(bytes.length, this.#most - this.#kept);
    this.#reserve(this.#kept + room);
    this.#bytes.set(bytes.subarray(0, room), this.#kept);
    this.#kept += room;
    if (room < bytes.length) this.#overflow();
  }

  flush(): void {
    // Everything is where it should be already.
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#kept);
  }

  text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  /** For a log: a cut says so. Of what was to be a result the beginning is told. */
  log(): string {
    if (this.#written === this.#kept) return this.text();
    const told = this.bytes.subarray(0, LOG_BYTES_MAX);
    const text = new TextDecoder().decode(told);
    return `${text}\n[cut: ${this.#written} bytes were written, ${told.length} are kept]`;
  }

  /** Doubling: one piece for each write would cost more than what is written. */
  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.min(this.#most, Math.max(length, 2 * this.#bytes.length)));
    larger.set(this.#bytes.subarray(0, this.#kept));
    this.#bytes = larger;
  }
}
