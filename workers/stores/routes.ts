// Routes, and the claims that keep two rollouts from changing the same one.
import { and, asc, eq, inArray, isNotNull, lte, or, sql, sum } from "drizzle-orm";
import { callableRoutes, standingRoutes } from "#domain/endpoint.ts";
import type { ModuleStatus } from "#domain/module.ts";
import type { NodeStatus } from "#domain/node.ts";
import type { RegionRoute } from "#domain/route.ts";
import { versionOf } from "#domain/variant.ts";
import type { Database } from "./database.ts";
import { endpoints, modules, nodes, routes } from "./schema.ts";

export type Target = { readonly moduleName: string; readonly regions: readonly string[] };

/** Everything a call of the module needs to know, read in one round trip. */
export type RouteSnapshot = {
  readonly routes: readonly RegionRoute[];
  readonly versions: readonly { id: string; status: ModuleStatus; maxSeconds: number }[];
  readonly nodes: readonly { id: string; region: string; isEnabled: boolean; status: NodeStatus }[];
};

/** The rollout that claims, writes or gives back, and its turn: what an earlier turn sends late changes nothing. */
export type Claimant = { readonly holder: string; readonly turn: number };

/**
 * Claims all regions or none; a claim that was sent before its holder gave the regions back, and arrives after, claims
 * nothing. Answers the routes as they stand, or who holds one of them.
 */
export async function claimRoutes(
  db: Database,
  target: Target,
  { holder, turn }: Claimant,
): Promise<{ routes: RegionRoute[] } | { heldBy: string }> {
  const { moduleName } = target;
  const regions = [...target.regions];
  const here = and(eq(routes.moduleName, moduleName), inArray(routes.region, regions));
  const [, , rows, instances] = await db.batch([
    db
      .insert(routes)
      .values(regions.map((region) => ({ moduleName, region, entries: [], fence: 0 })))
      .onConflictDoNothing(),
    db
      .update(routes)
      .set({
        holder,
        fencedBy: holder,
        fence: sql`case when ${routes.fencedBy} = ${holder} then max(${routes.fence}, ${turn}) else ${turn} end`,
      })
      .where(
        and(
          here,
          sql`not exists (select 1 from routes as other where other.module_name = ${moduleName} and other.region in ${regions} and (other.holder <> ${holder} or (other.holder is null and other.fenced_by = ${holder} and other.fence > ${turn})))`,
        ),
      ),
    db.select().from(routes).where(here),
    endpointsOf(db, moduleName),
  ]);
  const other = rows.find((row) => row.holder !== holder);
  if (other !== undefined) return { heldBy: other.holder ?? "nobody" };
  return { routes: standingRoutes(rows, instances) };
}

/** Who holds a claim on one of the regions; null when they are free. */
export async function holderOf(db: Database, target: Target): Promise<string | null> {
  const [row] = await db
    .select({ holder: routes.holder })
    .from(routes)
    .where(
      and(
        eq(routes.moduleName, target.moduleName),
        inArray(routes.region, [...target.regions]),
        isNotNull(routes.holder),
      ),
    );
  return row?.holder ?? null;
}

/** Everybody who holds a claim: what the sweep wakes, so that none outlives its rollout. */
export async function routeHolders(db: Database, limit: number): Promise<string[]> {
  const rows = await db
    .selectDistinct({ holder: routes.holder })
    .from(routes)
    .where(isNotNull(routes.holder))
    .limit(limit);
  return rows.flatMap(({ holder }) => (holder === null ? [] : [holder]));
}

/** Only the holder's newest turn counts: any other write changes nothing. */
export async function writeRoutes(
  db: Database,
  by: Claimant & { moduleName: string },
  next: readonly RegionRoute[],
): Promise<void> {
  const [first, ...rest] = next.map(({ region, entries }) =>
    db
      .update(routes)
      .set({ entries: [...entries], fence: by.turn })
      .where(
        and(
          eq(routes.moduleName, by.moduleName),
          eq(routes.region, region),
          eq(routes.holder, by.holder),
          lte(routes.fence, by.turn),
        ),
      ),
  );
  if (first !== undefined) await db.batch([first, ...rest]);
}

export async function releaseRoutes(
  db: Database,
  moduleName: string,
  { holder, turn }: Claimant,
): Promise<void> {
  const held = and(
    eq(routes.moduleName, moduleName),
    eq(routes.holder, holder),
    lte(routes.fence, turn),
  );
  // The fence stays. What the instances of workloads say themselves goes.
  const isWritten = sql`exists (select 1 from json_each(${routes.entries}) where value ->> 'isBorrowed' is null)`;
  await db
    .update(routes)
    .set({
      holder: null,
      fence: turn,
      entries: sql`case when ${isWritten} then ${routes.entries} else '[]' end`,
    })
    .where(held);
}

/** What rollouts wrote, of every module. */
export async function allRoutes(db: Database): Promise<(RegionRoute & { moduleName: string })[]> {
  const rows = await db.select().from(routes).orderBy(asc(routes.moduleName), asc(routes.region));
  return rows
    .filter(({ entries }) => entries.length > 0)
    .map(({ moduleName, region, entries }) => ({ moduleName, region, entries }));
}

export async function readRoutes(db: Database, moduleName: string): Promise<RegionRoute[]> {
  const rows = await db.select().from(routes).where(eq(routes.moduleName, moduleName));
  return rows
    .filter(({ entries }) => entries.length > 0)
    .map(({ region, entries }) => ({ region, entries }));
}

/** As a rollout finds them: what rollouts wrote, and where they wrote nothing what instances of workloads serve. */
export async function readStanding(db: Database, moduleName: string): Promise<RegionRoute[]> {
  const [rows, instances] = await db.batch([
    db.select().from(routes).where(eq(routes.moduleName, moduleName)),
    endpointsOf(db, moduleName),
  ]);
  return standingRoutes(rows, instances);
}

function endpointsOf(db: Database, moduleName: string) {
  return db
    .select({
      moduleId: endpoints.moduleId,
      nodeId: endpoints.nodeId,
      region: nodes.region,
      instances: sum(endpoints.instances).mapWith(Number),
    })
    .from(endpoints)
    .innerJoin(nodes, eq(nodes.id, endpoints.nodeId))
    .where(eq(endpoints.moduleName, moduleName))
    .groupBy(endpoints.moduleId, endpoints.nodeId, nodes.region)
    .orderBy(asc(endpoints.nodeId));
}

export async function routeSnapshot(db: Database, moduleName: string): Promise<RouteSnapshot> {
  const regions = db
    .select({ region: routes.region })
    .from(routes)
    .where(eq(routes.moduleName, moduleName));
  const serving = db
    .select({ id: endpoints.nodeId })
    .from(endpoints)
    .where(eq(endpoints.moduleName, moduleName));
  const [routeRows, versions, nodeRows, instances] = await db.batch([
    db.select().from(routes).where(eq(routes.moduleName, moduleName)),
    db
      .select({ id: modules.id, status: modules.status, limits: modules.limits })
      .from(modules)
      .where(eq(modules.name, moduleName)),
    db
      .select({
        id: nodes.id,
        region: nodes.region,
        isEnabled: nodes.isEnabled,
        status: nodes.status,
      })
      .from(nodes)
      .where(or(inArray(nodes.region, regions), inArray(nodes.id, serving))),
    endpointsOf(db, moduleName),
  ]);
  return {
    routes: callableRoutes(routeRows, instances),
    versions: versions.map(({ id, status, limits }) => ({
      id,
      status,
      maxSeconds: limits.maxExecutionTimeSeconds,
    })),
    nodes: nodeRows,
  };
}

/** The regions in which a version stands in a route, with or without weight. */
export async function regionsServing(
  db: Database,
  moduleName: string,
  moduleId: string,
): Promise<string[]> {
  const all = await readRoutes(db, moduleName);
  return all
    .filter((route) => route.entries.some((entry) => versionOf(entry.moduleId) === moduleId))
    .map((route) => route.region);
}

/** All routes that name the node, with who holds them. */
export async function routesThrough(
  db: Database,
  region: string,
  nodeId: string,
): Promise<{ moduleName: string; route: RegionRoute; holder: string | null }[]> {
  const rows = await db.select().from(routes).where(eq(routes.region, region));
  return rows
    .filter((row) =>
      row.entries.some((entry) => entry.isBorrowed !== true && entry.nodes.includes(nodeId)),
    )
    .map(({ moduleName, entries, holder }) => ({ moduleName, route: { region, entries }, holder }));
}

/** Replaces a route that nobody holds, if it is still the one that was read. */
export async function replaceRoute(
  db: Database,
  moduleName: string,
  change: { from: RegionRoute; to: RegionRoute },
): Promise<boolean> {
  const rows = await db
    .update(routes)
    .set({ entries: [...change.to.entries] })
    .where(
      and(
        eq(routes.moduleName, moduleName),
        eq(routes.region, change.from.region),
        sql`${routes.holder} is null`,
        sql`${routes.entries} = ${JSON.stringify(change.from.entries)}`,
      ),
    )
    .returning({ region: routes.region });
  return rows.length === 1;
}
