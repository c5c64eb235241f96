// The queryable copy of workloads. Each lattice owns the truth of its own and writes it here after every change.
import { and, asc, count, desc, eq, sql } from "drizzle-orm";
import { parseModuleReference } from "#domain/module.ts";
import type { Callable, WorkloadRecord } from "#domain/workload/record.ts";
import type { Kind } from "#domain/workload/workload.ts";
import { database } from "./database.ts";
import type { Database } from "./database.ts";
import { latticeOf } from "./objects.ts";
import { endpoints, lattices, workloads } from "./schema.ts";

export type WorkloadFilter = {
  readonly namespace?: string | undefined;
  readonly owner?: string | undefined;
  readonly name?: string | undefined;
  /** Those that run a version of that module. */
  readonly moduleName?: string | undefined;
  readonly type?: Kind["type"] | undefined;
  readonly phase?: WorkloadRecord["status"]["phase"] | undefined;
  readonly limit: number;
  readonly offset: number;
};

/** Of many replicas without a node so many are told in a list; the lattice tells them all. */
const UNPLACED_TOLD = 10;

export async function mirrorWorkload(
  db: Database,
  told: {
    readonly record: WorkloadRecord;
    readonly sequence: number;
    readonly callable: readonly Callable[];
  },
): Promise<void> {
  const { record, sequence } = told;
  const { id, namespace, owner, name, kind, moduleId } = record.workload;
  const unplaced = record.status.unplaced.slice(0, UNPLACED_TOLD);
  const changing = {
    moduleId,
    type: kind.type,
    phase: record.status.phase,
    sequence,
    record: { ...record, status: { ...record.status, unplaced } },
  };
  const places = told.callable.map((place) => ({
    ...place,
    moduleName: parseModuleReference(place.moduleId)?.name ?? place.moduleId,
  }));
  const isNewest = sql`exists (select 1 from workloads where id = ${id} and sequence = ${sequence})`;
  await db.batch([
    db
      .insert(workloads)
      .values({ id, namespace, owner, name, createdAt: record.createdAt, ...changing })
      .onConflictDoUpdate({
        target: workloads.id,
        set: changing,
        setWhere: sql`${workloads.sequence} <= ${sequence}`,
      }),
    db.delete(endpoints).where(and(eq(endpoints.workloadId, id), isNewest)),
    // One parameter for all of them: D1 binds a hundred at most.
    db.insert(endpoints).select(sql`
      select ${id}, value ->> 'moduleId', value ->> 'moduleName', value ->> 'node', value ->> 'count'
      from json_each(${JSON.stringify(places)}) where ${isNewest}`),
  ]);
}

export async function forgetWorkload(db: Database, id: string): Promise<void> {
  await db.batch([
    db.delete(workloads).where(eq(workloads.id, id)),
    db.delete(endpoints).where(eq(endpoints.workloadId, id)),
  ]);
}

export async function listWorkloads(
  db: Database,
  filter: WorkloadFilter,
): Promise<{ workloads: WorkloadRecord[]; total: number }> {
  const where = and(
    filter.namespace === undefined ? undefined : eq(workloads.namespace, filter.namespace),
    filter.owner === undefined ? undefined : eq(workloads.owner, filter.owner),
    filter.name === undefined ? undefined : eq(workloads.name, filter.name),
    filter.moduleName === undefined
      ? undefined
      : sql`substr(${workloads.moduleId}, 1, length(${filter.moduleName}) + 2) = ${filter.moduleName} || '-v'`,
    filter.type === undefined ? undefined : eq(workloads.type, filter.type),
    filter.phase === undefined ? undefined : eq(workloads.phase, filter.phase),
  );
  const [rows, totals] = await db.batch([
    db
      .select({ record: workloads.record })
      .from(workloads)
      .where(where)
      .orderBy(desc(workloads.createdAt), desc(workloads.id))
      .limit(filter.limit)
      .offset(filter.offset),
    db.select({ total: count() }).from(workloads).where(where),
  ]);
  return { workloads: rows.map(({ record }) => record), total: totals[0]?.total ?? 0 };
}

/** Where instances of a lattice's components can be called. */
export type LatticePlace = {
  readonly record: WorkloadRecord;
  readonly node: string;
  readonly moduleId: string;
  readonly instances: number;
};

export async function latticePlaces(db: Database, namespace: string): Promise<LatticePlace[]> {
  return db
    .select({
      record: workloads.record,
      node: endpoints.nodeId,
      moduleId: endpoints.moduleId,
      instances: endpoints.instances,
    })
    .from(endpoints)
    .innerJoin(workloads, eq(workloads.id, endpoints.workloadId))
    .where(and(eq(workloads.namespace, namespace), eq(workloads.owner, "wadm")))
    .orderBy(asc(workloads.name));
}

/** The lattice that a workload is of; null when there is no such workload. */
export async function namespaceOf(db: Database, id: string): Promise<string | null> {
  const [row] = await db
    .select({ namespace: workloads.namespace })
    .from(workloads)
    .where(eq(workloads.id, id));
  return row?.namespace ?? null;
}

/** Workloads that name the version: what keeps it from being deleted. */
export async function workloadsOf(db: Database, moduleId: string): Promise<string[]> {
  const rows = await db
    .select({ id: workloads.id })
    .from(workloads)
    .where(eq(workloads.moduleId, moduleId));
  return rows.map(({ id }) => id);
}

export async function listLattice(db: Database, name: string): Promise<void> {
  await db.insert(lattices).values({ name }).onConflictDoNothing();
}

export async function latticeNames(db: Database): Promise<string[]> {
  const rows = await db.select().from(lattices);
  return rows.map(({ name }) => name);
}

/** Tells every lattice that a node came, changed or went. One that can't be told reads all nodes at the next sweep. */
export async function announceNode(env: Env, nodeId: string): Promise<void> {
  try {
    const names = await latticeNames(database(env));
    await Promise.all(names.map((name) => latticeOf(env, name).nodeChanged(nodeId)));
  } catch (cause) {
    console.warn("node not announced", nodeId, cause);
  }
}
