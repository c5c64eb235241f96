// Prepared artifacts in R2, one object each: the parts one after the other, then a manifest that tells them apart,
// then the SHA-256 of all that. The manifest comes last, so that an object can be written while it is made.
// An object that isn't wholly as it was written is never handed out.
import type { Entry, Prepared, PreparedPart } from "#domain/prepared.ts";
import { preparedPrefix } from "#domain/prepared.ts";
import { DIGEST_BYTES, MAGIC, TRAILER_BYTES, readPreparedForm } from "#domain/prepared-form.ts";
import type { Manifest } from "#domain/prepared-form.ts";

type Bucket = Pick<Env, "ARTIFACTS">;

/** Bytes that go over others, because they are known only when those are written. */
type Patch = { readonly offset: number; readonly bytes: Uint8Array };

/** R2's least, but for the last one. https://developers.cloudflare.com/r2/objects/multipart-objects/ */
const R2_PART_BYTES = 5 * 1024 * 1024;
const FIRST_CAPACITY_BYTES = 64 * 1024;
/** What is made between two turns of the event loop: some milliseconds of the meter's work. */
const TURN_BYTES = 256 * 1024;

/**
 * Writes one prepared artifact while it is made, and holds no more of it than one part of R2's. Nothing of it can be
 * read before `commit`; after `discard` nothing is left. Should neither come, R2 lets go of what was begun by itself.
 */
export class PreparedUpload {
  readonly #bucket: R2Bucket;
  readonly #key: string;
  readonly #parts: Manifest["parts"][number][] = [];
  readonly #uploaded: R2UploadedPart[] = [];
  readonly #digest = new crypto.DigestStream("SHA-256");
  readonly #hash = this.#digest.getWriter();
  #multipart: R2MultipartUpload | null = null;
  #buffer = new Uint8Array(FIRST_CAPACITY_BYTES);
  #filled = 0;
  #sinceTurn = 0;

  constructor(env: Bucket, key: string) {
    this.#bucket = env.ARTIFACTS;
    this.#key = key;
  }

  /** The next part, in pieces; what the generator returns goes over what was written. */
  async part(
    { name, kind }: Pick<PreparedPart, "name" | "kind">,
    pieces: Generator<Uint8Array, Patch | null, void>,
  ): Promise<void> {
    let length = 0;
    for (;;) {
      const { value, done } = pieces.next();
      if (done === true) {
        const patch =
          value === null
            ? null
            : { offset: value.offset, hex: new Uint8Array(value.bytes).toHex() };
        this.#parts.push({ name, kind, length, patch });
        return;
      }
      length += value.length;
      await this.#write(value);
      await this.#turn(value.length);
    }
  }

  /** No part follows. */
  async seal(entry: Entry): Promise<void> {
    const manifest: Manifest = { key: this.#key, entry, parts: this.#parts };
    const text = new TextEncoder().encode(JSON.stringify(manifest));
    await this.#write(text);
    await this.#hash.close();
    const trailer = new Uint8Array(TRAILER_BYTES);
    trailer.set(new Uint8Array(await this.#digest.digest));
    new DataView(trailer.buffer).setUint32(DIGEST_BYTES, text.length, true);
    trailer.set(MAGIC, DIGEST_BYTES + 4);
    await this.#append(trailer);
    if (this.#multipart === null) return;
    if (this.#filled > 0) await this.#send();
    this.#buffer = new Uint8Array();
  }

  async commit(): Promise<void> {
    if (this.#multipart === null) {
      await this.#bucket.put(this.#key, this.#buffer.subarray(0, this.#filled));
      return;
    }
    await this.#multipart.complete(this.#uploaded);
  }

  async discard(): Promise<void> {
    await this.#multipart?.abort();
  }

  /** Whoever else is in this process waits while a large module is made. */
  async #turn(made: number): Promise<void> {
    this.#sinceTurn += made;
    if (this.#sinceTurn < TURN_BYTES) return;
    this.#sinceTurn = 0;
    await scheduler.wait(0);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#hash.write(bytes);
    await this.#append(bytes);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      this.#reserve(bytes.length - at);
      const fitting = bytes.subarray(at, at + this.#buffer.length - this.#filled);
      this.#buffer.set(fitting, this.#filled);
      this.#filled += fitting.length;
      at += fitting.length;
      if (this.#filled === R2_PART_BYTES) await this.#send();
    }
  }

  #reserve(more: number): void {
    const needed = Math.min(R2_PART_BYTES, this.#filled + more);
    if (needed <= this.#buffer.length) return;
    const capacity = Math.min(R2_PART_BYTES, Math.max(needed, 2 * this.#buffer.length));
    // Lets go of the smaller buffer at once, where a copy would leave it to the collector.
    this.#buffer = new Uint8Array(this.#buffer.buffer.transfer(capacity));
  }

  async #send(): Promise<void> {
    this.#multipart ??= await this.#bucket.createMultipartUpload(this.#key);
    const part = this.#buffer.subarray(0, this.#filled);
    this.#uploaded.push(await this.#multipart.uploadPart(this.#uploaded.length + 1, part));
    this.#filled = 0;
  }
}

export type ReadPrepared =
  | { readonly type: "sound"; readonly prepared: Prepared }
  | { readonly type: "absent" }
  | { readonly type: "corrupt" };

/** Checked against its own digest and its key at every load. */
export async function readPrepared(env: Bucket, key: string): Promise<ReadPrepared> {
  const object = await env.ARTIFACTS.get(key);
  if (object === null) return { type: "absent" };
  const prepared = await readPreparedForm(new Uint8Array(await object.arrayBuffer()), key);
  return prepared === null ? { type: "corrupt" } : { type: "sound", prepared };
}

/** As it is kept, unread; null where nothing is. */
export async function openPrepared(env: Bucket, key: string): Promise<ReadableStream | null> {
  return (await env.ARTIFACTS.get(key))?.body ?? null;
}

/** All prepared forms of an artifact, of whatever version. */
export async function deletePrepared(env: Bucket, digest: string): Promise<void> {
  const { objects } = await env.ARTIFACTS.list({ prefix: preparedPrefix(digest) });
  if (objects.length > 0) await env.ARTIFACTS.delete(objects.map(({ key }) => key));
}
