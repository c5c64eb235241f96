// Bodies are bounded while they are read: what is too long is refused before it was taken in.
import type { Context as HonoContext } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { Fault } from "#domain/fault.ts";
import type { Context } from "./context.ts";

const JSON_BYTES_MAX = 1024 * 1024;

/** For JSON that is parsed as a whole. */
export function bounded() {
  const onError = (): never => {
    throw new Fault(
      "PAYLOAD_TOO_LARGE",
      `The body is larger than the ${JSON_BYTES_MAX} bytes that are allowed.`,
    );
  };
  const read = bodyLimit({ maxSize: JSON_BYTES_MAX, onError });
  return createMiddleware<Context>(async function bound(c, next) {
    const told = c.req.header("Content-Length");
    // To ask for the body would make a stream of it, which what is told makes needless.
    if (told === undefined || c.req.header("Transfer-Encoding") !== undefined) return read(c, next);
    return Number(told) > JSON_BYTES_MAX ? onError() : next();
  });
}

/** The body that is read, where it is told to be short enough; null for any other, whoever refuses it. */
export async function foreseenBody(c: HonoContext<Context>): Promise<unknown> {
  const told = Number(c.req.header("Content-Length"));
  return told <= JSON_BYTES_MAX ? c.req.json().catch(() => null) : null;
}

/** A body that is one text, whatever its Content-Type says. */
export async function textOf(c: HonoContext<Context>): Promise<string> {
  try {
    const bytes = await c.req.arrayBuffer();
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError)
      throw new Fault("VALIDATION_ERROR", "The document is no UTF-8 text.", { cause });
    throw cause;
  }
}
