// The one table from a fault to its HTTP status, and what becomes of everything else that is thrown.
// The body is drawn by each dialect in its own form.
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Fault } from "#domain/fault.ts";
import type { FaultCode } from "#domain/fault.ts";

const STATUS: Readonly<Record<FaultCode, ContentfulStatusCode>> = {
  VALIDATION_ERROR: 400,
  INVALID_PARAMETERS: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  MODULE_NOT_FOUND: 404,
  MODULE_NOT_DEPLOYED: 404,
  FUNCTION_NOT_FOUND: 404,
  NOT_ACCEPTABLE: 406,
  CONFLICT: 409,
  MODULE_DISABLED: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_MISMATCH: 422,
  UPGRADE_REQUIRED: 426,
  HEADERS_TOO_LARGE: 431,
  ACCOUNT_LOCKED: 429,
  RATE_LIMIT_EXCEEDED: 429,
  CLIENT_GONE: 503,
  APP_NOT_FOUND: 404,
  APP_ALREADY_EXISTS: 409,
  INVALID_SPEC: 400,
  SCALING_IN_PROGRESS: 409,
  INSUFFICIENT_RESOURCES: 503,
  RUNTIME_ERROR: 500,
  ARTIFACT_CORRUPT: 500,
  GUEST_FAILED: 502,
  UNAVAILABLE: 503,
  MODULE_WITHDRAWN: 503,
  CONCURRENCY_LIMIT: 503,
  NO_HEALTHY_NODE: 503,
  NO_LEADER: 503,
  CLUSTER_NOT_READY: 503,
  NOT_LEADER: 307,
  EXECUTION_TIMEOUT: 504,
};

export function statusOf(fault: Fault): ContentfulStatusCode {
  return STATUS[fault.code];
}

/**
 * What D1 says of itself when the same query may do a moment later.
 * https://developers.cloudflare.com/d1/observability/debug-d1/#error-list
 */
const TRANSIENT =
  /Network connection lost|caused object to be reset|DB is overloaded|transient issue|limit and was reset/;
const RETRY_AFTER_SECONDS = 1;
/** A table or a column that isn't there: this version is deployed, its migrations are on their way. */
const UNMIGRATED = /^D1_ERROR: (?:no such (?:table|column): |table \w+ has no column named )/;
const MIGRATING_SECONDS = 5;
const CAUSES_MAX = 8;

/** The fault behind whatever was thrown; null when it is a bug, of which the caller is told nothing. */
export function faultOf(thrown: unknown): Fault | null {
  if (thrown instanceof Fault) return thrown;
  const causes = causesOf(thrown);
  if (causes.some(isTransient)) {
    const message =
      "The database, or an object that holds what was asked for, can't be reached; try again.";
    return new Fault("UNAVAILABLE", message, {
      cause: thrown,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
  if (causes.some(({ message }) => UNMIGRATED.test(message))) {
    const message = "The database is not migrated to this version yet. Try again in some seconds.";
    return new Fault("UNAVAILABLE", message, {
      cause: thrown,
      retryAfterSeconds: MIGRATING_SECONDS,
    });
  }
  if (!(thrown instanceof HTTPException)) return null;
  const { status, message } = thrown;
  if (status === 413) return new Fault("PAYLOAD_TOO_LARGE", message);
  if (status === 415) {
    return new Fault("UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json.");
  }
  return status < 500 ? new Fault("VALIDATION_ERROR", message) : null;
}

/** Durable Objects mark such errors; D1 only says so, and drizzle wraps what it says. */
function isTransient(error: Error): boolean {
  const marked = error as { readonly retryable?: boolean; readonly overloaded?: boolean };
  return marked.retryable === true || marked.overloaded === true || TRANSIENT.test(error.message);
}

/** Logs a bug with the id that its caller was given. */
export function logBug(requestId: string, thrown: unknown): void {
  const [first, ...causes] = causesOf(thrown);
  const message = first === undefined ? String(thrown) : told(first);
  const because = causes.map(told);
  const at = first?.stack?.match(/(?<=^ +at ).+/gm) ?? [];
  console.error(JSON.stringify({ level: "error", requestId, message, because, at }));
}

/** A query's parameters stay out of the log: there may be a password's hash among them. */
function told({ name, message }: Error): string {
  return `${name}: ${message.replace(/\nparams: [^]*$/, "")}`;
}

function causesOf(thrown: unknown): Error[] {
  const causes: Error[] = [];
  for (let at = thrown; at instanceof Error && causes.length < CAUSES_MAX; at = at.cause) {
    causes.push(at);
  }
  return causes;
}
