// Second factors: TOTP secrets, sealed, the steps that were used, and the hashes of backup codes.
import { and, eq, isNotNull, isNull, lt } from "drizzle-orm";
import { database } from "./database.ts";
import type { Database } from "./database.ts";
import { authenticators, backupCodes } from "./schema.ts";
import { resealing, seal, sealAnew, staleness, unseal } from "./sealed.ts";

const RESEALED_MAX = 500;

export type Authenticator = {
  readonly secret: string;
  readonly confirmedAt: number | null;
};

export async function findAuthenticator(env: Env, userId: string): Promise<Authenticator | null> {
  const [row] = await database(env)
    .select()
    .from(authenticators)
    .where(eq(authenticators.userId, userId));
  if (row === undefined) return null;
  return { ...row, secret: await unseal(env, row.secret, ownerOf(userId)) };
}

/** False when one is confirmed already; one that never was is replaced. */
export async function putAuthenticator(env: Env, userId: string, plain: string): Promise<boolean> {
  const secret = await seal(env, plain, ownerOf(userId));
  const rows = await database(env)
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

/** Seals under the present key what another sealed, or none: so many at once, the rest another time. */
export async function resealAuthenticators(env: Env): Promise<void> {
  const isStale = await staleness(env);
  const { userId, secret } = authenticators;
  const rows = await database(env)
    .select({ userId, secret })
    .from(authenticators)
    .where(isStale(secret))
    .limit(RESEALED_MAX);
  for (const row of rows) {
    const owner = ownerOf(row.userId);
    await resealing(owner, async () => {
      const anew = await sealAnew(env, row.secret, owner);
      await database(env)
        .update(authenticators)
        .set({ secret: anew })
        .where(and(eq(userId, row.userId), eq(secret, row.secret)));
    });
  }
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

function ownerOf(userId: string): string {
  return `authenticators:${userId}`;
}
