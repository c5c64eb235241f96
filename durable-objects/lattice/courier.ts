// Brings what is in the outbox to nodes: to each one batch at a time, to many at once, until the node has answered. What
// is to be done on a node that is not alive follows anew from its state when it is back.
import type { PlacementNode } from "#domain/placement/node.ts";
import type { Command } from "#domain/workload/command.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import { workloadOf } from "#domain/workload/order.ts";
import { NOTHING } from "./book.ts";
import type { Book } from "./book.ts";
import { deliver } from "./deliver.ts";

/** Nodes that are brought commands at the same time. */
const DELIVERIES_MAX = 64;

type Shell = {
  readonly env: Env;
  readonly lattice: string;
  readonly book: Book;
  readonly nodeOf: (id: string) => PlacementNode | undefined;
  /** Whoever calls instances by what is known of them must know first that they drain. */
  readonly copied: () => Promise<void>;
  readonly hear: (outcomes: readonly Outcome[], answered: readonly string[]) => void;
  readonly background: (work: Promise<void>) => void;
  /** What is left is looked at later. */
  readonly schedule: () => Promise<void>;
};

export class Courier {
  readonly #shell: Shell;
  readonly #delivering = new Set<string>();
  /** Nodes that could not be reached: left alone until they are tried again. */
  readonly #resting = new Set<string>();

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** Nodes that could not be reached are tried again. */
  retry(): void {
    this.#resting.clear();
  }

  pump(): void {
    for (const { node } of this.#shell.book.outbox.values()) {
      if (this.#delivering.size >= DELIVERIES_MAX) return;
      if (this.#delivering.has(node) || this.#resting.has(node)) continue;
      this.#delivering.add(node);
      this.#shell.background(this.#deliver(node));
    }
  }

  async #deliver(node: string): Promise<void> {
    try {
      while (await this.#deliverOnce(node));
    } catch (cause) {
      console.warn("lattice", this.#shell.lattice, "could not reach", node, cause);
      this.#resting.add(node);
    } finally {
      this.#delivering.delete(node);
    }
    this.pump();
    await this.#shell.schedule();
  }

  /** False when there was nothing for the node. */
  async #deliverOnce(id: string): Promise<boolean> {
    const { env, lattice, book, nodeOf, copied, hear } = this.#shell;
    const commands = [...book.outbox.values()].filter(({ node }) => node === id);
    if (commands.length === 0) return false;
    const answered = commands.map((command) => command.id);
    const node = nodeOf(id);
    if (node?.isAlive !== true) {
      book.commit({ ...NOTHING, answered });
      return true;
    }
    if (commands.some(({ type }) => type === "drain")) await copied();
    const of = (command: Command) =>
      book.workloads.get(workloadOf(command.instance))?.record.workload;
    hear(await deliver(env, { lattice, node, commands, workloadOf: of }), answered);
    return true;
  }
}
