// Faults in the 002 document's form: what went wrong, the particulars, its code, and when.
import type { Context as HonoContext } from "hono";
import type { Fault, FaultCode } from "#domain/fault.ts";
import type { Context } from "#http/context.ts";
import { faultOf, logBug, statusOf } from "#http/error.ts";

/**
 * The document's codes where it has one; ours where it is silent. There is no Docker here: its code stands for what
 * runs instances in its place.
 */
const CODES: Partial<Readonly<Record<FaultCode, string>>> = {
  INVALID_PARAMETERS: "VALIDATION_ERROR",
  RUNTIME_ERROR: "DOCKER_ERROR",
  ARTIFACT_CORRUPT: "DOCKER_ERROR",
  NO_HEALTHY_NODE: "INSUFFICIENT_RESOURCES",
  CONCURRENCY_LIMIT: "INSUFFICIENT_RESOURCES",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
};

const TITLES: Readonly<Record<string, string>> = {
  APP_NOT_FOUND: "Application not found",
  APP_ALREADY_EXISTS: "Application already registered",
  INVALID_SPEC: "Invalid application specification",
  SCALING_IN_PROGRESS: "Scaling operation in progress",
  INSUFFICIENT_RESOURCES: "Not enough system resources",
  DOCKER_ERROR: "The runtime could not run the application",
  DATABASE_ERROR: "Database connection error",
  VALIDATION_ERROR: "Request validation failed",
  RATE_LIMIT_EXCEEDED: "Rate limit exceeded",
  UNAUTHORIZED: "Authentication is needed",
  FORBIDDEN: "Not allowed",
  NOT_FOUND: "Not found",
  MODULE_NOT_FOUND: "Image not found",
  CONFLICT: "Conflict",
  PAYLOAD_TOO_LARGE: "The body is too large",
  UNSUPPORTED_MEDIA_TYPE: "Unsupported media type",
  SERVICE_UNAVAILABLE: "Service unavailable",
};

export function errorResponse(thrown: unknown, c: HonoContext<Context>): Response {
  const fault = faultOf(thrown);
  const timestamp = new Date().toISOString();
  if (fault === null) {
    logBug(c.get("requestId"), thrown);
    const code = isOfDatabase(thrown) ? "DATABASE_ERROR" : "INTERNAL_ERROR";
    const error = TITLES[code] ?? "Internal server error";
    const details = "Something went wrong on our side; the X-Request-Id finds it in the log.";
    return c.json({ error, details, code, timestamp }, 500);
  }
  if (fault.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(fault.retryAfterSeconds));
  if (fault.code === "UNAUTHORIZED") c.header("WWW-Authenticate", 'Bearer realm="edgeloom"');
  const code = CODES[fault.code] ?? fault.code;
  const details = detailsOf(fault);
  return c.json(
    { error: TITLES[code] ?? fault.message, details, code, timestamp },
    statusOf(fault),
  );
}

/** All that is wrong, where there is a list of it; else the sentence. */
function detailsOf({ message, details }: Fault): string {
  return details.length === 0 ? message : details.join("; ");
}

/** D1 tells its own errors by this word. https://developers.cloudflare.com/d1/observability/debug-d1/ */
function isOfDatabase(thrown: unknown): boolean {
  const told = thrown instanceof Error ? `${thrown.message} ${String(thrown.cause)}` : "";
  return told.includes("D1_");
}
