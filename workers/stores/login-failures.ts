// Tries of passwords, by the name or the address that made them: counted before the password is looked at.
import { and, eq, gte, inArray, lt, lte, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "./database.ts";
import { loginFailures } from "./schema.ts";

type LoginLock = {
  readonly triesMax: number;
  /** How long the name is held while the last try's password is being looked at. */
  readonly heldMs: number;
  readonly lockedMs: number;
  /** Failures count together when no more than this is between the first and the last. */
  readonly windowMs: number;
  /** Whether a right password forgets the failures before it, or just doesn't count itself. */
  readonly forgets: boolean;
};

type Try = { readonly subject: string; readonly lock: LoginLock };
type Tries = readonly [Try, ...Try[]];

/**
 * Counts a try before its password is looked at, so that many at once can't outrun the lock.
 * Null when there may be a try; else the time from which there may be one again.
 */
export async function takeLoginTries(
  db: Database,
  tries: Tries,
  now: number,
): Promise<number | null> {
  const taken = await batchOf(db, tries, (one) => taking(db, one, now));
  const held = tries.filter((_, place) => taken[place]?.length !== 1);
  if (held.length === 0) return null;
  const rows = await db
    .select()
    .from(loginFailures)
    .where(
      inArray(
        loginFailures.subject,
        held.map(({ subject }) => subject),
      ),
    );
  const untils = held.map(({ subject, lock }) => {
    const row = rows.find((one) => one.subject === subject);
    return row?.lockedUntil ?? now + lock.heldMs;
  });
  return Math.max(...untils);
}

function taking(db: Database, { subject, lock }: Try, now: number) {
  const isAnew = sql`(${loginFailures.failures} = 0 or ${loginFailures.since} < ${now - lock.windowMs})`;
  const failures = sql`case when ${isAnew} then 1 else ${loginFailures.failures} + 1 end`;
  return db
    .insert(loginFailures)
    .values({ subject, failures: 1, since: now, lockedUntil: 0 })
    .onConflictDoUpdate({
      target: loginFailures.subject,
      set: {
        failures,
        since: sql`case when ${isAnew} then ${now} else ${loginFailures.since} end`,
        lockedUntil: sql`case when ${failures} >= ${lock.triesMax} then ${now + lock.heldMs} else 0 end`,
      },
      setWhere: lte(loginFailures.lockedUntil, now),
    })
    .returning({ subject: loginFailures.subject });
}

/** The password was wrong: with the last try the subject is locked, and its count begins anew. */
export async function confirmLoginFailures(db: Database, tries: Tries, now: number): Promise<void> {
  await batchOf(db, tries, ({ subject, lock }) =>
    db
      .update(loginFailures)
      .set({ failures: 0, lockedUntil: now + lock.lockedMs })
      .where(and(eq(loginFailures.subject, subject), gte(loginFailures.failures, lock.triesMax))),
  );
}

/** The password was right. A row is kept for the next login: to write it anew costs more than to change it. */
export async function returnLoginTries(db: Database, tries: Tries): Promise<void> {
  await batchOf(db, tries, ({ subject, lock }) =>
    db
      .update(loginFailures)
      .set({
        failures: lock.forgets ? 0 : sql`max(0, ${loginFailures.failures} - 1)`,
        lockedUntil: 0,
      })
      .where(eq(loginFailures.subject, subject)),
  );
}

/** Those that nothing was heard of since then, and that are not locked. */
export async function deleteLoginFailures(
  db: Database,
  { before, now }: { readonly before: number; readonly now: number },
): Promise<void> {
  await db
    .delete(loginFailures)
    .where(and(lt(loginFailures.since, before), lte(loginFailures.lockedUntil, now)));
}

function batchOf<Statement extends BatchItem<"sqlite">>(
  db: Database,
  [first, ...rest]: Tries,
  statement: (one: Try) => Statement,
) {
  return db.batch([statement(first), ...rest.map(statement)]);
}
