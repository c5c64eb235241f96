// wasi:blobstore for one call, by the host that the isolate was given. What is written is held here until the guest
// finishes it, and goes out whole; what is read comes whole, so that it stays what it was while the guest holds it.
import {
  inputStreamCreate,
  ioErrorCreate,
  outputStreamCreate,
} from "@bytecodealliance/preview2-shim/io";
import { BLOB_BYTES_MAX, NAMES_MAX } from "#domain/blobstore.ts";
import type { BlobAnswer, BlobId, BlobRequest } from "#domain/blobstore.ts";
import type { HostCalls } from "#domain/link.ts";

/** Of all values that a guest holds at once. */
const HELD_BYTES_MAX = 2 * BLOB_BYTES_MAX;
/** A guest writes and reads so much at once. */
const PIECE_BYTES = 65_536n;

export function blobstore(host: HostCalls | null): Record<string, unknown> {
  const store = new Store(host);
  // jco asks of what it is given whether it is of the class that it was given.
  class Outgoing extends OutgoingValue {
    static newOutgoingValue(this: void): Outgoing {
      return new Outgoing(store);
    }
  }
  return {
    "wasi:blobstore/types": { OutgoingValue: Outgoing, IncomingValue },
    "wasi:blobstore/container": { Container, StreamObjectNames },
    "wasi:blobstore/blobstore": {
      createContainer: async (name: string) => {
        await store.perform({ type: "create", container: name }, "done");
        return new Container(store, name);
      },
      getContainer: async (name: string) => {
        await store.perform({ type: "containerInfo", container: name }, "info");
        return new Container(store, name);
      },
      deleteContainer: async (name: string) => {
        await store.perform({ type: "drop", container: name }, "done");
      },
      containerExists: (name: string) => store.isThere({ type: "containerInfo", container: name }),
      copyObject: async (from: BlobId, to: BlobId) => {
        await store.perform({ type: "copy", ...from, to }, "done");
      },
      moveObject: async (from: BlobId, to: BlobId) => {
        await store.perform({ type: "move", ...from, to }, "done");
      },
    },
  };
}

class Store {
  readonly #host: HostCalls | null;
  #left = HELD_BYTES_MAX;

  constructor(host: HostCalls | null) {
    this.#host = host;
  }

  async perform<Type extends BlobAnswer["type"]>(
    request: BlobRequest,
    ...types: readonly Type[]
  ): Promise<Extract<BlobAnswer, { type: Type }>> {
    const answer = this.#host === null ? null : await this.#host.blobstore(request);
    if (answer === null) throw fault("No link leads to a blobstore.");
    if (isOf(answer, types)) return answer;
    throw fault("reason" in answer ? answer.reason : `got ${answer.type}`);
  }

  async isThere(request: BlobRequest): Promise<boolean> {
    return (await this.perform(request, "info", "absent")).type === "info";
  }

  /** Room for what is held; false where there is none. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

class OutgoingValue {
  readonly #store: Store;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #isTaken = false;
  #destination: BlobId | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  outgoingValueWriteBody(): unknown {
    // An error without a payload, by jco's convention.
    // oxlint-disable-next-line typescript/only-throw-error
    if (this.#isTaken) throw undefined;
    this.#isTaken = true;
    return outputStreamCreate({
      checkWrite: () => PIECE_BYTES,
      write: (bytes: Uint8Array) => this.#write(bytes),
      blockingFlush: () => undefined,
    });
  }

  /** What has no destination by now is of no use to anybody. */
  static async finish(this: void, value: OutgoingValue): Promise<void> {
    const bytes = value.#whole();
    const to = value.#destination;
    value[Symbol.dispose]();
    if (to !== null) await value.#store.perform({ type: "put", ...to, bytes }, "done");
  }

  goTo(destination: BlobId): void {
    this.#destination = destination;
  }

  [Symbol.dispose](): void {
    this.#store.give(this.#length);
    this.#length = 0;
    this.#pieces = [];
  }

  #whole(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  #write(bytes: Uint8Array): void {
    if (this.#length + bytes.length > BLOB_BYTES_MAX || !this.#store.take(bytes.length)) {
      const message = `An object has at most ${BLOB_BYTES_MAX} bytes, and all that are held at once ${HELD_BYTES_MAX}.`;
      // oxlint-disable-next-line typescript/only-throw-error
      throw { tag: "last-operation-failed", val: ioErrorCreate(message) };
    }
    // The guest's memory is written anew once this returns.
    this.#pieces.push(bytes.slice());
    this.#length += bytes.length;
  }
}

class IncomingValue {
  readonly #store: Store;
  #bytes: Uint8Array;

  constructor(store: Store, bytes: Uint8Array) {
    this.#store = store;
    this.#bytes = bytes;
  }

  static incomingValueConsumeSync(this: void, value: IncomingValue): Uint8Array {
    const bytes = value.#bytes;
    value[Symbol.dispose]();
    return bytes;
  }

  static incomingValueConsumeAsync(this: void, value: IncomingValue): unknown {
    const bytes = value.#bytes;
    value.#bytes = new Uint8Array();
    let at = 0;
    return inputStreamCreate({
      blockingRead(length: bigint): Uint8Array {
        // oxlint-disable-next-line typescript/only-throw-error
        if (at >= bytes.length) throw { tag: "closed" };
        const piece = bytes.slice(at, at + Number(length < PIECE_BYTES ? length : PIECE_BYTES));
        at += piece.length;
        return piece;
      },
      drop: () => value.#store.give(bytes.length),
    });
  }

  size(): bigint {
    return BigInt(this.#bytes.length);
  }

  [Symbol.dispose](): void {
    this.#store.give(this.#bytes.length);
    this.#bytes = new Uint8Array();
  }
}

class StreamObjectNames {
  readonly #store: Store;
  readonly #container: string;
  #after: string | null = null;

  constructor(store: Store, container: string) {
    this.#store = store;
    this.#container = container;
  }

  async readStreamObjectNames(length: bigint): Promise<[string[], boolean]> {
    const container = this.#container;
    const limit = numberOf(length, NAMES_MAX);
    if (limit === 0) return [[], false];
    const request = { type: "list", container, after: this.#after, limit } as const;
    const { names, isLast } = await this.#store.perform(request, "names");
    this.#after = names.at(-1) ?? this.#after;
    return [[...names], isLast];
  }

  async skipStreamObjectNames(count: bigint): Promise<[bigint, boolean]> {
    const [names, isLast] = await this.readStreamObjectNames(count);
    return [BigInt(names.length), isLast];
  }
}

class Container {
  readonly #store: Store;
  readonly #name: string;

  constructor(store: Store, name: string) {
    this.#store = store;
    this.#name = name;
  }

  name(): string {
    return this.#name;
  }

  async info() {
    const name = this.#name;
    const request = { type: "containerInfo", container: name } as const;
    const { createdAtMs } = await this.#store.perform(request, "info");
    return { name, createdAt: secondsOf(createdAtMs) };
  }

  async getData(object: string, start: bigint, end: bigint): Promise<IncomingValue> {
    const range = { start: numberOf(start), end: numberOf(end) };
    const request = { type: "get", ...this.#id(object), ...range } as const;
    const { bytes } = await this.#store.perform(request, "bytes");
    if (this.#store.take(bytes.length)) return new IncomingValue(this.#store, bytes);
    throw fault(`All values that are held at once have at most ${HELD_BYTES_MAX} bytes.`);
  }

  writeData(object: string, value: OutgoingValue): void {
    value.goTo(this.#id(object));
  }

  listObjects(): StreamObjectNames {
    return new StreamObjectNames(this.#store, this.#name);
  }

  deleteObject(object: string): Promise<void> {
    return this.deleteObjects([object]);
  }

  async deleteObjects(objects: readonly string[]): Promise<void> {
    await this.#store.perform({ type: "delete", container: this.#name, objects }, "done");
  }

  hasObject(object: string): Promise<boolean> {
    return this.#store.isThere({ type: "info", ...this.#id(object) });
  }

  async objectInfo(name: string) {
    const request = { type: "info", ...this.#id(name) } as const;
    const { createdAtMs, size } = await this.#store.perform(request, "info");
    const createdAt = secondsOf(createdAtMs);
    return { name, container: this.#name, createdAt, size: BigInt(size) };
  }

  async clear(): Promise<void> {
    await this.#store.perform({ type: "clear", container: this.#name }, "done");
  }

  #id(object: string): BlobId {
    return { container: this.#name, object };
  }
}

function isOf<Type extends BlobAnswer["type"]>(
  answer: BlobAnswer,
  types: readonly Type[],
): answer is Extract<BlobAnswer, { type: Type }> {
  return types.some((type) => type === answer.type);
}

function numberOf(value: bigint, most = Number.MAX_SAFE_INTEGER): number {
  return value > BigInt(most) ? most : Number(value);
}

function secondsOf(ms: number): bigint {
  return BigInt(Math.floor(ms / 1000));
}

/** jco makes the error of a `result` of what has a payload. */
function fault(payload: string): Error {
  return Object.assign(new Error(payload), { payload });
}
