// The lease is one row with one clock: the database's. A controller's own clock decides nothing about it, so that no
// skew between controllers can make two of them leaders at once.
export type Lease = {
  readonly leaderId: string;
  /** Grows with every election. */
  readonly term: number;
  readonly acquiredAt: number;
  readonly renewedAt: number;
  readonly expiresAt: number;
};

/** What a controller asks for at every tick: to go on leading its term, or to lead the next one. */
export type Ask = { readonly id: string; readonly term: number; readonly leaseMs: number };

/** How long a lease holds, how often it is renewed, and how young a member's heartbeat must be to count. */
export const LEASE_MS = 30_000;
export const TICK_MS = 10_000;
export const MEMBER_STALE_MS = 60_000;

/**
 * The compare-and-set, as `stores/cluster.ts` has it in SQL: renewed by who leads this term, taken by anybody once it
 * has run out, else left as it is.
 */
export function asked(lease: Lease | null, { id, term, leaseMs }: Ask, now: number): Lease {
  const renewed = { renewedAt: now, expiresAt: now + leaseMs };
  if (lease === null) return { leaderId: id, term: 1, acquiredAt: now, ...renewed };
  if (lease.expiresAt <= now) {
    return { leaderId: id, term: lease.term + 1, acquiredAt: now, ...renewed };
  }
  return lease.leaderId === id && lease.term === term ? { ...lease, ...renewed } : lease;
}
