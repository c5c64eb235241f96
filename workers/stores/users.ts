// Users. Whatever would take away the last enabled Admin changes nothing, however many ask at once.
import { and, asc, count, eq, isNotNull, sql } from "drizzle-orm";
import type { Account, AccountChange, AccountFilter } from "#domain/user.ts";
import type { Database } from "./database.ts";
import { authenticators, backupCodes, sessions, users } from "./schema.ts";

export type User = Account & { readonly passwordHash: string };

/** False when the name is taken. */
export async function insertUser(db: Database, user: User): Promise<boolean> {
  const rows = await db
    .insert(users)
    .values({ ...user, roles: [...user.roles] })
    .onConflictDoNothing()
    .returning({ name: users.username });
  return rows.length === 1;
}

export async function findUser(db: Database, username: string): Promise<User | null> {
  const [row] = await db.select().from(users).where(eq(users.username, username));
  return row ?? null;
}

/** With whether there is anybody at all, and whether a second factor is in use: all are asked, whoever it is. */
export async function findForLogin(
  db: Database,
  username: string,
): Promise<{ user: User | null; isEmpty: boolean; needsCode: boolean }> {
  const isTheirs = eq(users.username, username);
  const [[row], [any], [confirmed]] = await db.batch([
    db.select().from(users).where(isTheirs),
    db.select({ username: users.username }).from(users).limit(1),
    db
      .select({ userId: authenticators.userId })
      .from(users)
      .innerJoin(authenticators, eq(authenticators.userId, users.id))
      .where(and(isTheirs, isNotNull(authenticators.confirmedAt))),
  ]);
  return { user: row ?? null, isEmpty: any === undefined, needsCode: confirmed !== undefined };
}

export async function findUserById(db: Database, id: string): Promise<User | null> {
  const [row] = await db.select().from(users).where(eq(users.id, id));
  return row ?? null;
}

export async function listUsers(
  db: Database,
  filter: AccountFilter,
): Promise<{ users: User[]; total: number }> {
  const { role, enabled, limit, offset } = filter;
  const where = and(
    role === undefined ? undefined : holds(sql`${users.roles}`, role),
    enabled === undefined ? undefined : eq(users.enabled, enabled),
  );
  const [rows, totals] = await db.batch([
    db.select().from(users).where(where).orderBy(asc(users.username)).limit(limit).offset(offset),
    db.select({ total: count() }).from(users).where(where),
  ]);
  return { users: rows, total: totals[0]?.total ?? 0 };
}

/** False when there is no such user, or when it is the last enabled Admin and would be no more. */
export async function updateUser(
  db: Database,
  id: string,
  change: AccountChange & { readonly passwordHash?: string | undefined },
): Promise<boolean> {
  const { roles, ...rest } = change;
  const given = { ...rest, ...(roles === undefined ? {} : { roles: [...roles] }) };
  const stays = change.enabled !== false && (roles === undefined || roles.includes("Admin"));
  const rows = await db
    .update(users)
    .set(given)
    .where(and(eq(users.id, id), stays ? undefined : hasAnotherAdmin(id)))
    .returning({ id: users.id });
  return rows.length === 1;
}

export async function deleteUser(db: Database, id: string): Promise<boolean> {
  const rows = await db
    .delete(users)
    .where(and(eq(users.id, id), hasAnotherAdmin(id)))
    .returning({ id: users.id });
  if (rows.length === 0) return false;
  await db.batch([
    db.delete(sessions).where(eq(sessions.userId, id)),
    db.delete(authenticators).where(eq(authenticators.userId, id)),
    db.delete(backupCodes).where(eq(backupCodes.userId, id)),
  ]);
  return true;
}

/** Somebody who isn't an enabled Admin may go at any time. */
function hasAnotherAdmin(id: string) {
  const isAdmin = holds(sql`${users.roles}`, "Admin");
  const isOther = holds(sql`other.roles`, "Admin");
  return sql`(not ${users.enabled} or not ${isAdmin} or exists (select 1 from users as other where other.id <> ${id} and other.enabled and ${isOther}))`;
}

function holds(roles: ReturnType<typeof sql>, role: string) {
  return sql`exists (select 1 from json_each(${roles}) where value = ${role})`;
}
