// Policies.
import { asc, count, eq } from "drizzle-orm";
import type { Policy } from "#domain/policy/policy.ts";
import type { Database } from "./database.ts";
import { policies } from "./schema.ts";

/** False when another has the name. */
export async function insertPolicy(db: Database, policy: Policy): Promise<boolean> {
  const rows = await db
    .insert(policies)
    .values({ ...policy, rules: [...policy.rules] })
    .onConflictDoNothing()
    .returning({ id: policies.id });
  return rows.length === 1;
}

export async function findPolicy(db: Database, id: string): Promise<Policy | null> {
  const [row] = await db.select().from(policies).where(eq(policies.id, id));
  return row ?? null;
}

/** All, oldest first: the order in which rules are tried. */
export async function allPolicies(db: Database): Promise<Policy[]> {
  return db.select().from(policies).orderBy(asc(policies.createdAt), asc(policies.id));
}

export async function countPolicies(db: Database): Promise<number> {
  const [row] = await db.select({ total: count() }).from(policies);
  return row?.total ?? 0;
}

/** False when another has the name. */
export async function replacePolicy(db: Database, policy: Policy): Promise<boolean> {
  const { id, ...change } = policy;
  const [other] = await db
    .select({ id: policies.id })
    .from(policies)
    .where(eq(policies.name, policy.name));
  if (other !== undefined && other.id !== id) return false;
  await db
    .update(policies)
    .set({ ...change, rules: [...change.rules] })
    .where(eq(policies.id, id));
  return true;
}

export async function deletePolicy(db: Database, id: string): Promise<void> {
  await db.delete(policies).where(eq(policies.id, id));
}
