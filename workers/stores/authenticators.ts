// Second factors: TOTP secrets, the steps that were used, and the hashes of backup codes.
import { and, eq, isNotNull, isNull, lt } from "drizzle-orm";
import type { Database } from "./database.ts";
import { authenticators, backupCodes } from "./schema.ts";

export type Authenticator = {
  readonly secret: string;
  readonly confirmedAt: number | null;
};

export async function findAuthenticator(
  db: Database,
  userId: string,
): Promise<Authenticator | null> {
  const [row] = await db.select().from(authenticators).where(eq(authenticators.userId, userId));
  return row ?? null;
}

/** False when one is confirmed already; one that never was is replaced. */
export async function putAuthenticator(
  db: Database,
  userId: string,
  secret: string,
): Promise<boolean> {
  const rows = await db
    .insert(authenticators)
    .values({ userId, secret, lastStep: 0 })
    .onConflictDoUpdate({
      target: authenticators.userId,
      set: { secret, lastStep: 0 },
      setWhere: isNull(authenticators.confirmedAt),
    })
    .returning({ id: authenticators.userId });
  return rows.length === 1;
}

/** True for the first who shows a code of this step, or of a later one than before. */
export async function takeStep(db: Database, userId: string, step: number): Promise<boolean> {
  const rows = await db
    .update(authenticators)
    .set({ lastStep: step })
    .where(and(eq(authenticators.userId, userId), lt(authenticators.lastStep, step)))
    .returning({ id: authenticators.userId });
  return rows.length === 1;
}

export async function confirmAuthenticator(
  db: Database,
  userId: string,
  by: { readonly hashes: readonly string[]; readonly now: number },
): Promise<void> {
  await db.batch([
    db.delete(backupCodes).where(eq(backupCodes.userId, userId)),
    db.insert(backupCodes).values(by.hashes.map((hash) => ({ userId, hash }))),
    db
      .update(authenticators)
      .set({ confirmedAt: by.now })
      .where(and(eq(authenticators.userId, userId), isNull(authenticators.confirmedAt))),
  ]);
}

/** True once for each code. */
export async function takeBackupCode(
  db: Database,
  userId: string,
  by: { readonly hash: string; readonly now: number },
): Promise<boolean> {
  const rows = await db
    .update(backupCodes)
    .set({ usedAt: by.now })
    .where(
      and(
        eq(backupCodes.userId, userId),
        eq(backupCodes.hash, by.hash),
        isNull(backupCodes.usedAt),
      ),
    )
    .returning({ hash: backupCodes.hash });
  return rows.length === 1;
}

/** False when none was confirmed. */
export async function deleteAuthenticator(db: Database, userId: string): Promise<boolean> {
  const [removed] = await db.batch([
    db
      .delete(authenticators)
      .where(and(eq(authenticators.userId, userId), isNotNull(authenticators.confirmedAt)))
      .returning({ id: authenticators.userId }),
    db.delete(backupCodes).where(eq(backupCodes.userId, userId)),
  ]);
  return removed.length === 1;
}
