// What the three forms of an upload have in common: a body that takes chunks and gives the fields and the binary.
import { Fault } from "#domain/fault.ts";

/** The fields and the binary, or a sentence in place of the binary when there is none to read. */
export type Parts = {
  readonly fields: unknown;
  readonly bytes: Uint8Array<ArrayBuffer> | string;
};

/** Takes a body in, chunk by chunk. A chunk is the reader's again when `write` is done: nothing may point to it. */
export type Body = {
  readonly write: (chunk: Uint8Array) => void;
  readonly end: () => Parts;
};

/** Room for the fields beside the binary. */
export const FIELDS_BYTES_MAX = 1024 * 1024;

/** A body that isn't what its Content-Type says is the caller's fault, not a bug. */
export function unreadable(form: string, cause?: unknown): Fault {
  const message = `The body is not readable as ${form}.`;
  return new Fault("VALIDATION_ERROR", message, { details: [message], cause });
}

/** Bytes that are collected up to what the fields may take. */
export class FieldBytes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  slice(from: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(from, this.#length);
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > FIELDS_BYTES_MAX) {
      throw new Fault(
        "PAYLOAD_TOO_LARGE",
        `The fields beside the binary are larger than the ${FIELDS_BYTES_MAX} bytes that are allowed.`,
      );
    }
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }
}
