// Domain → the 004 document's wire shapes, its error body among them.
import type { Context as HonoContext } from "hono";
import type { Fault } from "#domain/fault.ts";
import type { Context } from "#http/context.ts";
import { faultOf, logBug, statusOf } from "#http/error.ts";

export function errorResponse(thrown: unknown, c: HonoContext<Context>): Response {
  const fault = faultOf(thrown);
  if (fault === null) {
    logBug(c.get("requestId"), thrown);
    const message = "Something went wrong on our side; the X-Request-Id finds it in the log.";
    return c.json({ result: "error", message }, 500);
  }
  if (fault.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(fault.retryAfterSeconds));
  if (fault.code === "UNAUTHORIZED") c.header("WWW-Authenticate", 'Bearer realm="edgeloom"');
  return c.json(errorView(fault), statusOf(fault));
}

/** The document has one sentence for all that went wrong. */
function errorView({ message, details }: Fault) {
  return { result: "error" as const, message: [message, ...details].join(" ") };
}
