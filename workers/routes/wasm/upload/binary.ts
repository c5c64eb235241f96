// The binary of an upload while it comes in: one buffer for all of it, because the engine validates a module only as
// a whole. It refuses the byte that is one too many.
import { Fault } from "#domain/fault.ts";
import { MODULE_BYTES_MAX } from "#domain/module.ts";

const FIRST_CAPACITY_BYTES = 64 * 1024;
/** A buffer that is larger than this and full takes all that is allowed: memory that isn't touched costs nothing. */
const DOUBLING_BYTES_MAX = 8 * 1024 * 1024;

export class Binary {
  #buffer: ArrayBuffer;
  #view: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** `expectedBytes`: what it will hold at most, where that is known. */
  constructor(expectedBytes: number | null) {
    this.#buffer = new ArrayBuffer(
      Math.min(MODULE_BYTES_MAX, expectedBytes ?? FIRST_CAPACITY_BYTES),
    );
    this.#view = new Uint8Array(this.#buffer);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#view.subarray(0, this.#length);
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > MODULE_BYTES_MAX) throw tooLarge();
    if (length > this.#view.length) this.#grow(length);
    this.#view.set(bytes, this.#length);
    this.#length = length;
  }

  /** `transfer` lets go of the smaller buffer at once, where a copy would leave it to the collector. */
  #grow(length: number): void {
    const capacity = length > DOUBLING_BYTES_MAX ? MODULE_BYTES_MAX : 2 * length;
    this.#buffer = this.#buffer.transfer(capacity);
    this.#view = new Uint8Array(this.#buffer);
  }
}

function tooLarge(): Fault {
  return new Fault(
    "PAYLOAD_TOO_LARGE",
    `The binary is larger than the ${MODULE_BYTES_MAX} bytes that are allowed.`,
  );
}
