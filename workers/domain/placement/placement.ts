// Where the next instance goes. Constraints and room filter; preferences, then the strategy, rank. Pure: it reads
// the cluster, remembers what it placed itself in this round, and changes nothing.
import type { Cluster } from "./cluster.ts";
import { satisfies, told } from "./constraint.ts";
import type { Constraint } from "./constraint.ts";
import { dominantShare, plus } from "./node.ts";
import type { PlacementNode, Resources } from "./node.ts";
import { distanceKm } from "./proximity.ts";

export const STRATEGIES = [
  "edge-first",
  "cloud-first",
  "load-balance",
  "latency-aware",
  "resource-aware",
] as const;

export type PlacementStrategy = (typeof STRATEGIES)[number];

export type Preference = Constraint & { readonly weight: number };

export type Placement = {
  readonly strategy: PlacementStrategy;
  readonly constraints: readonly Constraint[];
  readonly preferences: readonly Preference[];
  /** What edge-first is near to: the caller's region or the one that is named; null spreads over all. */
  readonly region: string | null;
};

export type Demand = {
  readonly placement: Placement;
  readonly resources: Resources;
  readonly moduleId: string;
  /** Instances of the same workload that stand already, by node: replicas keep apart. */
  readonly standing: ReadonlyMap<string, number>;
};

export type Placed =
  | { readonly node: string }
  | { readonly node: null; readonly reason: string; readonly rejected: readonly Rejection[] };

/** How many nodes one rule took away. A node counts for the first rule that it breaks. */
export type Rejection = { readonly rule: string; readonly nodes: number };

type Seat = {
  readonly node: PlacementNode;
  readonly preferred: number;
  /** Kilometres or milliseconds, by the strategy; the same for the whole round. */
  readonly away: number;
  readonly size: number;
  used: Resources;
  instances: number;
  own: number;
};

/** One round's view for one demand: nodes are filtered once, then each `place` is a scan of those that are left. */
export class Placer {
  readonly #demand: Demand;
  readonly #seats: Seat[] = [];
  readonly #rejected = new Map<string, number>();
  readonly #total: number;

  constructor(cluster: Cluster, demand: Demand) {
    this.#demand = demand;
    this.#total = cluster.nodes.size;
    const regions =
      demand.placement.strategy === "latency-aware" ? regionP95(cluster, demand) : null;
    for (const node of cluster.nodes.values()) {
      const rule = brokenRule(node, demand.placement.constraints);
      if (rule === null) this.#seats.push(seatOf(cluster, demand, { node, regions }));
      else this.#rejected.set(rule, (this.#rejected.get(rule) ?? 0) + 1);
    }
  }

  /** The best node that has room, of those that are allowed; the place is taken for the rest of the round. */
  place(isAllowed: (node: string) => boolean = () => true): Placed {
    const { placement, resources } = this.#demand;
    let best: Seat | null = null;
    for (const seat of this.#seats) {
      if (!hasRoom(seat, resources) || !isAllowed(seat.node.id)) continue;
      if (best === null || compare(seat, best, placement.strategy) < 0) best = seat;
    }
    if (best === null) return this.#failure(isAllowed);
    best.used = plus(best.used, resources);
    best.instances += 1;
    best.own += 1;
    return { node: best.node.id };
  }

  #failure(isAllowed: (node: string) => boolean): Placed {
    const counts = new Map(this.#rejected);
    for (const seat of this.#seats) {
      const rule = isAllowed(seat.node.id) ? lacking(seat, this.#demand.resources) : "spread";
      counts.set(rule, (counts.get(rule) ?? 0) + 1);
    }
    const rejected = [...counts].map(([rule, nodes]) => ({ rule, nodes }));
    const list = rejected.map(({ rule, nodes }) => `${nodes} ${rule}`).join(", ");
    return {
      node: null,
      reason: `0/${this.#total} nodes${list === "" ? " are registered" : `: ${list}`}.`,
      rejected,
    };
  }
}

function brokenRule(node: PlacementNode, constraints: readonly Constraint[]): string | null {
  if (!node.isAlive) return "not alive";
  if (!node.isOpen) return "closed for new instances";
  const broken = constraints.find((constraint) => !satisfies(node, constraint));
  return broken === undefined ? null : told(broken);
}

function seatOf(
  cluster: Cluster,
  demand: Demand,
  of: { node: PlacementNode; regions: ReadonlyMap<string, number> | null },
): Seat {
  const { placement, moduleId, standing } = demand;
  const { node, regions } = of;
  const { used, instances } = cluster.usage(node.id);
  const near = placement.region === null ? 0 : distanceKm(placement.region, node.region);
  const slow = node.p95Ms[moduleId] ?? regions?.get(node.region) ?? Number.MAX_VALUE;
  return {
    node,
    preferred: placement.preferences.reduce(
      (sum, preference) => sum + (satisfies(node, preference) ? preference.weight : 0),
      0,
    ),
    away: placement.strategy === "latency-aware" ? slow : near,
    size: node.capacity.cpuMillis / 1000 + node.capacity.memoryBytes / 2 ** 30,
    used,
    instances,
    own: standing.get(node.id) ?? 0,
  };
}

/** The mean of what a region's nodes measured: stands in for a node that never ran the module. */
function regionP95(cluster: Cluster, { moduleId }: Demand): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { region, p95Ms } of cluster.nodes.values()) {
    const p95 = p95Ms[moduleId];
    if (p95 === undefined) continue;
    const { sum, count } = sums.get(region) ?? { sum: 0, count: 0 };
    sums.set(region, { sum: sum + p95, count: count + 1 });
  }
  return new Map([...sums].map(([region, { sum, count }]) => [region, sum / count]));
}

function hasRoom({ node, used, instances }: Seat, wanted: Resources): boolean {
  return (
    instances < node.instancesMax &&
    used.cpuMillis + wanted.cpuMillis <= node.capacity.cpuMillis &&
    used.memoryBytes + wanted.memoryBytes <= node.capacity.memoryBytes &&
    used.storageBytes + wanted.storageBytes <= node.capacity.storageBytes
  );
}

function lacking({ node, used, instances }: Seat, wanted: Resources): string {
  if (instances >= node.instancesMax) return "too many instances";
  if (used.cpuMillis + wanted.cpuMillis > node.capacity.cpuMillis) return "insufficient cpu";
  if (used.memoryBytes + wanted.memoryBytes > node.capacity.memoryBytes) {
    return "insufficient memory";
  }
  return "insufficient storage";
}

/** Negative when the first is better. Replicas keep apart but where the strategy's own measure comes before. */
function compare(one: Seat, other: Seat, strategy: PlacementStrategy): number {
  if (one.preferred !== other.preferred) return other.preferred - one.preferred;
  return ranked(one, other, strategy) || (one.node.id < other.node.id ? -1 : 1);
}

function ranked(one: Seat, other: Seat, strategy: PlacementStrategy): number {
  const apart = one.own - other.own;
  const fewest = one.instances - other.instances;
  switch (strategy) {
    case "edge-first":
      return one.away - other.away || apart || fewest;
    case "cloud-first":
      return apart || other.size - one.size || fewest;
    case "load-balance":
      return fewest || apart;
    case "latency-aware":
      return apart || one.away - other.away || fewest;
    case "resource-aware":
      return (
        dominantShare(other.used, other.node.capacity) -
          dominantShare(one.used, one.node.capacity) ||
        one.size - other.size ||
        apart
      );
  }
}
