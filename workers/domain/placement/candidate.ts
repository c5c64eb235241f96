// The nodes that a placement's rules leave, in the order of what doesn't change as instances come and go. Kept for
// each cluster until a node changes, so that a thousand workloads with the same rules filter once.
import type { Cluster, Usage } from "./cluster.ts";
import { satisfies, told } from "./constraint.ts";
import type { Constraint } from "./constraint.ts";
import { UNLIMITED } from "./node.ts";
import type { PlacementNode, Resources } from "./node.ts";
import type { Demand, Preference } from "./placement.ts";
import { distanceKm } from "./proximity.ts";

export type Candidate = {
  readonly node: PlacementNode;
  /** The cluster's own record: what is taken of the node now. */
  readonly usage: Usage;
  /** Kilometres or milliseconds, by the strategy. */
  readonly away: number;
  readonly size: number;
  /** Preference and, edge-first, distance: what is in an earlier group is better, whatever is taken of it. */
  readonly group: Group;
};

type Group = { readonly members: Candidate[] };

export class Candidates {
  /** By group, then by the node's id. */
  readonly list: readonly Candidate[];
  /** How many nodes each rule took away: a node counts for the first rule that it breaks. */
  readonly rejected: ReadonlyMap<string, number>;
  #places: Map<string, number> | null = null;

  constructor(list: readonly Candidate[], rejected: ReadonlyMap<string, number>) {
    this.list = list;
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
  readonly nodes: readonly PlacementNode[];
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
  ]);
  const found = kept.lists.get(key);
  if (found !== undefined) return found;
  const made = filter(cluster, kept.nodes, demand);
  if (kept.lists.size >= LISTS_MAX) kept.lists.clear();
  kept.lists.set(key, made);
  return made;
}

function keptOf(cluster: Cluster): Kept {
  const kept = KEPT.get(cluster);
  if (kept?.version === cluster.version) return kept;
  const nodes = [...cluster.nodes.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  const made: Kept = { version: cluster.version, nodes, lists: new Map() };
  KEPT.set(cluster, made);
  return made;
}

function filter(cluster: Cluster, nodes: readonly PlacementNode[], demand: Demand): Candidates {
  const { strategy, region, constraints, preferences } = demand.placement;
  const regions = strategy === "latency-aware" ? regionP95(nodes, demand.moduleId) : null;
  const rejected = new Map<string, number>();
  const groups = new Map<number, Map<number, Group>>();
  const distances = new Map<string, number>();
  const kilometres = (to: string): number => {
    const distance = distances.get(to) ?? distanceKm(region ?? to, to);
    distances.set(to, distance);
    return distance;
  };
  for (const node of nodes) {
    const rule = brokenRule(node, constraints);
    if (rule !== null) {
      rejected.set(rule, (rejected.get(rule) ?? 0) + 1);
      continue;
    }
    const preferred = preferenceFor(node, preferences);
    const near = strategy === "edge-first" && region !== null ? kilometres(node.region) : 0;
    const away =
      regions === null
        ? near
        : (node.p95Ms[demand.moduleId] ?? regions.get(node.region) ?? Number.MAX_VALUE);
    const size = sizeOf(node.capacity);
    const nearer = groups.get(preferred) ?? new Map<number, Group>();
    groups.set(preferred, nearer);
    const group: Group = nearer.get(near) ?? { members: [] };
    nearer.set(near, group);
    group.members.push({ node, usage: cluster.usage(node.id), away, size, group });
  }
  return new Candidates(listed(groups), rejected);
}

function listed(groups: ReadonlyMap<number, ReadonlyMap<number, Group>>): Candidate[] {
  const best = [...groups].sort(([one], [other]) => other - one);
  return best.flatMap(([, nearer]) =>
    [...nearer].sort(([one], [other]) => one - other).flatMap(([, { members }]) => members),
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

function brokenRule(node: PlacementNode, constraints: readonly Constraint[]): string | null {
  if (!node.isAlive) return "not alive";
  if (!node.isOpen) return "closed for new instances";
  const broken = constraints.find((constraint) => !satisfies(node, constraint));
  return broken === undefined ? null : told(broken);
}

/** The mean of what a region's nodes measured: stands in for a node that never ran the module. */
function regionP95(nodes: readonly PlacementNode[], moduleId: string): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { region, p95Ms } of nodes) {
    const p95 = p95Ms[moduleId];
    if (p95 === undefined) continue;
    const { sum, count } = sums.get(region) ?? { sum: 0, count: 0 };
    sums.set(region, { sum: sum + p95, count: count + 1 });
  }
  return new Map([...sums].map(([region, { sum, count }]) => [region, sum / count]));
}
