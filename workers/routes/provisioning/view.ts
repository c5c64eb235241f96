// Domain → the 003 document's wire shapes, its error body among them.
import type { Context as HonoContext } from "hono";
import type { Context } from "#http/context.ts";
import { faultOf, logBug, statusOf } from "#http/error.ts";

/** `error` is one text in this document: the message, and all that was wrong. */
export function errorResponse(thrown: unknown, c: HonoContext<Context>): Response {
  const fault = faultOf(thrown);
  if (fault === null) {
    logBug(c.get("requestId"), thrown);
    const error = "Something went wrong on our side; the X-Request-Id finds it in the log.";
    return c.json({ success: false, error }, 500);
  }
  if (fault.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(fault.retryAfterSeconds));
  if (fault.code === "UNAUTHORIZED") c.header("WWW-Authenticate", 'Bearer realm="edgeloom"');
  const details = fault.details.filter((detail) => detail !== fault.message);
  const error = [fault.message, ...details].join(" ");
  return c.json({ success: false, error }, statusOf(fault));
}
