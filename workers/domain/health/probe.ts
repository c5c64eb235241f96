// The health of one instance, as probes find it: `step(state, event, now)` gives the next state and what is to be done.
//
//                 successes                    failures
//   starting ──────────────────► healthy ◄──────────────────► unhealthy ── still unhealthy ──► restart, later and later
//      │   failures, once the grace is over                        ▲                               │
//      └───────────────────────────────────────────────────────────┘◄───── grace begins anew ──────┘
//
// What is unhealthy leaves the balancer at once. It is restarted first, so often, and then given up: what replaces it
// stands elsewhere. Time is an argument; a probe that was asked for and never answered counts as failed.

export type ProbePolicy = {
  readonly path: string;
  readonly port: number;
  readonly protocol: "HTTP" | "TCP";
  readonly periodMs: number;
  readonly timeoutMs: number;
  /** From the start of the instance; failures within it count for nothing, a success counts. */
  readonly graceMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly expectedStatusCodes: readonly number[];
};

export const DEFAULT_PROBE: ProbePolicy = {
  path: "/health",
  port: 80,
  protocol: "HTTP",
  periodMs: 30_000,
  timeoutMs: 5_000,
  graceMs: 30_000,
  failureThreshold: 3,
  successThreshold: 1,
  expectedStatusCodes: [200],
};

/** Failures in a row that a policy may ask for. */
export const FAILURES_MAX = 100;

type Health = "starting" | "healthy" | "unhealthy";

export type ProbeState = {
  readonly health: Health;
  /** When the instance last started. */
  readonly startedAt: number;
  readonly failures: number;
  readonly successes: number;
  readonly restarts: number;
  readonly lastCheckAt: number | null;
  readonly responseMs: number | null;
  readonly lastError: string | null;
  readonly nextAt: number;
  /** The probe that is on its way was sent then. */
  readonly sentAt: number | null;
};

export type Probed =
  | { readonly type: "answered"; readonly status: number; readonly responseMs: number }
  | { readonly type: "failed"; readonly error: string; readonly responseMs: number | null };

export type ProbeEvent =
  | { readonly type: "tick" }
  /** Probe now, whatever the period. */
  | { readonly type: "demanded" }
  | { readonly type: "probed"; readonly outcome: Probed };

export type ProbeCommand =
  | { readonly type: "probe" }
  | { readonly type: "becameHealthy" }
  | { readonly type: "becameUnhealthy"; readonly reason: string }
  /** A fresh start in the same place. */
  | { readonly type: "restart"; readonly attempt: number; readonly reason: string }
  /** Restarting did not help: it is to be replaced. */
  | { readonly type: "recreate"; readonly reason: string };

/** Restarts of one instance before it is given up, the pause before the first, and the longest. */
export const RESTARTS_MAX = 3;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
/** Running for so long, an instance is taken to be sound: its next restart is the first in a row. */
const STABLE_MS = 600_000;
/** A probe that was not answered this long past its timeout is lost with whoever sent it. */
const LOST_MS = 5_000;
/** A starting instance is looked at more often than the period says: it should serve as soon as it can. */
const STARTING_PERIOD_MS = 1_000;

export function newProbe(now: number): ProbeState {
  return {
    health: "starting",
    startedAt: now,
    failures: 0,
    successes: 0,
    restarts: 0,
    lastCheckAt: null,
    responseMs: null,
    lastError: null,
    nextAt: now,
    sentAt: null,
  };
}

export function stepProbe(
  given: { readonly policy: ProbePolicy; readonly state: ProbeState },
  event: ProbeEvent,
  now: number,
): [ProbeState, ProbeCommand[]] {
  const { policy, state } = given;
  switch (event.type) {
    case "tick":
      if (state.sentAt !== null && now - state.sentAt >= policy.timeoutMs + LOST_MS) {
        return judge(
          given,
          { type: "failed", error: "The probe was lost.", responseMs: null },
          now,
        );
      }
      return now < state.nextAt ? [state, []] : send(state, now);
    case "demanded":
      return send(state, now);
    case "probed":
      return judge(given, event.outcome, now);
  }
}

/** When a tick would do something. */
export function probeAt({ nextAt, sentAt }: ProbeState, { timeoutMs }: ProbePolicy): number {
  return sentAt === null ? nextAt : sentAt + timeoutMs + LOST_MS;
}

function send(state: ProbeState, now: number): [ProbeState, ProbeCommand[]] {
  return state.sentAt === null ? [{ ...state, sentAt: now }, [{ type: "probe" }]] : [state, []];
}

function judge(
  { policy, state }: { policy: ProbePolicy; state: ProbeState },
  outcome: Probed,
  now: number,
): [ProbeState, ProbeCommand[]] {
  const error = errorOf(policy, outcome);
  const seen: ProbeState = {
    ...state,
    sentAt: null,
    lastCheckAt: now,
    responseMs: outcome.responseMs,
    lastError: error ?? state.lastError,
    failures: error === null ? 0 : state.failures + 1,
    successes: error === null ? state.successes + 1 : 0,
    nextAt: now + periodOf(policy, state),
  };
  return error === null ? succeed(policy, seen, now) : fail(policy, seen, { error, now });
}

function succeed(policy: ProbePolicy, seen: ProbeState, now: number): [ProbeState, ProbeCommand[]] {
  const isStable = now - seen.startedAt >= STABLE_MS;
  if (seen.health === "healthy") return [isStable ? { ...seen, restarts: 0 } : seen, []];
  if (seen.successes < policy.successThreshold) return [seen, []];
  const healthy: ProbeState = { ...seen, health: "healthy", nextAt: now + policy.periodMs };
  return [healthy, [{ type: "becameHealthy" }]];
}

function fail(
  policy: ProbePolicy,
  seen: ProbeState,
  { error, now }: { error: string; now: number },
): [ProbeState, ProbeCommand[]] {
  const isGraced = seen.health !== "healthy" && now - seen.startedAt < policy.graceMs;
  // What is counted within the grace is told, and decides nothing.
  if (isGraced || seen.failures < policy.failureThreshold) return [seen, []];
  const reason = `${seen.failures} health checks failed in a row: ${error}`;
  const fell: ProbeCommand[] =
    seen.health === "unhealthy" ? [] : [{ type: "becameUnhealthy", reason }];
  if (seen.restarts >= RESTARTS_MAX) {
    return [{ ...seen, health: "unhealthy" }, [...fell, { type: "recreate", reason }]];
  }
  const restarts = seen.restarts + 1;
  const restarted: ProbeState = {
    ...seen,
    health: "unhealthy",
    restarts,
    failures: 0,
    startedAt: now,
    nextAt: now + Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (restarts - 1)),
  };
  return [restarted, [...fell, { type: "restart", attempt: restarts, reason }]];
}

function periodOf({ periodMs }: ProbePolicy, { health }: ProbeState): number {
  return health === "healthy" ? periodMs : Math.min(periodMs, STARTING_PERIOD_MS);
}

/** Null when the probe went well. */
export function errorOf(
  { expectedStatusCodes: expected }: Pick<ProbePolicy, "expectedStatusCodes">,
  outcome: Probed,
): string | null {
  if (outcome.type === "failed") return outcome.error;
  const { status } = outcome;
  return expected.includes(status) ? null : `HTTP ${status}, where ${expected.join(", ")} is well`;
}
