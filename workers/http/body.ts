// Bodies are bounded while they are read: what is too long is refused before it was taken in.
import { bodyLimit } from "hono/body-limit";
import type { Context as HonoContext } from "hono";
import { createMiddleware } from "hono/factory";
import { Fault } from "#domain/fault.ts";
import type { Context } from "./context.ts";

const JSON_BYTES_MAX = 1024 * 1024;

export function bounded(bytesMaxOf: (c: HonoContext<Context>) => number = () => JSON_BYTES_MAX) {
  return createMiddleware<Context>(async function bound(c, next) {
    const maxSize = bytesMaxOf(c);
    const onError = (): never => {
      throw new Fault(
        "PAYLOAD_TOO_LARGE",
        `The body is larger than the ${maxSize} bytes that are allowed.`,
      );
    };
    return bodyLimit({ maxSize, onError })(c, next);
  });
}
