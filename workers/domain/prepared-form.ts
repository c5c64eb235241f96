// The form in which a prepared artifact is kept and sent: the parts one after the other, then a manifest that tells
// them apart, then the SHA-256 of all that. What isn't wholly as it was written is never handed out.
import type { Entry, Prepared, PreparedPart } from "./prepared.ts";

export type Manifest = {
  readonly key: string;
  readonly entry: Entry;
  readonly parts: readonly {
    readonly name: string;
    readonly kind: PreparedPart["kind"];
    readonly length: number;
    readonly patch: { readonly offset: number; readonly hex: string } | null;
  }[];
};

export const MAGIC = new TextEncoder().encode("EDGEPREP");
export const DIGEST_BYTES = 32;
/** After the manifest: its digest, its length, the magic. */
export const TRAILER_BYTES = DIGEST_BYTES + 4 + MAGIC.length;

/** Null for what is not that artifact, whole. */
export async function readPreparedForm(
  bytes: Uint8Array<ArrayBuffer>,
  key: string,
): Promise<Prepared | null> {
  const signedLength = bytes.length - TRAILER_BYTES;
  if (signedLength < 0) return null;
  const trailer = bytes.subarray(signedLength);
  if (!isSame(trailer.subarray(DIGEST_BYTES + 4), MAGIC)) return null;
  const signed = bytes.subarray(0, signedLength);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", signed));
  if (!isSame(trailer.subarray(0, DIGEST_BYTES), digest)) return null;
  const length = new DataView(trailer.buffer, trailer.byteOffset).getUint32(DIGEST_BYTES, true);
  const text = new TextDecoder().decode(signed.subarray(signedLength - length));
  // Its digest says that these are the bytes that `seal` wrote.
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.key !== key) return null;
  let at = 0;
  const parts = manifest.parts.map(({ name, kind, length, patch }) => {
    const part = bytes.subarray(at, at + length);
    at += length;
    if (patch !== null) part.set(Uint8Array.fromHex(patch.hex), patch.offset);
    return { name, kind, bytes: part };
  });
  return { entry: manifest.entry, parts };
}

/** Byte by byte: `toHex` of Node 24 tells the bytes at the start of the buffer, whatever the view's offset. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
