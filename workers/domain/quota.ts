// Rate budgets: a fixed window per principal and bucket, handed out in leases that shrink as it empties.
export type QuotaWindow = { readonly startedAt: number; readonly used: number };

export type Lease = {
  /** Tokens handed out: 0 when the window is empty. */
  readonly granted: number;
  /** What the window has left after this lease. */
  readonly remaining: number;
  readonly resetAt: number;
};

export const QUOTA_WINDOW_MS = 60_000;
const LEASE_MAX = 64;
/** A lease is this part of what is left: 1,000 calls need 46 leases, and the last ones go out singly. */
const LEASE_PART = 8;

/** Leases from the window that holds `now`. All leases of one window never sum to more than the limit. */
export function lease(
  window: QuotaWindow | null,
  limit: number,
  now: number,
): [QuotaWindow, Lease] {
  const live =
    window !== null && now < window.startedAt + QUOTA_WINDOW_MS && now >= window.startedAt;
  const current = live ? window : { startedAt: now, used: 0 };
  const left = Math.max(0, limit - current.used);
  const granted = Math.min(left, LEASE_MAX, Math.ceil(left / LEASE_PART));
  const used = current.used + granted;
  return [
    { startedAt: current.startedAt, used },
    { granted, remaining: left - granted, resetAt: current.startedAt + QUOTA_WINDOW_MS },
  ];
}
