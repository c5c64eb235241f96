// One operation of a batch: what it waits for, what it does, and how far it is.
//
//            ready             effects done
//   pending ───────► running ───────────────► completed ──► compensating ──► compensated
//      │                │ ▲                                       │
//      │ a dependency   │ │ retryAt           ┌───────────────────┴► compensationFailed
//      │ failed         ▼ │                   │
//      ▼             waiting ──► failed ──► compensating   (what it had done before it failed)
//   skipped             │
//      ▲                ▼
//      └── cancelled ◄──┴── the batch stopped before it ran
import type { Effect } from "#domain/provisioning/effect.ts";

/** hard: it must complete. soft: it must have ended, however. optional: as soft, and it need not be there at all. */
type DependencyKind = "hard" | "soft" | "optional";
export type Dependency = { readonly id: string; readonly kind: DependencyKind };

/** fail: nothing new starts and what is done stays. continue: the others go on. rollback: what is done is undone. */
type OnFailure = "fail" | "continue" | "rollback";

export type Retry = {
  readonly attempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
};

export type Operation = {
  readonly id: string;
  readonly type: string;
  readonly dependencies: readonly Dependency[];
  readonly effects: readonly Effect[];
  readonly onFailure: OnFailure;
  readonly timeoutMs: number;
  readonly retry: Retry;
};

export const OPERATION_TIMEOUT_MS = 300_000;
export const DEFAULT_RETRY: Retry = { attempts: 3, firstMs: 5_000, maxMs: 300_000 };

/** What an effect found before it changed anything, so that it can be undone; and what it then did. */
export type Trace = {
  readonly before: unknown;
  /** Null while it isn't known whether the effect came about. */
  readonly detail: string | null;
};

export type Progress = {
  readonly phase:
    | "pending"
    | "running"
    | "waiting"
    | "completed"
    | "failed"
    | "skipped"
    | "cancelled"
    | "compensating"
    | "compensated"
    | "compensationFailed";
  /** Attempts that began, of the operation or, while it is undone, of its compensation. */
  readonly attempt: number;
  /** One for each effect that was begun, in their order. */
  readonly traces: readonly Trace[];
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly retryAt: number | null;
  readonly reason: string | null;
};

export const UNTOUCHED: Progress = {
  phase: "pending",
  attempt: 0,
  traces: [],
  startedAt: null,
  endedAt: null,
  retryAt: null,
  reason: null,
};

/** It has ended in its own course; whether it is undone is the batch's matter. */
export function isSettled({ phase }: Progress): boolean {
  return phase !== "pending" && phase !== "running" && phase !== "waiting";
}

/** Something of it may be there: only that can be undone. */
export function isTouched({ phase, traces }: Progress): boolean {
  return (phase === "completed" || phase === "failed") && traces.length > 0;
}

/** Doubles with each attempt from `firstMs` up to `maxMs`. */
export function retryDelayMs({ firstMs, maxMs }: Retry, attempt: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.max(0, attempt - 1));
}

/** Hundredths of its effects that came about, 0 to 100. */
export function percentOf({ effects }: Operation, { phase, traces }: Progress): number {
  if (phase === "completed" || effects.length === 0) return phase === "completed" ? 100 : 0;
  const done = traces.filter(({ detail }) => detail !== null).length;
  return Math.round((1000 * done) / effects.length) / 10;
}
