// Domain → the 003 document's wire shapes, its error body among them.
import type { Context as HonoContext } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Fault } from "#domain/fault.ts";
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
  // What is no JSON at all is 400; JSON that says nothing we understand is 422.
  const isMisfit = fault.code === "VALIDATION_ERROR" && !(thrown instanceof HTTPException);
  return c.json({ success: false, error: textOf(fault) }, isMisfit ? 422 : statusOf(fault));
}

function textOf({ message, details }: Fault): string {
  return [message, ...details.filter((detail) => detail !== message)].join(" ");
}

export function iso(at: number): string;
export function iso(at: number | null): string | null;
export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** What every answer that went well stands in. */
export function done<Data>(data: Data) {
  return { success: true as const, data };
}
