// Registered nodes. Their liveness is kept by a heartbeat object each; this table hears of changes alone.
import { and, asc, count, eq, gte, inArray, lt, sql, sum } from "drizzle-orm";
import type { EdgeNode, NodeCondition, NodeStatus } from "#domain/node.ts";
import type { Latency } from "#domain/placement/latency.ts";
import type { Database } from "./database.ts";
import { invocations, modules, nodeMetrics, nodeTokens, nodes } from "./schema.ts";

export type NodeFilter = {
  readonly region?: string | undefined;
  readonly status?: NodeStatus | undefined;
  /** Of enabled nodes; `maintenance` are those that are not. */
  readonly condition?: NodeCondition | "maintenance" | undefined;
  readonly limit: number;
  readonly offset: number;
};

/** False when a node of that id or name exists. */
export async function insertNode(db: Database, node: EdgeNode): Promise<boolean> {
  const rows = await db
    .insert(nodes)
    .values({
      ...node,
      capabilities: [...node.capabilities],
      hardware: node.hardware === null ? null : { ...node.hardware },
    })
    .onConflictDoNothing()
    .returning({ id: nodes.id });
  return rows.length === 1;
}

export async function findNode(db: Database, id: string): Promise<EdgeNode | null> {
  const [row] = await db.select().from(nodes).where(eq(nodes.id, id));
  return row ?? null;
}

export async function findNodeNamed(db: Database, name: string): Promise<EdgeNode | null> {
  const [row] = await db.select().from(nodes).where(eq(nodes.name, name));
  return row ?? null;
}

/** All nodes whose label has that value, in the order of their ids. */
export async function nodesLabelled(
  db: Database,
  label: string,
  value: string,
): Promise<EdgeNode[]> {
  const told = sql`json_extract(${nodes.labels}, ${`$."${label}"`})`;
  return db.select().from(nodes).where(eq(told, value)).orderBy(asc(nodes.id));
}

export async function listNodes(
  db: Database,
  filter: NodeFilter,
): Promise<{ nodes: EdgeNode[]; total: number }> {
  const where = and(
    filter.region === undefined ? undefined : eq(nodes.region, filter.region),
    filter.status === undefined ? undefined : eq(nodes.status, filter.status),
    filter.condition === undefined ? undefined : conditionIs(filter.condition),
  );
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(nodes)
      .where(where)
      .orderBy(asc(nodes.id))
      .limit(filter.limit)
      .offset(filter.offset),
    db.select({ total: count() }).from(nodes).where(where),
  ]);
  return { nodes: rows, total: totals[0]?.total ?? 0 };
}

export async function countNodes(db: Database): Promise<{ status: NodeStatus; total: number }[]> {
  return db.select({ status: nodes.status, total: count() }).from(nodes).groupBy(nodes.status);
}

function conditionIs(condition: NodeCondition | "maintenance") {
  return condition === "maintenance"
    ? eq(nodes.isEnabled, false)
    : and(eq(nodes.isEnabled, true), eq(nodes.condition, condition));
}

export type NodeChange = Partial<
  Pick<EdgeNode, "name" | "hostname" | "zone" | "capabilities" | "labels" | "resources">
>;

/** False when the new name is another node's. */
export async function changeNode(db: Database, id: string, change: NodeChange): Promise<boolean> {
  if (change.name !== undefined) {
    const [other] = await db
      .select({ id: nodes.id })
      .from(nodes)
      .where(eq(nodes.name, change.name));
    if (other !== undefined && other.id !== id) return false;
  }
  const { capabilities, ...rest } = change;
  const set = {
    ...rest,
    ...(capabilities === undefined ? {} : { capabilities: [...capabilities] }),
  };
  if (Object.keys(set).length > 0) await db.update(nodes).set(set).where(eq(nodes.id, id));
  return true;
}

/** One label, whatever the others are meanwhile; null takes it away. False where there is no such node. */
export async function setNodeLabel(
  db: Database,
  id: string,
  { key, value }: { readonly key: string; readonly value: string | null },
): Promise<boolean> {
  const rows = await db
    .update(nodes)
    .set({ labels: sql`json_patch(${nodes.labels}, ${JSON.stringify({ [key]: value })})` })
    .where(eq(nodes.id, id))
    .returning({ id: nodes.id });
  return rows.length > 0;
}

export async function allNodes(db: Database): Promise<EdgeNode[]> {
  return db.select().from(nodes).orderBy(asc(nodes.id));
}

/** All nodes of the regions, in the order of their ids. */
export async function nodesIn(db: Database, regions: readonly string[]): Promise<EdgeNode[]> {
  return db
    .select()
    .from(nodes)
    .where(inArray(nodes.region, [...regions]))
    .orderBy(asc(nodes.id));
}

export async function nodesNamed(db: Database, ids: readonly string[]): Promise<EdgeNode[]> {
  return db
    .select()
    .from(nodes)
    .where(inArray(nodes.id, [...ids]))
    .orderBy(asc(nodes.id));
}

export async function setNodeEnabled(db: Database, id: string, isEnabled: boolean): Promise<void> {
  await db.update(nodes).set({ isEnabled }).where(eq(nodes.id, id));
}

export async function setNodeCondition(
  db: Database,
  id: string,
  condition: NodeCondition,
): Promise<void> {
  const status = condition === "active" ? "Healthy" : "Unhealthy";
  await db.update(nodes).set({ status, condition }).where(eq(nodes.id, id));
}

/** What a node says of itself. Resources that nobody named are those of its machine. */
/** An agent has come: the node is its from now on. */
export async function setAgent(
  db: Database,
  id: string,
  told: Pick<EdgeNode, "runtime" | "runtimeVersion" | "resources">,
): Promise<void> {
  const { runtime, runtimeVersion, resources } = told;
  await db.batch([
    db.update(nodes).set({ runtime, runtimeVersion, isAgent: true }).where(eq(nodes.id, id)),
    db
      .update(nodes)
      .set({ resources: { ...resources } })
      .where(and(eq(nodes.id, id), eq(nodes.resources, {}))),
  ]);
}

/** Enabled nodes that are not healthy, or never were: what the sweep tries to revive. */
export async function unhealthyNodes(db: Database, limit: number): Promise<EdgeNode[]> {
  return db
    .select()
    .from(nodes)
    .where(and(eq(nodes.isEnabled, true), eq(nodes.status, "Unhealthy")))
    .limit(limit);
}

/** Calls of a module, whatever the version, by the region that answered them. */
export async function callsByRegion(
  db: Database,
  moduleName: string,
): Promise<Record<string, number>> {
  const rows = await db
    .select({ region: nodes.region, calls: sum(invocations.calls).mapWith(Number) })
    .from(invocations)
    .innerJoin(modules, eq(modules.id, invocations.moduleId))
    .innerJoin(nodes, eq(nodes.id, invocations.nodeId))
    .where(eq(modules.name, moduleName))
    .groupBy(nodes.region);
  return Object.fromEntries(rows.map(({ region, calls }) => [region, calls]));
}

/** With what it measured, and with its tokens: another node of that id begins with none. */
export async function deleteNode(db: Database, id: string): Promise<void> {
  await db.batch([
    db.delete(nodes).where(eq(nodes.id, id)),
    db.delete(nodeMetrics).where(eq(nodeMetrics.nodeId, id)),
    db.delete(nodeTokens).where(eq(nodeTokens.nodeId, id)),
  ]);
}

/** Totals of one node, absolute, so that a report may arrive twice. */
export async function reportInvocations(
  db: Database,
  nodeId: string,
  totals: readonly { moduleId: string; calls: number; errors: number; p95Ms: number | null }[],
): Promise<void> {
  const [first, ...rest] = totals.map(({ moduleId, calls, errors, p95Ms }) =>
    db
      .insert(invocations)
      .values({ nodeId, moduleId, calls, errors, p95Ms })
      .onConflictDoUpdate({
        target: [invocations.nodeId, invocations.moduleId],
        set: {
          calls: sql`max(calls, excluded.calls)`,
          errors: sql`max(errors, excluded.errors)`,
          p95Ms: sql`case when excluded.calls >= calls then excluded.p95_ms else p95_ms end`,
        },
      }),
  );
  if (first !== undefined) await db.batch([first, ...rest]);
}

/** What nodes measured of all versions of a module. */
export async function latenciesOf(db: Database, moduleName: string): Promise<Latency[]> {
  const { nodeId, moduleId, calls, p95Ms } = invocations;
  // Between these two lie all ids that begin with the name and its `-v`.
  const isOf = and(gte(moduleId, `${moduleName}-v`), lt(moduleId, `${moduleName}-w`));
  const rows = await db.select({ nodeId, moduleId, calls, p95Ms }).from(invocations).where(isOf);
  return rows.flatMap((row) => (row.p95Ms === null ? [] : [{ ...row, p95Ms: row.p95Ms }]));
}
