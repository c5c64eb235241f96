// What a request to an app needs to know, read in one round trip: its workload, where its instances stand, and the
// routes of its module.
import { and, asc, desc, eq, inArray, or } from "drizzle-orm";
import { appRoutes } from "#domain/endpoint.ts";
import { parseEndpointKey } from "#domain/endpoint-key.ts";
import type { EndpointKey } from "#domain/endpoint-key.ts";
import { parseModuleReference } from "#domain/module.ts";
import type { Workload } from "#domain/workload/workload.ts";
import type { Database } from "./database.ts";
import type { RouteSnapshot } from "./routes.ts";
import { endpoints, latticeLinks, modules, nodes, routes, workloads } from "./schema.ts";

export type AppSnapshot = RouteSnapshot & {
  readonly workload: Workload;
  readonly moduleName: string;
  /** Why none of its instances can be called, as far as its lattice has told it; null when it told nothing. */
  readonly trouble: string | null;
  /** Whether waiting for one is in vain. */
  readonly isHopeless: boolean;
};

/** Null when nothing goes by that key. */
export async function appSnapshot(db: Database, key: string): Promise<AppSnapshot | null> {
  const isApp = isMeant(db, parseEndpointKey(key));
  const ids = db.select({ id: workloads.id }).from(workloads).where(isApp);
  const names = db
    .select({ name: modules.name })
    .from(modules)
    .innerJoin(workloads, eq(workloads.moduleId, modules.id))
    .where(isApp);
  const regions = db
    .select({ region: routes.region })
    .from(routes)
    .where(inArray(routes.moduleName, names));
  const standing = db
    .select({ id: endpoints.nodeId })
    .from(endpoints)
    .where(inArray(endpoints.workloadId, ids));
  const [found, places, routeRows, versions, nodeRows] = await db.batch([
    db.select().from(workloads).where(isApp).orderBy(desc(workloads.createdAt)).limit(1),
    db
      .select({
        workloadId: endpoints.workloadId,
        moduleId: endpoints.moduleId,
        nodeId: endpoints.nodeId,
        region: nodes.region,
        instances: endpoints.instances,
      })
      .from(endpoints)
      .innerJoin(nodes, eq(nodes.id, endpoints.nodeId))
      .where(inArray(endpoints.workloadId, ids))
      .orderBy(asc(endpoints.nodeId)),
    db.select().from(routes).where(inArray(routes.moduleName, names)),
    db
      .select({ id: modules.id, status: modules.status, limits: modules.limits })
      .from(modules)
      .where(inArray(modules.name, names)),
    db
      .select({
        id: nodes.id,
        region: nodes.region,
        isEnabled: nodes.isEnabled,
        status: nodes.status,
      })
      .from(nodes)
      .where(or(inArray(nodes.region, regions), inArray(nodes.id, standing))),
  ]);
  const [row] = found;
  if (row === undefined) return null;
  const { workload, status } = row.record;
  return {
    workload,
    moduleName: parseModuleReference(workload.moduleId)?.name ?? workload.moduleId,
    trouble:
      status.conflicts[0] ?? status.unplaced[0]?.reason ?? status.failures.at(-1)?.reason ?? null,
    isHopeless: status.phase === "failed" || status.conflicts.length > 0,
    routes: appRoutes(
      routeRows,
      places.filter(({ workloadId }) => workloadId === workload.id),
    ),
    versions: versions.map(({ id, status, limits }) => ({
      id,
      status,
      maxSeconds: limits.maxExecutionTimeSeconds,
    })),
    nodes: nodeRows,
  };
}

function isMeant(db: Database, key: EndpointKey) {
  if (key.type === "app") return and(eq(workloads.owner, "apps"), eq(workloads.name, key.name));
  const { lattice } = key;
  const isOf = and(eq(workloads.owner, "wadm"), eq(workloads.namespace, lattice));
  if (key.type === "component") return and(isOf, eq(workloads.name, key.name));
  const targets = db
    .select({ target: latticeLinks.target })
    .from(latticeLinks)
    .where(and(eq(latticeLinks.lattice, lattice), eq(latticeLinks.port, key.port)));
  return and(isOf, inArray(workloads.name, targets));
}
