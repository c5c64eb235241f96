// Where the next instance goes. Constraints and room filter; preferences, then the strategy, rank. Pure: it reads
// the cluster, remembers what it placed itself in this round, and changes nothing.
import { candidatesFor } from "./candidate.ts";
import type { Candidate, Candidates } from "./candidate.ts";
import type { Cluster } from "./cluster.ts";
import type { Constraint } from "./constraint.ts";
import type { Need } from "./need.ts";
import type { Resources } from "./node.ts";

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
  readonly needs?: readonly Need[] | undefined;
  /** Instances of the same workload that stand already, by node: replicas keep apart. */
  readonly standing: ReadonlyMap<string, number>;
};

export type Placed =
  | { readonly node: string }
  | { readonly node: null; readonly reason: string; readonly rejected: readonly Rejection[] };

/** How many nodes one rule took away. A node counts for the first rule that it breaks. */
type Rejection = { readonly rule: string; readonly nodes: number };

/** One round's view for one demand: nodes are filtered once for all like it, then each `place` is one scan of those left. */
export class Placer {
  readonly #demand: Demand;
  readonly #candidates: Candidates;
  readonly #total: number;
  /** By the candidate's place in the list: what this round put there, and what the workload has there in all. */
  readonly #put: Int32Array;
  readonly #own: Int32Array;

  constructor(cluster: Cluster, demand: Demand) {
    this.#demand = demand;
    this.#total = cluster.nodes.size;
    this.#candidates = candidatesFor(cluster, demand);
    const { list } = this.#candidates;
    this.#put = new Int32Array(list.length);
    this.#own = new Int32Array(list.length);
    for (const [node, count] of demand.standing) {
      const at = this.#candidates.indexOf(node);
      if (at !== undefined) this.#own[at] = count;
    }
  }

  /** The best node that has room, of those that are allowed; the place is taken for the rest of the round. */
  place(isAllowed: ((node: string) => boolean) | null = null): Placed {
    const { placement, resources } = this.#demand;
    const { list, away, ends } = this.#candidates;
    let best: number | null = null;
    let group = 0;
    let [bestFirst, bestSecond, bestThird] = [0, 0, 0];
    for (const [at, candidate] of list.entries()) {
      if (at === ends[group]) {
        if (best !== null) break;
        group += 1;
      }
      const put = this.#put[at] ?? 0;
      if (lackOf(candidate, resources, put) !== null) continue;
      if (isAllowed !== null && !isAllowed(candidate.node.id)) continue;
      const own = this.#own[at] ?? 0;
      const instances = candidate.usage.instances + put;
      let [first, second, third] = [own, instances, 0];
      // Lower is better. Replicas keep apart but where the strategy's own measure comes before.
      switch (placement.strategy) {
        case "edge-first": // The list is in the order of distance already.
          break;
        case "cloud-first":
          [second, third] = [-candidate.size, instances];
          break;
        case "load-balance":
          [first, second] = [instances, own];
          break;
        case "latency-aware":
          [second, third] = [away[at] ?? 0, instances];
          break;
        case "resource-aware":
          first = -shareOf(candidate, resources, put);
          [second, third] = [candidate.size, own];
          break;
      }
      const order =
        best === null ? -1 : first - bestFirst || second - bestSecond || third - bestThird;
      if (order >= 0) continue;
      best = at;
      [bestFirst, bestSecond, bestThird] = [first, second, third];
    }
    return best === null ? this.#failure() : this.#take(best);
  }

  /** This node or none. */
  placeOn(node: string): Placed {
    const at = this.#candidates.indexOf(node);
    const candidate = at === undefined ? undefined : this.#candidates.list[at];
    if (at === undefined || candidate === undefined) {
      const reason = `${node} takes no new instances of this workload.`;
      return { node: null, reason, rejected: [] };
    }
    const rule = lackOf(candidate, this.#demand.resources, this.#put[at] ?? 0);
    if (rule === null) return this.#take(at);
    return { node: null, reason: `${node}: ${rule}.`, rejected: [{ rule, nodes: 1 }] };
  }

  #take(at: number): Placed {
    this.#put[at] = (this.#put[at] ?? 0) + 1;
    this.#own[at] = (this.#own[at] ?? 0) + 1;
    return { node: this.#candidates.list[at]?.node.id ?? "" };
  }

  #failure(): Placed {
    const counts = new Map(this.#candidates.rejected);
    for (const [at, candidate] of this.#candidates.list.entries()) {
      const lack = lackOf(candidate, this.#demand.resources, this.#put[at] ?? 0);
      const rule = lack ?? "spread";
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

/** What the node lacks for one more, where this round put some already; null when it has room. */
function lackOf({ node, usage }: Candidate, wanted: Resources, put: number): string | null {
  const { capacity } = node;
  const more = put + 1;
  if (usage.instances + put >= node.instancesMax) return "too many instances";
  if (usage.cpuMillis + more * wanted.cpuMillis > capacity.cpuMillis) return "insufficient cpu";
  if (usage.memoryBytes + more * wanted.memoryBytes > capacity.memoryBytes) {
    return "insufficient memory";
  }
  return usage.storageBytes + more * wanted.storageBytes > capacity.storageBytes
    ? "insufficient storage"
    : null;
}

/** The largest share of the node's capacity that is taken, 0 to 1; what a node hasn't is not counted. */
function shareOf({ node, usage }: Candidate, each: Resources, put: number): number {
  const { cpuMillis, memoryBytes, storageBytes } = node.capacity;
  return Math.max(
    cpuMillis > 0 ? (usage.cpuMillis + put * each.cpuMillis) / cpuMillis : 0,
    memoryBytes > 0 ? (usage.memoryBytes + put * each.memoryBytes) / memoryBytes : 0,
    storageBytes > 0 ? (usage.storageBytes + put * each.storageBytes) / storageBytes : 0,
  );
}
