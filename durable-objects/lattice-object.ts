// One namespace of workloads: load → reconcile → commit → perform. `reconcile` and `observe` decide everything; this
// shell stores states together with the commands that follow, brings them to nodes at least once, and wakes itself up.
import { DurableObject } from "cloudflare:workers";
import type { NewEvent } from "#domain/event.ts";
import { fault } from "#domain/fault.ts";
import type { FaultReport } from "#domain/fault.ts";
import type { EdgeNode } from "#domain/node.ts";
import { Cluster } from "#domain/placement/cluster.ts";
import { placementNode } from "#domain/placement/edge-node.ts";
import type { Command } from "#domain/workload/command.ts";
import { workloadEvents } from "#domain/workload/event.ts";
import { observe } from "#domain/workload/observe.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import { workloadOf } from "#domain/workload/order.ts";
import type { Inventory } from "#domain/workload/order.ts";
import { reconcile } from "#domain/workload/reconcile.ts";
import { instanceView } from "#domain/workload/record.ts";
import type { InstanceView, WorkloadRecord } from "#domain/workload/record.ts";
import { holdsOf } from "#domain/workload/state.ts";
import { targeted } from "#domain/workload/workload.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { database } from "#stores/database.ts";
import { allNodes, findNode } from "#stores/nodes.ts";
import type { Lattice, Put, PutAnswer } from "#stores/objects.ts";
import { runnerOf } from "#stores/objects.ts";
import { Book } from "./lattice/book.ts";
import type { Commit, Kept } from "./lattice/book.ts";
import { Copier } from "./lattice/copier.ts";
import { deliver } from "./lattice/deliver.ts";
import { begin, change } from "./lattice/wanted.ts";

/** What could not be delivered or copied, or was under way when the object was lost, is tried again after this. */
const RETRY_MS = 2_000;
/** Nodes that are brought commands at the same time. */
const DELIVERIES_MAX = 64;

const NOTHING: Commit = { kept: [], forgotten: [], commands: [], answered: [], events: [] };

export class LatticeObject extends DurableObject<Env> implements Lattice {
  readonly #name: string;
  readonly #book: Book;
  readonly #copier: Copier;
  readonly #cluster = new Cluster();
  readonly #delivering = new Set<string>();
  /** Nodes that could not be reached: left alone until the alarm. */
  readonly #resting = new Set<string>();
  #nodesRead: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // Reached by name alone, through `latticeOf`.
    this.#name = ctx.id.name ?? "";
    this.#book = new Book(ctx.storage);
    this.#copier = new Copier(env, this.#name, this.#book);
    for (const node of this.#book.nodes.values()) this.#cluster.setNode(placementNode(node));
    for (const { state } of this.#book.workloads.values()) this.#settle(state);
  }

  async put(workload: Workload, put: Put): Promise<PutAnswer> {
    await this.#nodesKnown();
    const now = Date.now();
    const before = this.#book.workloads.get(workload.id);
    const next =
      before === undefined
        ? begin(workload, { put, now, others: this.#book.workloads.values() })
        : change(before, workload, { put, now });
    if ("fault" in next) return next;
    this.#advance([next]);
    await this.#copier.flush();
    const record = await this.read(workload.id);
    return record === null ? { fault: fault("NOT_FOUND", "It was removed.") } : { record };
  }

  async remove(id: string, expected: number | null): Promise<FaultReport | null> {
    const kept = this.#book.workloads.get(id);
    if (kept === undefined || kept.isRemoved) {
      return fault("NOT_FOUND", `Workload ${id} does not exist.`);
    }
    const stopped = { ...kept.record.workload, isStopped: true };
    const next = change(kept, stopped, { put: { expected, by: "" }, now: Date.now() });
    if ("fault" in next) return next.fault;
    this.#book.unlist(id);
    this.#advance([{ ...next, isRemoved: true }]);
    await this.#copier.flush();
    return null;
  }

  async read(id: string): Promise<WorkloadRecord | null> {
    const kept = this.#book.workloads.get(id);
    return kept === undefined || kept.isRemoved ? null : kept.record;
  }

  async instances(id: string): Promise<InstanceView[] | null> {
    const kept = this.#book.workloads.get(id);
    if (kept === undefined || kept.isRemoved) return null;
    return kept.state.instances.map((instance) => instanceView(instance, kept.record.workload));
  }

  async hear(outcomes: readonly Outcome[]): Promise<void> {
    this.#hear(outcomes, []);
  }

  async take(inventory: Inventory): Promise<void> {
    this.#take(inventory);
  }

  async nodeChanged(nodeId: string): Promise<void> {
    const node = await findNode(database(this.env), nodeId);
    await this.#seeNodes([[nodeId, node]]);
  }

  /** The alarm and the sweep do nearly the same; the sweep looks at all nodes besides. */
  async wake(): Promise<void> {
    await this.#readNodes();
    await this.alarm();
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#resting.clear();
    const due = [...this.#book.workloads.values()].filter(
      ({ wakeAt }) => wakeAt !== null && wakeAt <= now,
    );
    this.#advance(due);
    await this.#copier.flush();
    await this.#schedule();
  }

  /** Reconciles these as they are given, stores what came of it in one write, and sends the commands on their way. */
  #advance(given: readonly Kept[], answered: readonly string[] = []): void {
    const now = Date.now();
    const kept: Kept[] = [];
    const forgotten: string[] = [];
    const commands: Command[] = [];
    const events: NewEvent[] = [];
    for (const one of given) {
      const { workload } = one.record;
      const before = this.#book.workloads.get(workload.id) ?? null;
      this.#settle(one.state);
      const done = reconcile(targeted(workload), { state: one.state, cluster: this.#cluster }, now);
      this.#settle(done.state);
      commands.push(...done.commands);
      const isGone =
        one.isRemoved && !done.state.instances.some((instance) => this.#isThere(instance));
      if (isGone) {
        this.#cluster.settle(workload.id, []);
        forgotten.push(workload.id);
        events.push(...workloadEvents(before, null, now));
        continue;
      }
      const { state, status, wakeAt } = done;
      const next = { ...one, record: { ...one.record, status }, state, wakeAt };
      if (!isNews(before, next)) {
        this.#book.rest(workload.id, wakeAt);
        continue;
      }
      kept.push({ ...next, sequence: one.sequence + 1 });
      events.push(...workloadEvents(before, next, now));
    }
    this.#book.commit({ kept, forgotten, commands, answered, events: keyed(events) });
    this.#pump();
    this.ctx.waitUntil(this.#copier.flush().then(() => this.#schedule()));
  }

  #isThere({ node }: { readonly node: string | null }): boolean {
    return node !== null && this.#cluster.nodes.get(node)?.isAlive === true;
  }

  #settle(state: Kept["state"]): void {
    this.#cluster.settle(state.workload, holdsOf(state));
  }

  #hear(outcomes: readonly Outcome[], answered: readonly string[]): void {
    const now = Date.now();
    const heard = new Map<string, Kept>();
    for (const outcome of outcomes) {
      if (outcome.type === "inventory") continue;
      const id = workloadOf(outcome.instance);
      const kept = heard.get(id) ?? this.#book.workloads.get(id);
      if (kept !== undefined) heard.set(id, { ...kept, state: observe(kept.state, outcome, now) });
    }
    this.#advance([...heard.values()], answered);
  }

  /** What this lattice holds there and the node hasn't is replaced; what it has and nobody here knows is stopped. */
  #take({ node, takenAt, instances }: Inventory): void {
    const now = Date.now();
    const told = Map.groupBy(instances, workloadOf);
    const strays: Command[] = [];
    const changed: Kept[] = [];
    for (const id of new Set([...told.keys(), ...this.#cluster.workloadsOn(node)])) {
      const kept = this.#book.workloads.get(id);
      const here = told.get(id) ?? [];
      if (kept === undefined) {
        strays.push(
          ...here.map((instance) => ({
            type: "stop" as const,
            id: `${instance}#stop`,
            instance,
            node,
          })),
        );
        continue;
      }
      const outcome: Outcome = { type: "inventory", node, takenAt, instances: here };
      const state = observe(kept.state, outcome, now);
      if (state !== kept.state) changed.push({ ...kept, state });
    }
    if (strays.length > 0) {
      this.#book.commit({ ...NOTHING, commands: strays });
    }
    if (changed.length > 0 || strays.length > 0) this.#advance(changed);
  }

  /** Once before the first workload: from then on nodes tell of themselves, and the sweep reads them all. */
  async #nodesKnown(): Promise<void> {
    if (this.#book.workloads.size > 0) return;
    this.#nodesRead ??= this.#copier.list().then(() => this.#readNodes());
    await this.#nodesRead.finally(() => (this.#nodesRead = null));
  }

  async #readNodes(): Promise<void> {
    const nodes = await allNodes(database(this.env));
    const found = new Map<string, EdgeNode | null>(nodes.map((node) => [node.id, node]));
    for (const id of this.#book.nodes.keys()) if (!found.has(id)) found.set(id, null);
    await this.#seeNodes([...found]);
  }

  async #seeNodes(seen: readonly (readonly [string, EdgeNode | null])[]): Promise<void> {
    const changed = seen.filter(
      ([id, node]) => JSON.stringify(node) !== JSON.stringify(this.#book.nodes.get(id) ?? null),
    );
    if (changed.length === 0) return;
    const affected = new Set<string>();
    const back: string[] = [];
    const gone: string[] = [];
    for (const [id, node] of changed) {
      for (const workload of this.#cluster.workloadsOn(id)) affected.add(workload);
      const wasAlive = this.#cluster.nodes.get(id)?.isAlive === true;
      if (node === null) {
        this.#book.removeNode(id);
        this.#cluster.removeNode(id);
        gone.push(id);
        continue;
      }
      this.#book.setNode(node);
      this.#cluster.setNode(placementNode(node));
      if (!wasAlive && node.condition === "active") back.push(id);
    }
    for (const [id, kept] of this.#book.workloads) if (isWaiting(kept)) affected.add(id);
    this.#advanceAll(affected);
    if (gone.length > 0) this.#forgetOn(new Set(gone));
    await Promise.all(back.map((node) => this.#askInventory(node)));
  }

  /** What stood on a node that was removed is lost by now, and never comes back. */
  #forgetOn(nodes: ReadonlySet<string>): void {
    const outcomes = [...this.#book.workloads.values()]
      .flatMap(({ state }) => state.instances)
      .filter(({ node }) => node !== null && nodes.has(node))
      .map(({ id }) => ({ type: "stopped" as const, instance: id }));
    if (outcomes.length > 0) this.#hear(outcomes, []);
  }

  #advanceAll(ids: Iterable<string>): void {
    const given = [...ids].flatMap((id) => this.#book.workloads.get(id) ?? []);
    if (given.length > 0) this.#advance(given);
  }

  /** A node that is back may have begun anew without a word. */
  async #askInventory(node: string): Promise<void> {
    try {
      this.#take(await runnerOf(this.env, node).inventory(this.#name, node));
    } catch (cause) {
      console.warn("no inventory of", node, cause);
    }
  }

  #pump(): void {
    for (const { node } of this.#book.outbox.values()) {
      if (this.#delivering.size >= DELIVERIES_MAX) return;
      if (this.#delivering.has(node) || this.#resting.has(node)) continue;
      this.#delivering.add(node);
      this.ctx.waitUntil(this.#deliver(node));
    }
  }

  async #deliver(id: string): Promise<void> {
    try {
      for (;;) {
        const commands = [...this.#book.outbox.values()].filter(({ node }) => node === id);
        if (commands.length === 0) break;
        const answered = commands.map((command) => command.id);
        const node = this.#cluster.nodes.get(id);
        // What it is to do follows anew from its state when it is back.
        if (node?.isAlive !== true) {
          this.#book.commit({ ...NOTHING, answered });
          continue;
        }
        if (commands.some(({ type }) => type === "drain")) await this.#copier.flush();
        const of = (command: Command) =>
          this.#book.workloads.get(workloadOf(command.instance))?.record.workload;
        const delivery = { lattice: this.#name, node, commands, workloadOf: of };
        this.#hear(await deliver(this.env, delivery), answered);
      }
    } catch (cause) {
      console.warn("lattice", this.#name, "could not reach", id, cause);
      this.#resting.add(id);
    } finally {
      this.#delivering.delete(id);
    }
    this.#pump();
    await this.#schedule();
  }

  async #schedule(): Promise<void> {
    const times = [...this.#book.workloads.values()].flatMap(({ wakeAt }) => wakeAt ?? []);
    const isBehind = this.#book.outbox.size > 0 || this.#copier.isBehind;
    if (isBehind) times.push(Date.now() + RETRY_MS);
    if (times.length === 0) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.min(...times));
  }
}

function isNews(before: Kept | null, next: Kept): boolean {
  return (
    before === null ||
    before.record.workload !== next.record.workload ||
    before.isRemoved !== next.isRemoved ||
    before.state !== next.state ||
    JSON.stringify(before.record.status) !== JSON.stringify(next.record.status)
  );
}

/** Told again, it is the same event. */
function keyed(events: readonly NewEvent[]): NewEvent[] {
  return events.map((event) => ({ ...event, key: crypto.randomUUID() }));
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
