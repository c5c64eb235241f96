// The body that a component writes, as WASI's `outgoing-body`: it takes the place of preview2-shim's, which keeps all
// that is written until the guest is done. Here a reader gets it as it is written, and a writer that is faster waits.
import { outputStreamCreate, pollableCreate } from "@bytecodealliance/preview2-shim/io";
import { RESPONSE_QUEUE_BYTES } from "#domain/http.ts";

/** What a guest that doesn't ask for room may write beyond it. */
const EXCESS_BYTES_MAX = 16 * 1024 * 1024;

type OutputStream = ReturnType<typeof outputStreamCreate>;

export class OutgoingBody {
  #state: "open" | "finished" | "cancelled" = "open";
  #output: OutputStream | null = null;
  /** Written before anybody reads. */
  #pieces: Uint8Array[] = [];
  #waitingBytes = 0;
  #reader: ReadableByteStreamController | null = null;
  #wake: (() => void)[] = [];

  /** By the name that preview2-shim calls. */
  static create(this: void): OutgoingBody {
    const body = new OutgoingBody();
    body.#output = outputStreamCreate({
      checkWrite: () => BigInt(body.#room),
      write: (bytes: Uint8Array) => body.#write(bytes),
      blockingFlush: () => undefined,
      subscribe: () =>
        pollableCreate({ ready: () => body.#room > 0, wait: () => body.#untilRoom() }),
    });
    return body;
  }

  static finish(this: void, body: OutgoingBody, trailers: unknown): void {
    // WIT errors are thrown as values, by jco's convention.
    // oxlint-disable-next-line typescript/only-throw-error
    if (trailers) throw { tag: "internal-error", val: "trailers are not supported" };
    if (body.#state === "finished") {
      // oxlint-disable-next-line typescript/only-throw-error
      throw { tag: "internal-error", val: "the body is finished already" };
    }
    if (body.#state === "open") {
      body.#state = "finished";
      body.#reader?.close();
    }
    body.#wakeAll();
  }

  write(): OutputStream {
    const output = this.#output;
    // oxlint-disable-next-line typescript/only-throw-error
    if (output === null) throw undefined;
    this.#output = null;
    return output;
  }

  get isFinished(): boolean {
    return this.#state === "finished";
  }

  /** All of it, once it is finished and before anybody reads. */
  whole(): Uint8Array {
    const whole = new Uint8Array(this.#waitingBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /** To be asked for once. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        type: "bytes",
        start: (reader) => {
          for (const piece of this.#pieces) reader.enqueue(piece);
          this.#pieces = [];
          this.#waitingBytes = 0;
          this.#reader = reader;
          if (this.#state === "finished") reader.close();
        },
        pull: () => this.#wakeAll(),
        cancel: () => {
          this.#state = "cancelled";
          this.#wakeAll();
        },
      },
      { highWaterMark: RESPONSE_QUEUE_BYTES },
    );
  }

  /** The guest has ended without an end of its body. */
  fail(reason: Error): void {
    if (this.#state !== "open") return;
    this.#state = "cancelled";
    this.#reader?.error(reason);
    this.#wakeAll();
  }

  get #room(): number {
    // A write then tells that the stream is closed.
    if (this.#state !== "open") return RESPONSE_QUEUE_BYTES;
    if (this.#reader === null) return Math.max(0, RESPONSE_QUEUE_BYTES - this.#waitingBytes);
    return Math.max(0, this.#reader.desiredSize ?? 0);
  }

  #write(bytes: Uint8Array): void {
    // oxlint-disable-next-line typescript/only-throw-error
    if (this.#state !== "open") throw { tag: "closed" };
    if (bytes.length === 0) return;
    const waiting =
      this.#reader === null
        ? this.#waitingBytes
        : RESPONSE_QUEUE_BYTES - (this.#reader.desiredSize ?? 0);
    if (waiting + bytes.length > EXCESS_BYTES_MAX) {
      throw new RangeError(`More than ${EXCESS_BYTES_MAX} bytes of the body wait to be read.`);
    }
    // The guest's memory is written anew once this returns.
    const piece = bytes.slice();
    if (this.#reader !== null) {
      this.#reader.enqueue(piece);
      return;
    }
    this.#pieces.push(piece);
    this.#waitingBytes += piece.length;
  }

  #untilRoom(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

export const outgoingBodyCreate = OutgoingBody.create;

export function outgoingBodyRequestStream(body: OutgoingBody): ReadableStream<Uint8Array> {
  return body.stream();
}
