// The nodes that a placement's rules leave, in the order of what doesn't change as instances come and go. Kept for
// each cluster until a node changes, so that a thousand workloads with the same rules filter once.
import type { Cluster, Usage } from "./cluster.ts";
import { satisfies, told } from "./constraint.ts";
import type { Constraint } from "./constraint.ts";
import { lackOfNeeds } from "./need.ts";
import type { Need } from "./need.ts";
import { UNLIMITED } from "./node.ts";
import type { PlacementNode, Resources } from "./node.ts";
import type { Demand, Preference } from "./placement.ts";
import { distanceKm } from "./proximity.ts";

/** What of a node no question changes: one record for all questions, so that none makes a thousand. */
export type Candidate = {
  readonly node: PlacementNode;
  /** The cluster's own record: what is taken of the node now. */
  readonly usage: Usage;
  readonly size: number;
};

/** Alike in preference and, edge-first, distance: what is in an earlier group is better, whatever is taken of it. */
type Group = { readonly members: Candidate[]; readonly away: number[] };

export class Candidates {
  /** By group, then by the node's id. */
  readonly list: readonly Candidate[];
  /** By the place in the list: kilometres or milliseconds, by the strategy. */
  readonly away: Float64Array;
  /** Where in the list a group ends, in order. */
  readonly ends: readonly number[];
  /** How many nodes each rule took away: a node counts for the first rule that it breaks. */
  readonly rejected: ReadonlyMap<string, number>;
  #places: Map<string, number> | null = null;

  constructor(groups: readonly Group[], rejected: ReadonlyMap<string, number>) {
    this.list = groups.flatMap(({ members }) => members);
    this.away = Float64Array.from(groups.flatMap(({ away }) => away));
    let end = 0;
    this.ends = groups.map(({ members }) => (end += members.length));
    this.rejected = rejected;
  }

  indexOf(node: string): number | undefined {
    this.#places ??= new Map(this.list.map((candidate, at) => [candidate.node.id, at]));
    return this.#places.get(node);
  }
}

type Kept = {
  readonly version: number;
  /** By id: sorted once, so that no list needs sorting. */
  readonly known: readonly Candidate[];
  readonly lists: Map<string, Candidates>;
};

const KEPT = new WeakMap<Cluster, Kept>();
const LISTS_MAX = 64;

export function candidatesFor(cluster: Cluster, demand: Demand): Candidates {
  const kept = keptOf(cluster);
  const key = JSON.stringify([
    demand.placement.strategy,
    demand.placement.region,
    demand.placement.constraints,
    demand.placement.preferences,
    demand.placement.strategy === "latency-aware" ? demand.moduleId : null,
    demand.needs ?? [],
  ]);
  const found = kept.lists.get(key);
  if (found !== undefined) return found;
  const made = filter(kept.known, demand);
  if (kept.lists.size >= LISTS_MAX) kept.lists.clear();
  kept.lists.set(key, made);
  return made;
}

function keptOf(cluster: Cluster): Kept {
  const kept = KEPT.get(cluster);
  if (kept?.version === cluster.version) return kept;
  const nodes = [...cluster.nodes.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  const known = nodes.map((node) => ({
    node,
    usage: cluster.usage(node.id),
    size: sizeOf(node.capacity),
  }));
  const made: Kept = { version: cluster.version, known, lists: new Map() };
  KEPT.set(cluster, made);
  return made;
}

function filter(all: readonly Candidate[], demand: Demand): Candidates {
  const { strategy, region, constraints, preferences } = demand.placement;
  const { needs = [] } = demand;
  const regions = strategy === "latency-aware" ? regionP95(all, demand.moduleId) : null;
  const broken = new Map<string | Constraint, number>();
  const groups = new Map<number, Map<number, Group>>();
  const distances = new Map<string, number>();
  const kilometres = (to: string): number => {
    const distance = distances.get(to) ?? distanceKm(region ?? to, to);
    distances.set(to, distance);
    return distance;
  };
  for (const candidate of all) {
    const { node } = candidate;
    const rule = brokenRule(node, { constraints, needs });
    if (rule !== null) {
      broken.set(rule, (broken.get(rule) ?? 0) + 1);
      continue;
    }
    const preferred = preferenceFor(node, preferences);
    const near = strategy === "edge-first" && region !== null ? kilometres(node.region) : 0;
    const away =
      regions === null
        ? near
        : (node.p95Ms[demand.moduleId] ?? regions.get(node.region) ?? Number.MAX_VALUE);
    const group = groupAt(groups, preferred, near);
    group.members.push(candidate);
    group.away.push(away);
  }
  return new Candidates(listed(groups), rejections(broken));
}

function groupAt(groups: Map<number, Map<number, Group>>, preferred: number, near: number): Group {
  const nearer = groups.get(preferred);
  const found = nearer?.get(near);
  if (found !== undefined) return found;
  const made: Group = { members: [], away: [] };
  if (nearer === undefined) groups.set(preferred, new Map([[near, made]]));
  else nearer.set(near, made);
  return made;
}

function listed(groups: ReadonlyMap<number, ReadonlyMap<number, Group>>): Group[] {
  const best = [...groups].sort(([one], [other]) => other - one);
  return best.flatMap(([, nearer]) =>
    [...nearer].sort(([one], [other]) => one - other).map(([, group]) => group),
  );
}

function preferenceFor(node: PlacementNode, preferences: readonly Preference[]): number {
  let sum = 0;
  for (const preference of preferences) if (satisfies(node, preference)) sum += preference.weight;
  return sum;
}

/** What a node didn't say makes it no larger. */
function sizeOf({ cpuMillis, memoryBytes }: Resources): number {
  const cores = cpuMillis === UNLIMITED ? 0 : cpuMillis / 1000;
  return cores + (memoryBytes === UNLIMITED ? 0 : memoryBytes / 2 ** 30);
}

/** The first rule that the node breaks, what bars it before the constraints; null for none. */
function brokenRule(
  node: PlacementNode,
  by: { readonly constraints: readonly Constraint[]; readonly needs: readonly Need[] },
): string | Constraint | null {
  if (!node.isAlive) return "not alive";
  if (!node.isOpen) return "closed for new instances";
  const lack = node.lacks === undefined ? null : lackOfNeeds(node.lacks, by.needs);
  if (lack !== null) return lack;
  for (const constraint of by.constraints) if (!satisfies(node, constraint)) return constraint;
  return null;
}

/** In words only here: a rule is told once, however many nodes break it. */
function rejections(broken: ReadonlyMap<string | Constraint, number>): Map<string, number> {
  const rejected = new Map<string, number>();
  for (const [rule, nodes] of broken) {
    const words = typeof rule === "string" ? rule : told(rule);
    rejected.set(words, (rejected.get(words) ?? 0) + nodes);
  }
  return rejected;
}

/** The mean of what a region's nodes measured: stands in for a node that never ran the module. */
function regionP95(all: readonly Candidate[], moduleId: string): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { node } of all) {
    const { region } = node;
    const p95 = node.p95Ms[moduleId];
    if (p95 === undefined) continue;
    const { sum, count } = sums.get(region) ?? { sum: 0, count: 0 };
    sums.set(region, { sum: sum + p95, count: count + 1 });
  }
  return new Map([...sums].map(([region, { sum, count }]) => [region, sum / count]));
}
