// The words between a guest's wasi:blobstore and the bucket that keeps what it writes. A container is a name of its link's
// own; an object is whole when it can be seen, and never more than fits a guest's isolate.

export const BLOB_BYTES_MAX = 16 * 1024 * 1024;
/** Of R2, in bytes of UTF-8. */
const KEY_BYTES_MAX = 1_024;
/** Objects that one call lists or deletes. */
export const NAMES_MAX = 1_000;

/** An object, by its container and its name in there. */
export type BlobId = { readonly container: string; readonly object: string };

export type BlobRequest =
  | { readonly type: "create" | "containerInfo"; readonly container: string }
  | { readonly type: "drop" | "clear"; readonly container: string }
  /** Bytes from `start` to `end`, both of them included. */
  | ({ readonly type: "get"; readonly start: number; readonly end: number } & BlobId)
  | ({ readonly type: "put"; readonly bytes: Uint8Array } & BlobId)
  | ({ readonly type: "info" } & BlobId)
  | { readonly type: "delete"; readonly container: string; readonly objects: readonly string[] }
  /** In the order of their names, from the first `after` this one. */
  | {
      readonly type: "list";
      readonly container: string;
      readonly after: string | null;
      readonly limit: number;
    }
  | ({ readonly type: "copy" | "move"; readonly to: BlobId } & BlobId);

export type BlobRequestOf<Type extends BlobRequest["type"]> = Extract<
  BlobRequest,
  { readonly type: Type }
>;

export type BlobAnswer =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  | { readonly type: "names"; readonly names: readonly string[]; readonly isLast: boolean }
  /** `size` of an object in bytes; of a container it is 0. */
  | { readonly type: "info"; readonly createdAtMs: number; readonly size: number }
  /** There is no such object, or no such container. */
  | { readonly type: "absent"; readonly reason: string }
  | { readonly type: "done" }
  | { readonly type: "refused"; readonly reason: string };

/** What all keys of a container begin with. The key that is nothing else says that it is there. */
export function containerKey(scope: string, container: string): string {
  return `${scope}/${encodeURIComponent(container)}/`;
}

/** Why it can't be done for a link of this scope; null when it can. */
export function blobFault(scope: string, request: BlobRequest): string | null {
  const ids = idsOf(request);
  if (ids.length > NAMES_MAX) return `At most ${NAMES_MAX} objects go at once, not ${ids.length}.`;
  for (const { container, object } of ids) {
    if (container === "") return "A container's name has 1 character or more.";
    if (object === "") return "An object's name has 1 character or more.";
    const key = `${containerKey(scope, container)}${object ?? ""}`;
    const length = new TextEncoder().encode(key).length;
    if (length > KEY_BYTES_MAX) {
      return `The names of a link, a container and an object have at most ${KEY_BYTES_MAX} bytes together, not ${length}.`;
    }
  }
  if (request.type !== "put" || request.bytes.length <= BLOB_BYTES_MAX) return null;
  return `An object has at most ${BLOB_BYTES_MAX} bytes, not ${request.bytes.length}.`;
}

function idsOf(request: BlobRequest): readonly { container: string; object: string | null }[] {
  const { container } = request;
  switch (request.type) {
    case "create":
    case "drop":
    case "clear":
    case "containerInfo":
    case "list":
      return [{ container, object: null }];
    case "get":
    case "put":
    case "info":
      return [{ container, object: request.object }];
    case "delete":
      return request.objects.map((object) => ({ container, object }));
    case "copy":
    case "move":
      return [{ container, object: request.object }, request.to];
  }
}
