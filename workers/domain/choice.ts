// Which version and which node answer a call: pure, given the route, the nodes and how busy each one is.
import { Fault } from "./fault.ts";
import type { ModuleStatus } from "./module.ts";
import type { NodeStatus } from "./node.ts";
import { stickyBucket, stickyHash, versionAt } from "./route.ts";
import type { RegionRoute, RouteEntry } from "./route.ts";
import { versionOf } from "./variant.ts";

export type Question = {
  readonly moduleName: string;
  /** The id of one version; null lets the weights decide. */
  readonly moduleId: string | null;
  readonly region: string | null;
  readonly stickyKey: string | null;
  /** Whether the key keeps its caller on a node too, for as long as that is healthy. */
  readonly isNodeSticky?: boolean;
};

export type Known = {
  readonly routes: readonly RegionRoute[];
  readonly versions: readonly { id: string; status: ModuleStatus; maxSeconds: number }[];
  readonly nodes: readonly { id: string; region: string; isEnabled: boolean; status: NodeStatus }[];
};

export type Chance = {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly inFlight: (nodeId: string) => number;
};

export type Choice = {
  readonly moduleId: string;
  readonly nodeId: string;
  readonly region: string;
  readonly maxSeconds: number;
};

/** Throws a fault that says which of version, region and node was missing. */
export function choose(question: Question, known: Known, chance: Chance): Choice {
  const routes = servingRoutes(question, known);
  const healthy = new Set(
    known.nodes.filter((node) => node.isEnabled && node.status === "Healthy").map(({ id }) => id),
  );
  const alive = routes.filter(({ entries }) =>
    entries.some((entry) => fits(entry, question) && entry.nodes.some((id) => healthy.has(id))),
  );
  if (alive.length === 0) throw nobodyHealthy(question, routes);
  const route = pick(alive, question.stickyKey, { question, chance });
  const entry = versionIn(route, question, { healthy, chance });
  const version = known.versions.find(({ id }) => id === versionOf(entry.moduleId));
  if (version?.status === "Disabled") throw disabled(version.id);
  const nodes = entry.nodes.filter((id) => healthy.has(id));
  const { stickyKey, isNodeSticky = false } = question;
  const nodeId =
    stickyKey !== null && isNodeSticky ? stickyNode(nodes, stickyKey) : leastOfTwo(nodes, chance);
  return {
    moduleId: entry.moduleId,
    nodeId,
    region: route.region,
    maxSeconds: version?.maxSeconds ?? 0,
  };
}

/** The regions that could answer: the named one, or all that have the version. */
function servingRoutes(question: Question, known: Known): RegionRoute[] {
  const { moduleId, moduleName, region } = question;
  const asked = moduleId ?? moduleName;
  const version = known.versions.find(({ id }) => id === moduleId);
  if (known.versions.length === 0 || (moduleId !== null && version === undefined)) {
    throw new Fault("MODULE_NOT_FOUND", `Module ${asked} is not registered.`);
  }
  if (version?.status === "Disabled") throw disabled(version.id);
  const serving = known.routes.filter(({ entries }) =>
    entries.some((entry) => fits(entry, question)),
  );
  const here = region === null ? serving : serving.filter((route) => route.region === region);
  if (here.length > 0) return here;
  const where = serving.map((route) => route.region).join(", ");
  const message =
    region === null || serving.length === 0
      ? `Module ${asked} is not deployed anywhere; create and execute a deployment first.`
      : `Module ${asked} is not deployed in region ${region}; it is in ${where}.`;
  throw new Fault("MODULE_NOT_DEPLOYED", message);
}

function fits(entry: RouteEntry, question: Question): boolean {
  return question.moduleId === null ? entry.weight > 0 : entry.moduleId === question.moduleId;
}

/**
 * The version by the weights. Should it have no healthy node in the region, one that stood before it answers:
 * one node's failure must not become the users'. Never the other way round, or the loss of the stable
 * version's nodes would hand an unproven one more than its share.
 */
function versionIn(
  route: RegionRoute,
  question: Question,
  by: { healthy: ReadonlySet<string>; chance: Chance },
): RouteEntry {
  const isUsable = (entry: RouteEntry): boolean =>
    fits(entry, question) && entry.nodes.some((id) => by.healthy.has(id));
  const bucket =
    question.stickyKey === null
      ? Math.floor(by.chance.random() * 100)
      : stickyBucket(question.moduleName, question.stickyKey);
  const weighed = question.moduleId === null ? versionAt(route, bucket) : null;
  const from = weighed === null ? 0 : route.entries.indexOf(weighed);
  const entry = route.entries.slice(from).find(isUsable);
  if (entry === undefined) throw nobodyHealthy(question, [route]);
  return entry;
}

/** A sticky key always falls to the same region too. */
function pick(
  routes: readonly RegionRoute[],
  stickyKey: string | null,
  by: { question: Question; chance: Chance },
): RegionRoute {
  const at =
    stickyKey === null
      ? Math.floor(by.chance.random() * routes.length)
      : stickyBucket(`region of ${by.question.moduleName}`, stickyKey) % routes.length;
  const route = routes[at] ?? routes[0];
  if (route === undefined) throw nobodyHealthy(by.question, routes);
  return route;
}

/** Two at random, the less busy one of them: close to the best choice without asking all. */
function leastOfTwo(nodes: readonly string[], chance: Chance): string {
  const first = Math.floor(chance.random() * nodes.length);
  const step = 1 + Math.floor(chance.random() * (nodes.length - 1));
  const [one, other] = [nodes[first] ?? "", nodes[(first + step) % nodes.length] ?? ""];
  return chance.inFlight(other) < chance.inFlight(one) ? other : one;
}

/** The node with the highest score for the key: when one comes or goes, only its own callers move. */
function stickyNode(nodes: readonly string[], key: string): string {
  const scored = nodes.map((node) => ({ node, score: stickyHash(node, key) }));
  const best = scored.reduce((one, other) => (other.score > one.score ? other : one));
  return best.node;
}

function nobodyHealthy(question: Question, routes: readonly RegionRoute[]): Fault {
  const regions = routes.map((route) => route.region).join(", ");
  const message = `No node that holds ${question.moduleId ?? question.moduleName} in ${regions} is healthy and enabled at this moment.`;
  return new Fault("NO_HEALTHY_NODE", message, { retryAfterSeconds: 30 });
}

function disabled(moduleId: string): Fault {
  return new Fault("MODULE_DISABLED", `Module ${moduleId} is Disabled and may not run.`);
}
