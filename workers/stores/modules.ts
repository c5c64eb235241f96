// Registered modules, with the two figures that other tables know of them.
import { and, count, desc, eq, sql } from "drizzle-orm";
import type { Module, ModuleStatus } from "#domain/module.ts";
import type { Database } from "./database.ts";
import { deployments, invocations, modules } from "./schema.ts";

export type CountedModule = Module & {
  readonly deploymentCount: number;
  readonly invocationCount: number;
};

export type ModuleFilter = {
  readonly name?: string | undefined;
  readonly status?: ModuleStatus | undefined;
  readonly limit: number;
  readonly offset: number;
};

// Drizzle leaves a column's table out where a query selects from one: inside a subquery that names another's column.
const deploymentCount = sql<number>`(select count(*) from ${deployments} where ${deployments}.module_id = ${modules}.id)`;
const invocationCount = sql<number>`(select coalesce(sum(${invocations}.calls), 0) from ${invocations} where ${invocations}.module_id = ${modules}.id)`;

/** False when the version is registered already. */
export async function insertModule(db: Database, module: Module): Promise<boolean> {
  const rows = await db
    .insert(modules)
    .values({
      ...module,
      requiredInterfaces: [...module.requiredInterfaces],
      exportedFunctions: [...module.exportedFunctions],
      signatures: [...module.signatures],
      uncallable: [...module.uncallable],
      importedInterfaces: [...module.importedInterfaces],
      files: [...module.files],
    })
    .onConflictDoNothing()
    .returning({ id: modules.id });
  return rows.length === 1;
}

export async function findModule(db: Database, id: string): Promise<CountedModule | null> {
  const [row] = await db
    .select({ module: modules, deploymentCount, invocationCount })
    .from(modules)
    .where(eq(modules.id, id));
  return row === undefined ? null : { ...row.module, ...counts(row) };
}

/** The Active version that was registered last; of those with that digest, when one is given. */
export async function newestActive(
  db: Database,
  name: string,
  digest: string | null,
): Promise<Module | null> {
  const [row] = await db
    .select()
    .from(modules)
    .where(
      and(
        eq(modules.name, name),
        eq(modules.status, "Active"),
        digest === null ? undefined : eq(modules.digest, digest),
      ),
    )
    .orderBy(desc(modules.registeredAt), desc(modules.id))
    .limit(1);
  return row ?? null;
}

export async function listModules(
  db: Database,
  filter: ModuleFilter,
): Promise<{ modules: CountedModule[]; total: number }> {
  const where = and(
    filter.name === undefined ? undefined : eq(modules.name, filter.name),
    filter.status === undefined ? undefined : eq(modules.status, filter.status),
  );
  const [rows, totals] = await db.batch([
    db
      .select({ module: modules, deploymentCount, invocationCount })
      .from(modules)
      .where(where)
      .orderBy(desc(modules.registeredAt), desc(modules.id))
      .limit(filter.limit)
      .offset(filter.offset),
    db.select({ total: count() }).from(modules).where(where),
  ]);
  return {
    modules: rows.map((row) => ({ ...row.module, ...counts(row) })),
    total: totals[0]?.total ?? 0,
  };
}

/** Whether any version has these bytes: what is made of them is shared. */
export async function hasDigest(db: Database, digest: string): Promise<boolean> {
  const rows = await db
    .select({ id: modules.id })
    .from(modules)
    .where(eq(modules.digest, digest))
    .limit(1);
  return rows.length > 0;
}

export async function setModuleStatus(
  db: Database,
  id: string,
  status: ModuleStatus,
): Promise<boolean> {
  const rows = await db
    .update(modules)
    .set({ status })
    .where(eq(modules.id, id))
    .returning({ id: modules.id });
  return rows.length === 1;
}

export async function deleteModule(db: Database, id: string): Promise<void> {
  await db.batch([
    db.delete(modules).where(eq(modules.id, id)),
    db.delete(invocations).where(eq(invocations.moduleId, id)),
  ]);
}

function counts(row: { deploymentCount: number; invocationCount: number }) {
  return { deploymentCount: row.deploymentCount, invocationCount: row.invocationCount };
}
