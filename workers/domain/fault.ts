/** What a caller did or met that is expected: it has a code, a sentence, and the list of all that was wrong. */
export type FaultCode =
  | "VALIDATION_ERROR"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "ACCOUNT_LOCKED"
  | "NOT_FOUND"
  | "CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "HEADERS_TOO_LARGE"
  | "NOT_ACCEPTABLE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "UPGRADE_REQUIRED"
  | "RATE_LIMIT_EXCEEDED"
  | "IDEMPOTENCY_MISMATCH"
  | "MODULE_NOT_FOUND"
  | "MODULE_DISABLED"
  | "MODULE_NOT_DEPLOYED"
  | "MODULE_WITHDRAWN"
  | "CLIENT_GONE"
  | "FUNCTION_NOT_FOUND"
  | "INVALID_PARAMETERS"
  | "EXECUTION_TIMEOUT"
  | "GUEST_FAILED"
  | "CONCURRENCY_LIMIT"
  | "NO_HEALTHY_NODE"
  | "ARTIFACT_CORRUPT"
  | "APP_NOT_FOUND"
  | "APP_ALREADY_EXISTS"
  | "INVALID_SPEC"
  | "SCALING_IN_PROGRESS"
  | "INSUFFICIENT_RESOURCES"
  | "RUNTIME_ERROR"
  | "NO_LEADER"
  | "NOT_LEADER"
  | "CLUSTER_NOT_READY"
  | "UNAVAILABLE";

export type FaultReport = {
  readonly code: FaultCode;
  readonly message: string;
  readonly details: readonly string[];
  readonly retryAfterSeconds?: number;
};

export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: readonly string[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: FaultCode,
    message: string,
    more: { details?: readonly string[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = "Fault";
    this.code = code;
    this.details = more.details ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  /** Errors lose their class on the way out of a Durable Object: what crosses is this, and `faultFrom` on the other side. */
  report(): FaultReport {
    const { code, message, details, retryAfterSeconds } = this;
    return retryAfterSeconds === undefined
      ? { code, message, details }
      : { code, message, details, retryAfterSeconds };
  }
}

export function faultFrom(report: FaultReport): Fault {
  const { code, message, details, retryAfterSeconds } = report;
  return new Fault(
    code,
    message,
    retryAfterSeconds === undefined ? { details } : { details, retryAfterSeconds },
  );
}

/** A fault as it crosses, where nothing is thrown. */
export function fault(
  code: FaultCode,
  message: string,
  details: readonly string[] = [],
): FaultReport {
  return { code, message, details };
}
