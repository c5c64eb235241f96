// Bodies are bounded while they are read: what is too long is refused before it was taken in.
import { bodyLimit } from "hono/body-limit";
import { Fault } from "#domain/fault.ts";

export const JSON_BYTES_MAX = 1024 * 1024;

export function bounded(bytesMax: number = JSON_BYTES_MAX) {
  return bodyLimit({
    maxSize: bytesMax,
    onError: () => {
      throw new Fault(
        "PAYLOAD_TOO_LARGE",
        `The body is larger than the ${bytesMax} bytes that are allowed.`,
      );
    },
  });
}
