// Bodies are bounded while they are read: what is too long is refused before it was taken in.
import { bodyLimit } from "hono/body-limit";
import { Fault } from "#domain/fault.ts";

const JSON_BYTES_MAX = 1024 * 1024;

/** For JSON that is parsed as a whole. */
export function bounded() {
  const onError = (): never => {
    throw new Fault(
      "PAYLOAD_TOO_LARGE",
      `The body is larger than the ${JSON_BYTES_MAX} bytes that are allowed.`,
    );
  };
  return bodyLimit({ maxSize: JSON_BYTES_MAX, onError });
}
