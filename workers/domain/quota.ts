// Rate budgets: a fixed window per principal and bucket, handed out in leases that shrink as it empties.
export type QuotaWindow = {
  readonly startedAt: number;
  readonly used: number;
  /** Absent from windows of a minute. */
  readonly spanMs?: number;
};

export type Lease = {
  /** Tokens handed out: 0 when the window is empty. */
  readonly granted: number;
  /** What the window has left after this lease. */
  readonly remaining: number;
  readonly resetAt: number;
};

export const QUOTA_WINDOW_MS = 60_000;

export type Budget = { readonly limit: number; readonly spanMs: number };
const LEASE_MAX = 64;
/** A lease is this part of what is left: 1,000 calls need 46 leases, and the last ones go out singly. */
const LEASE_PART = 8;

/** Leases from the window that holds `now`. All leases of one window never sum to more than the limit. */
export function lease(
  window: QuotaWindow | null,
  { limit, spanMs }: Budget,
  now: number,
): [QuotaWindow, Lease] {
  const live = window !== null && now < endOf(window) && now >= window.startedAt;
  const { startedAt, used: before } = live ? window : { startedAt: now, used: 0 };
  const left = Math.max(0, limit - before);
  const granted = Math.min(left, LEASE_MAX, Math.ceil(left / LEASE_PART));
  return [
    { startedAt, used: before + granted, spanMs },
    { granted, remaining: left - granted, resetAt: startedAt + spanMs },
  ];
}

export function endOf({ startedAt, spanMs = QUOTA_WINDOW_MS }: QuotaWindow): number {
  return startedAt + spanMs;
}
