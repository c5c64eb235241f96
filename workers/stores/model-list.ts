// A lattice's models as a list tells them, with all that their standing follows from, in one look at the database.
import { and, asc, eq, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { ModelVersion } from "#domain/oam/model.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import type { Database } from "./database.ts";
import type { ModelDeployment } from "./models.ts";
import { modelDeployments, models, workloads } from "./schema.ts";

/** The newest version that is stored, and what is there of the one that runs: null where none does. */
export type ListedModel = Pick<ModelVersion, "name" | "version" | "description"> & {
  readonly deployedVersion: string | null;
  readonly deployedManifest: ModelVersion["manifest"] | null;
  readonly faults: ModelDeployment["faults"];
};

/** By name. `records` are the first of the lattice's workloads, `limit` of them at most. */
export async function listModels(
  db: Database,
  of: { readonly lattice: string; readonly owner: string; readonly limit: number },
): Promise<{ readonly listed: ListedModel[]; readonly records: WorkloadRecord[] }> {
  const { lattice, owner, limit } = of;
  const deployed = alias(models, "deployed");
  const newest = sql`(select max(ordinal) from models where lattice = ${lattice} group by name)`;
  const [listed, records] = await db.batch([
    db
      .select({
        name: models.name,
        version: models.version,
        description: models.description,
        deployedVersion: named<string>(modelDeployments.version, "deployed_version"),
        deployedManifest: named<ModelVersion["manifest"]>(deployed.manifest, "deployed_manifest"),
        faults: modelDeployments.faults,
      })
      .from(models)
      .leftJoin(
        modelDeployments,
        and(eq(modelDeployments.lattice, models.lattice), eq(modelDeployments.name, models.name)),
      )
      .leftJoin(
        deployed,
        and(
          eq(deployed.lattice, modelDeployments.lattice),
          eq(deployed.name, modelDeployments.name),
          eq(deployed.version, modelDeployments.version),
        ),
      )
      .where(and(eq(models.lattice, lattice), sql`${models.ordinal} in ${newest}`))
      .orderBy(asc(models.name)),
    db
      .select({ record: workloads.record })
      .from(workloads)
      .where(and(eq(workloads.namespace, lattice), eq(workloads.owner, owner)))
      .limit(limit),
  ]);
  return { listed, records: records.map(({ record }) => record) };
}

/** A batch's rows come by their columns' names: of two with one name the second would be lost. */
function named<Value>(column: SQLiteColumn, name: string) {
  // What the column's own type reads.
  const read = (value: unknown) => column.mapFromDriverValue(value) as Value | null;
  return sql`${column}`.mapWith(read).as(name);
}
