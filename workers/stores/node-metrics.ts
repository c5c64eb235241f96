// What nodes measured, downsampled by the database: a step that nobody measured in has no row.
import { and, desc, eq, gt, lt, lte, sql } from "drizzle-orm";
import type { AnyColumn } from "drizzle-orm";
import type { NodeMetric } from "#domain/node-metric.ts";
import type { Database } from "./database.ts";
import { invocations, nodeMetrics, nodes } from "./schema.ts";

/** Old rows that one sweep lets go of; the next one goes on. */
const DELETED_MAX = 20_000;

export type Window = { readonly from: number; readonly to: number };

/** Averages of one step, weighted by samples; counters of the network by their largest value. */
export type Step = {
  readonly at: number;
  readonly cpuUsage: number | null;
  readonly memoryUsage: number | null;
  readonly diskUsage: number | null;
  readonly rxBytes: number | null;
  readonly txBytes: number | null;
};

export async function recordMetric(db: Database, metric: NodeMetric): Promise<void> {
  const { nodeId, at, ...rest } = metric;
  const measured = { ...rest, containers: [...metric.containers] };
  await db
    .insert(nodeMetrics)
    .values({ nodeId, at, ...measured })
    .onConflictDoUpdate({ target: [nodeMetrics.nodeId, nodeMetrics.at], set: measured });
}

/** Steps in the order of time, of one node or (null) over all. */
export async function steps(
  db: Database,
  nodeId: string | null,
  over: Window & { readonly stepMs: number },
): Promise<Step[]> {
  const at = sql<number>`${nodeMetrics.at} - ${nodeMetrics.at} % ${over.stepMs}`.mapWith(Number);
  return db
    .select({
      at,
      cpuUsage: average(nodeMetrics.cpuUsage),
      memoryUsage: average(nodeMetrics.memoryUsage),
      diskUsage: average(nodeMetrics.diskUsage),
      rxBytes: sql<number | null>`max(${nodeMetrics.rxBytes})`,
      txBytes: sql<number | null>`max(${nodeMetrics.txBytes})`,
    })
    .from(nodeMetrics)
    .where(and(within(over), nodeId === null ? undefined : eq(nodeMetrics.nodeId, nodeId)))
    .groupBy(sql`1`)
    .orderBy(sql`1`);
}

export type NodeAverage = {
  readonly nodeId: string;
  readonly name: string;
  readonly cpuUsage: number | null;
  readonly memoryUsage: number | null;
};

/** One average for each node that measured anything in the window. */
export async function averages(db: Database, over: Window): Promise<NodeAverage[]> {
  return db
    .select({
      nodeId: nodeMetrics.nodeId,
      name: nodes.name,
      cpuUsage: average(nodeMetrics.cpuUsage),
      memoryUsage: average(nodeMetrics.memoryUsage),
    })
    .from(nodeMetrics)
    .innerJoin(nodes, eq(nodes.id, nodeMetrics.nodeId))
    .where(within(over))
    .groupBy(nodeMetrics.nodeId, nodes.name)
    .orderBy(nodeMetrics.nodeId);
}

/** The newest measurement of each node in the window. */
export async function newest(db: Database, over: Window): Promise<NodeMetric[]> {
  const rows = await db
    .select()
    .from(nodeMetrics)
    .where(
      and(
        within(over),
        sql`${nodeMetrics.at} = (select max(m.at) from node_metrics m where m.node_id = ${nodeMetrics}.node_id)`,
      ),
    )
    .orderBy(desc(nodeMetrics.at));
  return rows;
}

/** Calls that all nodes ever answered, and those that failed. */
export async function callTotals(db: Database): Promise<{ calls: number; errors: number }> {
  const [row] = await db
    .select({
      calls: sql<number>`coalesce(sum(${invocations.calls}), 0)`,
      errors: sql<number>`coalesce(sum(${invocations.errors}), 0)`,
    })
    .from(invocations);
  return row ?? { calls: 0, errors: 0 };
}

export async function deleteMetricsBefore(db: Database, before: number): Promise<void> {
  const old = sql`rowid in (select rowid from node_metrics where at < ${before} limit ${DELETED_MAX})`;
  await db.delete(nodeMetrics).where(and(lt(nodeMetrics.at, before), old));
}

function within({ from, to }: Window) {
  return and(gt(nodeMetrics.at, from), lte(nodeMetrics.at, to));
}

/** Null where nothing was measured: SQLite divides by zero to null. */
function average(column: AnyColumn) {
  const weight = sql`sum(case when ${column} is null then 0 else ${nodeMetrics.samples} end)`;
  return sql<number | null>`sum(${column} * ${nodeMetrics.samples}) / ${weight}`;
}
