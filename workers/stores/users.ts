// Users, and failed logins by the name that was tried.
import { and, asc, eq, gte, lte, sql } from "drizzle-orm";
import type { Role } from "#domain/role.ts";
import type { Database } from "./database.ts";
import { loginFailures, users } from "./schema.ts";

export type User = {
  readonly username: string;
  readonly passwordHash: string;
  readonly role: Role;
  readonly createdAt: number;
};

/** False when the name is taken. */
export async function insertUser(db: Database, user: User): Promise<boolean> {
  const rows = await db
    .insert(users)
    .values(user)
    .onConflictDoNothing()
    .returning({ name: users.username });
  return rows.length === 1;
}

export async function findUser(db: Database, username: string): Promise<User | null> {
  const [row] = await db.select().from(users).where(eq(users.username, username));
  return row ?? null;
}

export async function listUsers(db: Database): Promise<User[]> {
  return db.select().from(users).orderBy(asc(users.username));
}

export type LoginLock = {
  readonly triesMax: number;
  /** How long the name is held while the last try's password is being looked at. */
  readonly heldMs: number;
  readonly lockedMs: number;
};

/**
 * Counts a try before its password is looked at, so that many at once can't outrun the lock.
 * Null when the name may be tried; else the time from which it may be again.
 */
export async function takeLoginTry(
  db: Database,
  username: string,
  at: { lock: LoginLock; now: number },
): Promise<number | null> {
  const { lock, now } = at;
  const reached = sql`${loginFailures.failures} + 1 >= ${lock.triesMax}`;
  const taken = await db
    .insert(loginFailures)
    .values({ username, failures: 1, lockedUntil: 0 })
    .onConflictDoUpdate({
      target: loginFailures.username,
      set: {
        failures: sql`${loginFailures.failures} + 1`,
        lockedUntil: sql`case when ${reached} then ${now + lock.heldMs} else 0 end`,
      },
      setWhere: lte(loginFailures.lockedUntil, now),
    })
    .returning({ username: loginFailures.username });
  if (taken.length === 1) return null;
  const [row] = await db.select().from(loginFailures).where(eq(loginFailures.username, username));
  return row?.lockedUntil ?? now + lock.heldMs;
}

/** The password was wrong: with the last try the name is locked, and its count begins anew. */
export async function confirmLoginFailure(
  db: Database,
  username: string,
  at: { lock: LoginLock; now: number },
): Promise<void> {
  await db
    .update(loginFailures)
    .set({ failures: 0, lockedUntil: at.now + at.lock.lockedMs })
    .where(
      and(eq(loginFailures.username, username), gte(loginFailures.failures, at.lock.triesMax)),
    );
}

export async function forgetLoginFailures(db: Database, username: string): Promise<void> {
  await db.delete(loginFailures).where(eq(loginFailures.username, username));
}
