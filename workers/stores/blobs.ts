// What components keep by wasi:blobstore, in R2: an empty object for each container, and one for each of its objects.
// R2 is consistent at once, so what one call has written the next one reads.
import { NAMES_MAX, blobFault, containerKey } from "#domain/blobstore.ts";
import type { BlobAnswer, BlobId, BlobRequest, BlobRequestOf } from "#domain/blobstore.ts";

type Within = BlobRequestOf<"drop" | "clear"> | BlobRequestOf<"put" | "delete" | "list">;

/** How often an object may change while it is read. */
const TRIES = 3;
const DONE = { type: "done" } as const;

export class Blobs {
  readonly #bucket: R2Bucket;
  readonly #scopeOf: (container: string) => string;

  /** `scopeOf`: the link that a container's name leads to, by the name of what it keeps. */
  constructor({ BLOBS }: Pick<Env, "BLOBS">, scopeOf: (container: string) => string) {
    this.#bucket = BLOBS;
    this.#scopeOf = scopeOf;
  }

  async perform(request: BlobRequest): Promise<BlobAnswer> {
    const reason = this.#fault(request);
    if (reason !== null) return { type: "refused", reason };
    switch (request.type) {
      case "create":
        return this.#create(request.container);
      case "get":
        return this.#get(request);
      case "info": {
        const head = await this.#bucket.head(this.#keyOf(request));
        return head === null ? this.#absent(request) : infoOf(head, head.size);
      }
      case "copy":
      case "move":
        return this.#copy(request);
      case "containerInfo": {
        const head = await this.#container(request.container);
        return head === null ? noContainer(request.container) : infoOf(head, 0);
      }
      case "drop":
      case "clear":
      case "put":
      case "delete":
      case "list":
        return (await this.#container(request.container)) === null
          ? noContainer(request.container)
          : this.#within(request);
    }
  }

  async #within(request: Within): Promise<BlobAnswer> {
    const { container } = request;
    switch (request.type) {
      case "drop":
        // The container goes last: what is left of it when this breaks off can still be seen and removed.
        await this.#clear(container);
        await this.#bucket.delete(this.#key(container));
        return DONE;
      case "clear":
        await this.#clear(container);
        return DONE;
      case "put":
        await this.#bucket.put(this.#keyOf(request), request.bytes);
        return DONE;
      case "delete":
        await this.#bucket.delete(
          request.objects.map((object) => this.#keyOf({ container, object })),
        );
        return DONE;
      case "list":
        return this.#list(request);
    }
  }

  #fault(request: BlobRequest): string | null {
    const own = blobFault(this.#scopeOf(request.container), request);
    if (own !== null || (request.type !== "copy" && request.type !== "move")) return own;
    return blobFault(this.#scopeOf(request.to.container), { type: "info", ...request.to });
  }

  #container(container: string): Promise<R2Object | null> {
    return this.#bucket.head(this.#key(container));
  }

  async #create(container: string): Promise<BlobAnswer> {
    const onlyIf = new Headers({ "If-None-Match": "*" });
    const made = await this.#bucket.put(this.#key(container), new Uint8Array(), { onlyIf });
    if (made !== null) return DONE;
    return { type: "refused", reason: `The container ${container} is there already.` };
  }

  async #clear(container: string): Promise<void> {
    for (;;) {
      const { objects, truncated } = await this.#page(container, null, NAMES_MAX);
      if (objects.length > 0) await this.#bucket.delete(objects.map(({ key }) => key));
      if (!truncated) return;
    }
  }

  /** R2 has no range that holds nothing, so the size is asked for first; what is replaced meanwhile is looked at anew. */
  async #get(request: BlobRequestOf<"get">): Promise<BlobAnswer> {
    const { start, end } = request;
    const key = this.#keyOf(request);
    for (let tried = 0; tried < TRIES; tried += 1) {
      const head = await this.#bucket.head(key);
      if (head === null) return this.#absent(request);
      const length = Math.min(end, head.size - 1) - start + 1;
      if (length <= 0) return { type: "bytes", bytes: new Uint8Array() };
      const range = { offset: start, length };
      const object = await this.#bucket.get(key, { range, onlyIf: { etagMatches: head.etag } });
      if (object !== null && "body" in object) {
        return { type: "bytes", bytes: await object.bytes() };
      }
    }
    return { type: "refused", reason: `The object ${request.object} is being written.` };
  }

  async #list({ container, after, limit }: BlobRequestOf<"list">): Promise<BlobAnswer> {
    const most = Math.min(NAMES_MAX, limit);
    const prefix = this.#key(container);
    const { objects, truncated } = await this.#page(container, after, most);
    const names = objects.map(({ key }) => key.slice(prefix.length));
    return { type: "names", names, isLast: !truncated };
  }

  async #copy(request: BlobRequestOf<"copy" | "move">): Promise<BlobAnswer> {
    const { to } = request;
    if ((await this.#container(to.container)) === null) return noContainer(to.container);
    const [source, target] = [this.#keyOf(request), this.#keyOf(to)];
    const object = await this.#bucket.get(source);
    if (object === null) return this.#absent(request);
    const bytes = await object.arrayBuffer();
    if (source === target) return DONE;
    await this.#bucket.put(target, bytes);
    if (request.type === "move") await this.#bucket.delete(source);
    return DONE;
  }

  async #absent({ container, object }: BlobId): Promise<BlobAnswer> {
    if ((await this.#container(container)) === null) return noContainer(container);
    const reason = `There is no object ${object} in the container ${container}.`;
    return { type: "absent", reason };
  }

  #page(container: string, after: string | null, limit: number): Promise<R2Objects> {
    const prefix = this.#key(container);
    // Behind the container's own key.
    return this.#bucket.list({ prefix, startAfter: `${prefix}${after ?? ""}`, limit });
  }

  #key(container: string): string {
    return containerKey(this.#scopeOf(container), container);
  }

  #keyOf({ container, object }: BlobId): string {
    return `${this.#key(container)}${object}`;
  }
}

function infoOf({ uploaded }: R2Object, size: number): BlobAnswer {
  return { type: "info", createdAtMs: uploaded.getTime(), size };
}

function noContainer(container: string): BlobAnswer {
  return { type: "absent", reason: `There is no container ${container}.` };
}
