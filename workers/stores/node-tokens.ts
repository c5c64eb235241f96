// Tokens that nodes were given, by their ids: the tokens themselves are nowhere.
import { and, eq, isNull, lt } from "drizzle-orm";
import type { Database } from "./database.ts";
import { nodeTokens } from "./schema.ts";

export async function insertToken(
  db: Database,
  token: { id: string; nodeId: string; issuedAt: number; issuedBy: string; expiresAt: number },
): Promise<void> {
  await db.insert(nodeTokens).values(token);
}

/** True while it was issued here, its node exists, and nobody revoked it. */
export async function isTokenValid(db: Database, id: string): Promise<boolean> {
  const rows = await db
    .select({ id: nodeTokens.id })
    .from(nodeTokens)
    .where(and(eq(nodeTokens.id, id), isNull(nodeTokens.revokedAt)));
  return rows.length === 1;
}

export async function revokeToken(db: Database, id: string, now: number): Promise<void> {
  await db
    .update(nodeTokens)
    .set({ revokedAt: now })
    .where(and(eq(nodeTokens.id, id), isNull(nodeTokens.revokedAt)));
}

export async function deleteExpiredTokens(db: Database, now: number): Promise<void> {
  await db.delete(nodeTokens).where(lt(nodeTokens.expiresAt, now));
}
