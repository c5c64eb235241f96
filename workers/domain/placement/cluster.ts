// Which nodes there are, what is taken of each and by whom: kept as things change, so that nothing is counted anew.
// It decides nothing and knows no clock; it holds each instance once, however often it is told.
import type { PlacementNode, Resources } from "./node.ts";

export type Hold = {
  readonly instance: string;
  readonly workload: string;
  readonly node: string;
  readonly resources: Resources;
};

/** One record for each node, kept for as long as the node stays: who holds it sees what changes. */
export type Usage = Readonly<Tally>;

type Tally = {
  cpuMillis: number;
  memoryBytes: number;
  storageBytes: number;
  instances: number;
};

export class Cluster {
  readonly #nodes = new Map<string, PlacementNode>();
  readonly #usage = new Map<string, Tally>();
  readonly #holds = new Map<string, Hold>();
  readonly #byNode = new Map<string, Set<string>>();
  readonly #byWorkload = new Map<string, Set<string>>();
  #version = 0;

  /** Grows when a node comes, changes or goes; what is taken of nodes doesn't touch it. */
  get version(): number {
    return this.#version;
  }

  get nodes(): ReadonlyMap<string, PlacementNode> {
    return this.#nodes;
  }

  usage(node: string): Usage {
    return this.#tally(node);
  }

  setNode(node: PlacementNode): void {
    if (this.#nodes.get(node.id) === node) return;
    this.#nodes.set(node.id, node);
    this.#version += 1;
  }

  removeNode(id: string): void {
    if (this.#nodes.delete(id)) this.#version += 1;
  }

  /** The workloads that have an instance on the node: those to look at when it changes. */
  workloadsOn(node: string): string[] {
    const found = new Set<string>();
    for (const id of this.#byNode.get(node) ?? []) {
      const hold = this.#holds.get(id);
      if (hold !== undefined) found.add(hold.workload);
    }
    return [...found];
  }

  /** Makes what the workload holds exactly this: new holds are taken, those that are missing are given back. */
  settle(workload: string, holds: readonly Hold[]): void {
    const kept = new Set(holds.map(({ instance }) => instance));
    for (const id of this.#byWorkload.get(workload) ?? []) if (!kept.has(id)) this.#release(id);
    for (const hold of holds) this.#take(hold);
  }

  #take(hold: Hold): void {
    const before = this.#holds.get(hold.instance);
    if (before?.node === hold.node && before.resources === hold.resources) return;
    if (before !== undefined) this.#release(hold.instance);
    this.#holds.set(hold.instance, hold);
    grouped(this.#byNode, hold.node).add(hold.instance);
    grouped(this.#byWorkload, hold.workload).add(hold.instance);
    add(this.#tally(hold.node), hold.resources, 1);
  }

  #release(instance: string): void {
    const hold = this.#holds.get(instance);
    if (hold === undefined) return;
    this.#holds.delete(instance);
    drop(this.#byNode, hold.node, instance);
    drop(this.#byWorkload, hold.workload, instance);
    add(this.#tally(hold.node), hold.resources, -1);
  }

  #tally(node: string): Tally {
    const found = this.#usage.get(node);
    if (found !== undefined) return found;
    const made = { cpuMillis: 0, memoryBytes: 0, storageBytes: 0, instances: 0 };
    this.#usage.set(node, made);
    return made;
  }
}

function add(
  tally: Tally,
  { cpuMillis, memoryBytes, storageBytes }: Resources,
  sign: 1 | -1,
): void {
  tally.cpuMillis += sign * cpuMillis;
  tally.memoryBytes += sign * memoryBytes;
  tally.storageBytes += sign * storageBytes;
  tally.instances += sign;
}

function grouped(groups: Map<string, Set<string>>, key: string): Set<string> {
  const found = groups.get(key);
  if (found !== undefined) return found;
  const made = new Set<string>();
  groups.set(key, made);
  return made;
}

function drop(groups: Map<string, Set<string>>, key: string, member: string): void {
  const group = groups.get(key);
  group?.delete(member);
  if (group?.size === 0) groups.delete(key);
}
