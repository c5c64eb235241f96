// Users, and failed logins by the name that was tried.
import { asc, eq, sql } from "drizzle-orm";
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

/** When the name may be tried again; 0 when it may be now. */
export async function lockedUntil(db: Database, username: string): Promise<number> {
  const [row] = await db.select().from(loginFailures).where(eq(loginFailures.username, username));
  return row?.lockedUntil ?? 0;
}

/** Counts a failure; at the limit the name is locked and its count begins anew. */
export async function recordLoginFailure(
  db: Database,
  username: string,
  lock: { failuresMax: number; until: number },
): Promise<void> {
  const reached = sql`${loginFailures.failures} + 1 >= ${lock.failuresMax}`;
  await db
    .insert(loginFailures)
    .values({ username, failures: 1, lockedUntil: 0 })
    .onConflictDoUpdate({
      target: loginFailures.username,
      set: {
        failures: sql`case when ${reached} then 0 else ${loginFailures.failures} + 1 end`,
        lockedUntil: sql`case when ${reached} then ${lock.until} else ${loginFailures.lockedUntil} end`,
      },
    });
}

export async function forgetLoginFailures(db: Database, username: string): Promise<void> {
  await db.delete(loginFailures).where(eq(loginFailures.username, username));
}
