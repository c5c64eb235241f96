// Which nodes there are, what is taken of each and by whom: kept as things change, so that nothing is counted anew.
// It decides nothing and knows no clock; it holds each instance once, however often it is told.
import { NO_RESOURCES, plus } from "./node.ts";
import type { PlacementNode, Resources } from "./node.ts";

export type Hold = {
  readonly instance: string;
  readonly workload: string;
  readonly node: string;
  readonly resources: Resources;
};

export type Usage = { readonly used: Resources; readonly instances: number };

const NOTHING: Usage = { used: NO_RESOURCES, instances: 0 };

export class Cluster {
  readonly #nodes = new Map<string, PlacementNode>();
  readonly #usage = new Map<string, Usage>();
  readonly #holds = new Map<string, Hold>();
  readonly #byNode = new Map<string, Set<string>>();
  readonly #byWorkload = new Map<string, Set<string>>();

  get nodes(): ReadonlyMap<string, PlacementNode> {
    return this.#nodes;
  }

  usage(node: string): Usage {
    return this.#usage.get(node) ?? NOTHING;
  }

  setNode(node: PlacementNode): void {
    this.#nodes.set(node.id, node);
  }

  removeNode(id: string): void {
    this.#nodes.delete(id);
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
    const { used, instances } = this.usage(hold.node);
    this.#usage.set(hold.node, { used: plus(used, hold.resources), instances: instances + 1 });
  }

  #release(instance: string): void {
    const hold = this.#holds.get(instance);
    if (hold === undefined) return;
    this.#holds.delete(instance);
    drop(this.#byNode, hold.node, instance);
    drop(this.#byWorkload, hold.workload, instance);
    const { used, instances } = this.usage(hold.node);
    if (instances === 1) this.#usage.delete(hold.node);
    else {
      this.#usage.set(hold.node, {
        used: plus(used, hold.resources, -1),
        instances: instances - 1,
      });
    }
  }
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
