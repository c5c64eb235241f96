// The nodes as a lattice knows them: read once before its first workload and by each sweep, and told one by one as they
// change. Workloads that a change concerns are reconciled; a node that is back is asked what it holds.
import { parseModuleReference } from "#domain/module.ts";
import type { EdgeNode } from "#domain/node.ts";
import type { Cluster } from "#domain/placement/cluster.ts";
import { placementNode } from "#domain/placement/edge-node.ts";
import { p95ByNode } from "#domain/placement/latency.ts";
import type { PlacementNode } from "#domain/placement/node.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import type { Inventory } from "#domain/workload/order.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { database } from "#stores/database.ts";
import { allNodes, findNode, latenciesOf } from "#stores/nodes.ts";
import { runnerOf } from "#stores/objects.ts";
import type { Book, Kept } from "./book.ts";

type Shell = {
  readonly env: Env;
  readonly lattice: string;
  readonly book: Book;
  readonly cluster: Cluster;
  readonly reconcile: (workloads: ReadonlySet<string>) => void;
  readonly hear: (outcomes: readonly Outcome[]) => void;
  readonly take: (inventory: Inventory) => void;
};

export class Nodes {
  readonly #shell: Shell;
  /** What nodes measured of the modules of latency-aware workloads: by node, then by version. */
  readonly #p95s = new Map<string, Record<string, number>>();

  constructor(shell: Shell) {
    this.#shell = shell;
    const { book, cluster } = shell;
    for (const node of book.nodes.values()) cluster.setNode(this.#placed(node));
  }

  async read(id: string): Promise<void> {
    await this.#see([[id, await findNode(database(this.#shell.env), id)]]);
  }

  async readAll(): Promise<void> {
    const { env, book } = this.#shell;
    const nodes = await allNodes(database(env));
    const found = new Map<string, EdgeNode | null>(nodes.map((node) => [node.id, node]));
    for (const id of book.nodes.keys()) if (!found.has(id)) found.set(id, null);
    await this.#see([...found]);
    const asking = [...book.workloads.values()].map(({ record }) => record.workload);
    await this.measure(asking);
  }

  /**
   * Reads what was measured of these, as far as they ask for it. What stands already is not moved by it, and placement
   * goes on without it where it can't be read.
   */
  async measure(workloads: readonly Workload[]): Promise<void> {
    const { env, book, cluster } = this.#shell;
    const asking = workloads.filter(({ placement }) => placement.strategy === "latency-aware");
    const changed = new Set<string>();
    for (const moduleId of new Set(asking.map((workload) => workload.moduleId))) {
      const name = parseModuleReference(moduleId)?.name ?? moduleId;
      const measured = await latenciesOf(database(env), name).catch((cause: unknown) => {
        console.warn("latencies not read", moduleId, cause);
        return [];
      });
      for (const [node, p95Ms] of p95ByNode(moduleId, measured)) {
        const known = this.#p95s.get(node);
        if (known?.[moduleId] === p95Ms) continue;
        this.#p95s.set(node, { ...known, [moduleId]: p95Ms });
        changed.add(node);
      }
    }
    for (const node of book.nodes.values())
      if (changed.has(node.id)) cluster.setNode(this.#placed(node));
  }

  #placed(node: EdgeNode): PlacementNode {
    return { ...placementNode(node), p95Ms: this.#p95s.get(node.id) ?? {} };
  }

  async #see(seen: readonly (readonly [string, EdgeNode | null])[]): Promise<void> {
    const { book, cluster, reconcile } = this.#shell;
    const changed = seen.filter(
      ([id, node]) => JSON.stringify(node) !== JSON.stringify(book.nodes.get(id) ?? null),
    );
    if (changed.length === 0) return;
    const affected = new Set<string>();
    const back: string[] = [];
    const gone = new Set<string>();
    for (const [id, node] of changed) {
      for (const workload of cluster.workloadsOn(id)) affected.add(workload);
      const wasAlive = cluster.nodes.get(id)?.isAlive === true;
      if (node === null) {
        book.removeNode(id);
        cluster.removeNode(id);
        gone.add(id);
        continue;
      }
      book.setNode(node);
      cluster.setNode(this.#placed(node));
      if (!wasAlive && node.condition === "active") back.push(id);
    }
    for (const [id, kept] of book.workloads) if (isWaiting(kept)) affected.add(id);
    reconcile(affected);
    if (gone.size > 0) this.#forgetOn(gone);
    await Promise.all(back.map((node) => this.#askInventory(node)));
  }

  /** What stood on a node that was removed is lost by now, and never comes back. */
  #forgetOn(nodes: ReadonlySet<string>): void {
    const outcomes = [...this.#shell.book.workloads.values()]
      .flatMap(({ state }) => state.instances)
      .filter(({ node }) => node !== null && nodes.has(node))
      .map(({ id }) => ({ type: "stopped" as const, instance: id }));
    if (outcomes.length > 0) this.#shell.hear(outcomes);
  }

  /** A node that is back may have begun anew without a word. */
  async #askInventory(node: string): Promise<void> {
    const { env, lattice, take } = this.#shell;
    try {
      take(await runnerOf(env, node).inventory(lattice, node));
    } catch (cause) {
      console.warn("no inventory of", node, cause);
    }
  }
}

/** Whatever changes of nodes may help it, or may be for it. */
function isWaiting({ record: { workload, status } }: Kept): boolean {
  return (
    workload.kind.type === "daemonset" ||
    workload.spread.length > 0 ||
    status.unplaced.length > 0 ||
    status.conflicts.length > 0
  );
}
