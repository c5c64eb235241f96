// What a guest may keep by wasi:blobstore, and that no name of one container leads into another.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOB_BYTES_MAX, NAMES_MAX, blobFault, containerKey } from "#domain/blobstore.ts";
import type { BlobRequest } from "#domain/blobstore.ts";

const SCOPE = "default/a/b/default";
const at = { container: "letters", object: "a" };

describe("a request", () => {
  it.each<[string, BlobRequest, string]>([
    ["no container", { type: "create", container: "" }, "A container's name has 1"],
    ["no object", { type: "info", ...at, object: "" }, "An object's name has 1"],
    ["a long name", { type: "info", ...at, object: "é".repeat(600) }, "not 1228."],
    ["a long container", { type: "create", container: "ü".repeat(200) }, "not 1221."],
    ["too many names", { type: "delete", ...at, objects: Array(NAMES_MAX + 1).fill("a") }, "most"],
    [
      "too large an object",
      { type: "put", ...at, bytes: new Uint8Array(BLOB_BYTES_MAX + 1) },
      "has",
    ],
  ])("with %s is refused with the reason", (_, request, told) => {
    expect(blobFault(SCOPE, request)).toContain(told);
  });

  it("within the bounds is let through", () => {
    const bytes = new Uint8Array(BLOB_BYTES_MAX);
    expect(blobFault(SCOPE, { type: "put", ...at, bytes })).toBeNull();
    expect(blobFault(SCOPE, { type: "copy", ...at, to: at })).toBeNull();
  });
});

it("the keys of two containers never begin alike", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(name, name, name, (one, other, object) => {
      fc.pre(one !== other);
      const key = `${containerKey(SCOPE, one)}${object}`;
      expect(key.startsWith(containerKey(SCOPE, other))).toBe(false);
    }),
  );
});
