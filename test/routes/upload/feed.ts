// Gives a body its chunks as the reader of requests does: in one buffer that is overwritten after each.
import type { Body, Parts } from "#routes/wasm/upload/body.ts";

/** The chunks' lengths are used in turn; zero is one byte. */
export function feed(body: Body, bytes: Uint8Array, lengths: readonly number[]): Parts {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths.length === 0 ? bytes.length : (lengths[turn % lengths.length] ?? 1);
    const chunk = bytes.slice(at, at + Math.max(1, length));
    body.write(chunk);
    chunk.fill(0x41);
    at += chunk.length;
  }
  return body.end();
}
