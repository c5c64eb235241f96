// The whole of a request's body, for guests that take it in one piece.
import { WHOLE_BODY_BYTES_MAX } from "#domain/http.ts";
import type { HttpBody } from "#domain/http.ts";

export class TooLarge extends Error {
  constructor() {
    super(
      `The request's body is larger than the ${WHOLE_BODY_BYTES_MAX} bytes that this kind of guest takes.`,
    );
    this.name = "TooLarge";
  }
}

export async function wholeBody(body: HttpBody): Promise<Uint8Array | null> {
  if (body === null || body instanceof Uint8Array) return body;
  const pieces: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the stream.
  for await (const piece of body) {
    length += piece.length;
    if (length > WHOLE_BODY_BYTES_MAX) throw new TooLarge();
    pieces.push(piece);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
