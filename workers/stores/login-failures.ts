// Tries of passwords, by the name or the address that made them: counted before the password is looked at.
import { and, eq, gte, lte, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { loginFailures } from "./schema.ts";

type LoginLock = {
  readonly triesMax: number;
  /** How long the name is held while the last try's password is being looked at. */
  readonly heldMs: number;
  readonly lockedMs: number;
  /** Failures count together when no more than this is between the first and the last. */
  readonly windowMs: number;
};

type At = { readonly lock: LoginLock; readonly now: number };

/**
 * Counts a try before its password is looked at, so that many at once can't outrun the lock.
 * Null when there may be a try; else the time from which there may be one again.
 */
export async function takeLoginTry(
  db: Database,
  subject: string,
  { lock, now }: At,
): Promise<number | null> {
  const isOver = sql`${loginFailures.since} < ${now - lock.windowMs}`;
  const failures = sql`case when ${isOver} then 1 else ${loginFailures.failures} + 1 end`;
  const taken = await db
    .insert(loginFailures)
    .values({ subject, failures: 1, since: now, lockedUntil: 0 })
    .onConflictDoUpdate({
      target: loginFailures.subject,
      set: {
        failures,
        since: sql`case when ${isOver} then ${now} else ${loginFailures.since} end`,
        lockedUntil: sql`case when ${failures} >= ${lock.triesMax} then ${now + lock.heldMs} else 0 end`,
      },
      setWhere: lte(loginFailures.lockedUntil, now),
    })
    .returning({ subject: loginFailures.subject });
  if (taken.length === 1) return null;
  const [row] = await db.select().from(loginFailures).where(eq(loginFailures.subject, subject));
  return row?.lockedUntil ?? now + lock.heldMs;
}

/** The password was wrong: with the last try the subject is locked, and its count begins anew. */
export async function confirmLoginFailure(
  db: Database,
  subject: string,
  { lock, now }: At,
): Promise<void> {
  await db
    .update(loginFailures)
    .set({ failures: 0, lockedUntil: now + lock.lockedMs })
    .where(and(eq(loginFailures.subject, subject), gte(loginFailures.failures, lock.triesMax)));
}

export async function forgetLoginFailures(db: Database, subject: string): Promise<void> {
  await db.delete(loginFailures).where(eq(loginFailures.subject, subject));
}

/** The password was right: this try doesn't count, and those before it do. */
export async function returnLoginTry(db: Database, subject: string): Promise<void> {
  await db
    .update(loginFailures)
    .set({ failures: sql`max(0, ${loginFailures.failures} - 1)`, lockedUntil: 0 })
    .where(eq(loginFailures.subject, subject));
}
