// Where instances of workloads meet routes. A route says which share of a region each version gets, and rollouts alone
// write it. Instances add their nodes to the versions that it names; where a region has no route they are the route,
// each version weighted by its instances. So no workload ever moves a share that a rollout has set, and a version that
// the route doesn't name is called by its id alone.
import { apportion } from "./apportion.ts";
import type { RegionRoute, RouteEntry } from "./route.ts";
import { versionOf } from "./variant.ts";

/** Ready instances of a version on a node. */
export type Endpoint = {
  readonly moduleId: string;
  readonly nodeId: string;
  readonly region: string;
  readonly instances: number;
};

/** What calls are routed by. A node stands in it once for each of its instances, so that each gets as many calls. */
export function callableRoutes(
  routes: readonly RegionRoute[],
  endpoints: readonly Endpoint[],
): RegionRoute[] {
  return standingRoutes(routes, endpoints).map(({ region, entries }) => ({
    region,
    entries: [...entries, ...unnamed(entries, endpoints, region)].map((entry) => {
      const here = of(endpoints, region, entry.moduleId);
      const counted = here.flatMap(({ nodeId, instances }) =>
        Array.from({ length: instances }, () => nodeId),
      );
      const own = entry.isBorrowed === true ? [] : entry.nodes;
      return { ...entry, nodes: [...own.filter((node) => !counted.includes(node)), ...counted] };
    }),
  }));
}

/**
 * What an app's requests are routed by: the shares of its module's routes, where its own instances stand. A version that
 * these run is called on their nodes alone; one that a rollout brings beside them, where the rollout has it.
 */
export function appRoutes(
  routes: readonly RegionRoute[],
  endpoints: readonly Endpoint[],
): RegionRoute[] {
  const regions = new Set(endpoints.map(({ region }) => region));
  const here = callableRoutes(routes, endpoints).filter(({ region }) => regions.has(region));
  return here.map(({ region, entries }) => ({
    region,
    entries: entries.map((entry) => {
      const own = new Set(nodesOf(of(endpoints, region, entry.moduleId)));
      return own.size === 0
        ? entry
        : { ...entry, nodes: entry.nodes.filter((node) => own.has(node)) };
    }),
  }));
}

/**
 * The route once instances of workloads stand for what a rollout has brought: it names no place of the version itself,
 * and not which configuration of it was brought.
 */
export function handedOver({ region, entries }: RegionRoute, candidate: string): RegionRoute {
  const moduleId = versionOf(candidate);
  const own = entries.filter((entry) => [candidate, moduleId].includes(entry.moduleId));
  const weight = own.reduce((sum, entry) => sum + entry.weight, 0);
  const nodes = [...new Set(own.flatMap((entry) => entry.nodes))];
  const handed = { moduleId, weight, nodes, isBorrowed: true };
  return {
    region,
    entries: entries.flatMap((entry) => {
      if (!own.includes(entry)) return [entry];
      return entry === own[0] ? [handed] : [];
    }),
  };
}

function unnamed(
  entries: readonly RouteEntry[],
  endpoints: readonly Endpoint[],
  region: string,
): RouteEntry[] {
  const named = new Set(entries.map(({ moduleId }) => moduleId));
  return borrowed(endpoints, region)
    .filter(({ moduleId }) => !named.has(moduleId))
    .map((entry) => ({ ...entry, weight: 0 }));
}

/** What a rollout begins from: the versions that stand in each region, those that workloads brought marked as borrowed. */
export function standingRoutes(
  routes: readonly RegionRoute[],
  endpoints: readonly Endpoint[],
): RegionRoute[] {
  const written = routes.filter(isWritten);
  const regions = new Set(written.map(({ region }) => region));
  const others = [...new Set(endpoints.map(({ region }) => region))].filter(
    (region) => !regions.has(region),
  );
  return [
    ...written.map(({ region, entries }) => ({
      region,
      entries: entries.map((entry) =>
        entry.isBorrowed === true
          ? { ...entry, nodes: nodesOf(of(endpoints, region, entry.moduleId)) }
          : entry,
      ),
    })),
    ...others.sort().map((region) => ({ region, entries: borrowed(endpoints, region) })),
  ];
}

/** A route of borrowed entries alone says nothing that its instances don't. */
export function isWritten({ entries }: RegionRoute): boolean {
  return entries.some((entry) => entry.isBorrowed !== true);
}

function borrowed(endpoints: readonly Endpoint[], region: string): RouteEntry[] {
  const here = endpoints.filter((endpoint) => endpoint.region === region);
  const versions = [...Map.groupBy(here, ({ moduleId }) => moduleId)].sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  const weights = apportion(
    100,
    versions.map(([, all]) => all.reduce((sum, { instances }) => sum + instances, 0)),
  );
  return versions.map(([moduleId, all], at) => ({
    moduleId,
    weight: weights[at] ?? 0,
    nodes: nodesOf(all),
    isBorrowed: true,
  }));
}

function of(endpoints: readonly Endpoint[], region: string, moduleId: string): Endpoint[] {
  return endpoints.filter(
    (endpoint) => endpoint.region === region && endpoint.moduleId === moduleId,
  );
}

function nodesOf(endpoints: readonly Endpoint[]): string[] {
  return [...new Set(endpoints.map(({ nodeId }) => nodeId))].sort();
}
