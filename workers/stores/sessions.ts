// Sessions: one a login, with the generation of the one refresh token that is good.
import { and, eq, gt, isNull, lt, sql } from "drizzle-orm";
import { primaryRole } from "#domain/role.ts";
import type { SignedIn } from "#domain/role.ts";
import type { Database } from "./database.ts";
import { sessions, users } from "./schema.ts";

export type Session = {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly generation: number;
  readonly mfa: boolean;
};

export async function beginSession(db: Database, session: Session): Promise<void> {
  await db.batch([
    db.insert(sessions).values(session),
    db.update(users).set({ lastLoginAt: session.createdAt }).where(eq(users.id, session.userId)),
  ]);
}

/** Who the session is of, as that user is now; null when it ended or the user may no more. */
export async function findPrincipal(
  db: Database,
  sessionId: string,
  now: number,
): Promise<SignedIn | null> {
  const [row] = await db
    .select({
      id: users.id,
      username: users.username,
      email: users.email,
      roles: users.roles,
      mfa: sessions.mfa,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.id, sessionId),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, now),
        eq(users.enabled, true),
      ),
    );
  const role = row === undefined ? null : primaryRole(row.roles);
  if (row === undefined || role === null) return null;
  const { id: userId, username, email, roles, mfa } = row;
  return { username, role, roles, session: { id: sessionId, userId, email, mfa } };
}

/** True for the one who comes first with the generation that is good; the next one is good from then on. */
export async function advanceSession(
  db: Database,
  session: { readonly id: string; readonly generation: number },
  expiresAt: number,
): Promise<boolean> {
  const rows = await db
    .update(sessions)
    .set({ generation: sql`${sessions.generation} + 1`, expiresAt })
    .where(
      and(
        eq(sessions.id, session.id),
        eq(sessions.generation, session.generation),
        isNull(sessions.revokedAt),
      ),
    )
    .returning({ id: sessions.id });
  return rows.length === 1;
}

export async function revokeSession(db: Database, id: string, now: number): Promise<void> {
  await db
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(eq(sessions.id, id), isNull(sessions.revokedAt)));
}

export async function revokeSessionsOf(db: Database, userId: string, now: number): Promise<void> {
  await db
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt)));
}

export async function deleteExpiredSessions(db: Database, now: number): Promise<void> {
  await db.delete(sessions).where(lt(sessions.expiresAt, now));
}
