// The secrets of lattices, sealed: each opens for its own name alone.
import { and, asc, count, eq, ne } from "drizzle-orm";
import type { Secret } from "#domain/secret.ts";
import { database } from "./database.ts";
import { latticeSecrets } from "./schema.ts";
import { resealing, seal, sealAnew, staleness, unseal } from "./sealed.ts";

type Of = { readonly lattice: string; readonly name: string };
export type SecretSummary = Omit<typeof latticeSecrets.$inferSelect, "lattice" | "sealed">;

export async function putSecret(
  env: Env,
  of: Of,
  { secret, by, now }: { readonly secret: Secret; readonly by: string; readonly now: number },
): Promise<void> {
  const sealed = await seal(env, JSON.stringify(secret), ownerOf(of));
  const set = { sealed, updatedAt: now, updatedBy: by };
  await database(env)
    .insert(latticeSecrets)
    .values({ ...of, ...set })
    .onConflictDoUpdate({ target: [latticeSecrets.lattice, latticeSecrets.name], set });
}

export async function findSecret(env: Env, of: Of): Promise<Secret | null> {
  const [row] = await database(env).select().from(latticeSecrets).where(isOf(of));
  // Written by putSecret alone.
  return row === undefined
    ? null
    : (JSON.parse(await unseal(env, row.sealed, ownerOf(of))) as Secret);
}

/** No secret is read for it. */
export async function listSecrets(env: Env, lattice: string): Promise<SecretSummary[]> {
  const { name, updatedAt, updatedBy } = latticeSecrets;
  return database(env)
    .select({ name, updatedAt, updatedBy })
    .from(latticeSecrets)
    .where(eq(latticeSecrets.lattice, lattice))
    .orderBy(asc(name));
}

/** How many others the lattice has. */
export async function countOthers(env: Env, { lattice, name }: Of): Promise<number> {
  const rows = await database(env)
    .select({ total: count() })
    .from(latticeSecrets)
    .where(and(eq(latticeSecrets.lattice, lattice), ne(latticeSecrets.name, name)));
  return rows[0]?.total ?? 0;
}

export async function deleteSecret(env: Env, of: Of): Promise<boolean> {
  const { name } = latticeSecrets;
  const rows = await database(env).delete(latticeSecrets).where(isOf(of)).returning({ name });
  return rows.length === 1;
}

/** Seals under the present key what another sealed. */
export async function resealSecrets(env: Env): Promise<void> {
  const isStale = await staleness(env);
  const { sealed } = latticeSecrets;
  const rows = await database(env).select().from(latticeSecrets).where(isStale(sealed));
  for (const row of rows) {
    const owner = ownerOf(row);
    await resealing(owner, async () => {
      const set = { sealed: await sealAnew(env, row.sealed, owner) };
      // One that was put meanwhile is later than what was read.
      await database(env)
        .update(latticeSecrets)
        .set(set)
        .where(and(isOf(row), eq(sealed, row.sealed)));
    });
  }
}

function isOf({ lattice, name }: Of) {
  return and(eq(latticeSecrets.lattice, lattice), eq(latticeSecrets.name, name));
}

function ownerOf({ lattice, name }: Of): string {
  return `secrets:${lattice}/${name}`;
}
