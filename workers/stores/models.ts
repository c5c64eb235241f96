// Models: append-only versions in the order in which they came, and the one that is deployed.
import { and, asc, count, desc, eq, getTableColumns, isNull, ne, or, sql } from "drizzle-orm";
import type { ModelVersion } from "#domain/oam/model.ts";
import type { Database } from "./database.ts";
import { modelDeployments, models } from "./schema.ts";

type Named = { readonly lattice: string; readonly name: string };

/** How many versions there are with it; null when the version is stored already. */
export async function insertModel(db: Database, model: ModelVersion): Promise<number | null> {
  const [rows, totals] = await db.batch([
    db.insert(models).values(model).onConflictDoNothing().returning({ ordinal: models.ordinal }),
    db.select({ total: count() }).from(models).where(ofName(model)),
  ]);
  return rows.length === 0 ? null : (totals[0]?.total ?? 1);
}

/** Keeps the newest, and the one that is deployed however old it is. Tells how many went. */
export async function trimModels(db: Database, of: Named, kept: number): Promise<number> {
  const newest = sql`(select ordinal from models where lattice = ${of.lattice} and name = ${of.name} order by ordinal desc limit ${kept})`;
  const deployed = sql`(select version from model_deployments where lattice = ${of.lattice} and name = ${of.name})`;
  const rows = await db
    .delete(models)
    .where(
      and(
        ofName(of),
        sql`${models.ordinal} not in ${newest}`,
        sql`${models.version} not in ${deployed}`,
      ),
    )
    .returning({ ordinal: models.ordinal });
  return rows.length;
}

/** The version, or the newest where none is named. */
export async function findModel(
  db: Database,
  of: Named,
  version: string | null,
): Promise<ModelVersion | null> {
  const [row] = await db
    .select()
    .from(models)
    .where(and(ofName(of), version === null ? undefined : eq(models.version, version)))
    .orderBy(desc(models.ordinal))
    .limit(1);
  return row ?? null;
}

/** Of every model of every lattice, in the order in which they came. */
export async function allVersions(db: Database): Promise<ModelVersion[]> {
  return db.select().from(models).orderBy(asc(models.ordinal));
}

/** These versions and no other, in this order; all or nothing. */
export async function replaceVersions(
  db: Database,
  of: Named,
  versions: readonly ModelVersion[],
): Promise<void> {
  await db.batch([
    db.delete(models).where(ofName(of)),
    ...versions.map((version) => db.insert(models).values(version)),
  ]);
}

/** In the order in which they came. */
export async function listVersions(
  db: Database,
  of: Named,
): Promise<{ version: string; deployed: boolean }[]> {
  const [rows, deployed] = await db.batch([
    db
      .select({ version: models.version })
      .from(models)
      .where(ofName(of))
      .orderBy(asc(models.ordinal)),
    db.select({ version: modelDeployments.version }).from(modelDeployments).where(isDeployed(of)),
  ]);
  return rows.map(({ version }) => ({ version, deployed: version === deployed[0]?.version }));
}

/** All of them where none is named. Tells which went. */
export async function deleteModels(
  db: Database,
  of: Named,
  version: string | null,
): Promise<string[]> {
  const rows = await db
    .delete(models)
    .where(and(ofName(of), version === null ? undefined : eq(models.version, version)))
    .returning({ version: models.version });
  return rows.map(({ version }) => version);
}

export type ModelDeployment = typeof modelDeployments.$inferSelect;

/** Which version runs; null when none does. */
export async function findDeployment(db: Database, of: Named): Promise<ModelDeployment | null> {
  const [row] = await db.select().from(modelDeployments).where(isDeployed(of));
  return row ?? null;
}

/** The versions that run, of each model of the lattice. */
export async function deployedModels(db: Database, lattice: string): Promise<ModelVersion[]> {
  const { ordinal: _, ...version } = getTableColumns(models);
  return db
    .select(version)
    .from(models)
    .innerJoin(
      modelDeployments,
      and(
        eq(modelDeployments.lattice, models.lattice),
        eq(modelDeployments.name, models.name),
        eq(modelDeployments.version, models.version),
      ),
    )
    .where(eq(models.lattice, lattice))
    .orderBy(asc(models.name));
}

/** All that a model was ever stored in. */
export async function modelLattices(db: Database): Promise<string[]> {
  const rows = await db.selectDistinct({ lattice: models.lattice }).from(models);
  return rows.map(({ lattice }) => lattice);
}

export async function allDeployments(db: Database): Promise<ModelDeployment[]> {
  return db.select().from(modelDeployments);
}

/** Those of which something is still to be written, or could not be. */
export async function unsettledDeployments(db: Database, limit: number): Promise<Named[]> {
  return db
    .select({ lattice: modelDeployments.lattice, name: modelDeployments.name })
    .from(modelDeployments)
    .where(or(isNull(modelDeployments.faults), ne(modelDeployments.faults, {})))
    .orderBy(asc(modelDeployments.deployedAt))
    .limit(limit);
}

/** False when the version was deployed already. */
export async function setDeployed(
  db: Database,
  of: Omit<ModelDeployment, "faults">,
): Promise<boolean> {
  const { version, deployedAt, deployedBy } = of;
  const rows = await db
    .insert(modelDeployments)
    .values({ ...of, faults: null })
    .onConflictDoUpdate({
      target: [modelDeployments.lattice, modelDeployments.name],
      set: { version, deployedAt, deployedBy, faults: null },
      setWhere: ne(modelDeployments.version, version),
    })
    .returning({ version: modelDeployments.version });
  return rows.length > 0;
}

/** False when another version, or none, is deployed by now. */
export async function setFaults(
  db: Database,
  of: Named & { readonly version: string; readonly faults: ModelDeployment["faults"] },
): Promise<boolean> {
  const rows = await db
    .update(modelDeployments)
    .set({ faults: of.faults })
    .where(and(isDeployed(of), eq(modelDeployments.version, of.version)))
    .returning({ version: modelDeployments.version });
  return rows.length > 0;
}

/** False when nothing was deployed. */
export async function clearDeployed(db: Database, of: Named): Promise<boolean> {
  const rows = await db
    .delete(modelDeployments)
    .where(isDeployed(of))
    .returning({ version: modelDeployments.version });
  return rows.length > 0;
}

function ofName({ lattice, name }: Named) {
  return and(eq(models.lattice, lattice), eq(models.name, name));
}

function isDeployed({ lattice, name }: Named) {
  return and(eq(modelDeployments.lattice, lattice), eq(modelDeployments.name, name));
}
