// Domain → the 002 document's wire shapes, its error body among them.
import type { Context as HonoContext } from "hono";
import type { Fault } from "#domain/fault.ts";
import type { Context } from "#http/context.ts";
import { faultOf, logBug, statusOf } from "#http/error.ts";

export function errorResponse(thrown: unknown, c: HonoContext<Context>): Response {
  const fault = faultOf(thrown);
  const timestamp = iso(Date.now());
  if (fault === null) {
    logBug(c.get("requestId"), thrown);
    const details = "Something went wrong on our side; the X-Request-Id finds it in the log.";
    return c.json({ error: "Internal error", details, code: "INTERNAL_ERROR", timestamp }, 500);
  }
  if (fault.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(fault.retryAfterSeconds));
  if (fault.code === "UNAUTHORIZED") c.header("WWW-Authenticate", 'Bearer realm="edgeloom"');
  return c.json({ ...errorBody(fault), timestamp }, statusOf(fault));
}

/** `details` is one text in this document: all that was wrong, or the message again. */
function errorBody({ code, message, details }: Fault) {
  return { error: message, details: details.length === 0 ? message : details.join("\n"), code };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
