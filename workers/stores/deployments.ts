// Deployments as their rollout objects last reported them, and each transition with its evidence.
import { and, asc, count, desc, eq, inArray, sql } from "drizzle-orm";
import { statusOf } from "#domain/deployment.ts";
import type { Deployment, DeploymentStatus } from "#domain/deployment.ts";
import type { Transition } from "#domain/rollout/rollout.ts";
import { versionOf } from "#domain/variant.ts";
import type { Database } from "./database.ts";
import { deployments, transitions } from "./schema.ts";

export type DeploymentFilter = {
  readonly moduleId?: string | undefined;
  readonly status?: DeploymentStatus | undefined;
  readonly limit: number;
  readonly offset: number;
};

/**
 * Records a transition and, if it is the newest, the state that it led to. So a deployment is never listed as
 * ended before its last transition is, and a report that arrives late or twice changes nothing.
 */
export async function mirrorDeployment(
  db: Database,
  deployment: Deployment,
  transition: Transition,
): Promise<void> {
  const { rollout } = deployment;
  const { sequence, at, actor, from, to, reason, evidence } = transition;
  const record = db
    .insert(transitions)
    .values({
      deploymentId: rollout.id,
      sequence,
      at,
      actor,
      from,
      to,
      reason,
      evidence: [...evidence],
    })
    .onConflictDoNothing();
  if (sequence < rollout.recorded) return void (await record);
  const changing = { rollout, status: statusOf(rollout), recorded: rollout.recorded };
  const upsert = db
    .insert(deployments)
    .values({
      id: rollout.id,
      moduleId: versionOf(rollout.candidate),
      moduleName: rollout.moduleName,
      strategy: rollout.strategy.name,
      targetRegions: [...deployment.targetRegions],
      targetNodes: [...deployment.targetNodes],
      createdAt: rollout.createdAt,
      ...changing,
    })
    .onConflictDoUpdate({
      target: deployments.id,
      set: changing,
      setWhere: sql`${deployments.recorded} <= ${rollout.recorded}`,
    });
  await db.batch([record, upsert]);
}

export async function findDeployment(db: Database, id: string): Promise<Deployment | null> {
  const [row] = await db.select().from(deployments).where(eq(deployments.id, id));
  return row === undefined ? null : row;
}

export async function listDeployments(
  db: Database,
  filter: DeploymentFilter,
): Promise<{ deployments: Deployment[]; total: number }> {
  const where = and(
    filter.moduleId === undefined ? undefined : eq(deployments.moduleId, filter.moduleId),
    filter.status === undefined ? undefined : eq(deployments.status, filter.status),
  );
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(deployments)
      .where(where)
      .orderBy(desc(deployments.createdAt), desc(deployments.id))
      .limit(filter.limit)
      .offset(filter.offset),
    db.select({ total: count() }).from(deployments).where(where),
  ]);
  return { deployments: rows, total: totals[0]?.total ?? 0 };
}

/** The ids of all deployments that have not ended: what the sweep wakes. */
export async function unfinishedDeployments(db: Database, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: deployments.id })
    .from(deployments)
    .where(inArray(deployments.status, ["Pending", "InProgress", "Paused"]))
    .orderBy(asc(deployments.createdAt))
    .limit(limit);
  return rows.map((row) => row.id);
}

/** Unfinished deployments of one version: what keeps it from being deleted. */
export async function unfinishedOf(db: Database, moduleId: string): Promise<string[]> {
  const rows = await db
    .select({ id: deployments.id })
    .from(deployments)
    .where(
      and(
        eq(deployments.moduleId, moduleId),
        inArray(deployments.status, ["Pending", "InProgress", "Paused"]),
      ),
    );
  return rows.map((row) => row.id);
}

export async function listTransitions(
  db: Database,
  deploymentId: string,
  page: { limit: number; offset: number },
): Promise<{ transitions: Transition[]; total: number }> {
  const where = eq(transitions.deploymentId, deploymentId);
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(transitions)
      .where(where)
      .orderBy(asc(transitions.sequence))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(transitions).where(where),
  ]);
  return {
    transitions: rows.map(({ deploymentId: _, ...transition }) => transition),
    total: totals[0]?.total ?? 0,
  };
}
