// One namespace of workloads: load → reconcile → commit → perform. `reconcile` and `observe` decide everything; this
// shell stores states together with the commands that follow, brings them to nodes at least once, and wakes itself up.
import { DurableObject } from "cloudflare:workers";
import type { NewEvent } from "#domain/event.ts";
import { fault } from "#domain/fault.ts";
import type { FaultReport } from "#domain/fault.ts";
import { Cluster } from "#domain/placement/cluster.ts";
import type { Command } from "#domain/workload/command.ts";
import { workloadEvents } from "#domain/workload/event.ts";
import { observe } from "#domain/workload/observe.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import { workloadOf } from "#domain/workload/order.ts";
import type { Inventory } from "#domain/workload/order.ts";
import { reconcile } from "#domain/workload/reconcile.ts";
import { instanceView } from "#domain/workload/record.ts";
import type { InstanceView, WorkloadRecord } from "#domain/workload/record.ts";
import { afterRollout } from "#domain/workload/rollout.ts";
import type { Rolled } from "#domain/workload/rollout.ts";
import { holdsOf } from "#domain/workload/state.ts";
import { targeted } from "#domain/workload/workload.ts";
import type { Workload } from "#domain/workload/workload.ts";
import type { Lattice, Put, PutAnswer } from "#stores/objects.ts";
import { Book, NOTHING } from "./lattice/book.ts";
import type { Kept } from "./lattice/book.ts";
import { Copier } from "./lattice/copier.ts";
import { Courier } from "./lattice/courier.ts";
import { Nodes } from "./lattice/nodes.ts";
import { Rollouts } from "./lattice/rollouts.ts";
import { begin, change } from "./lattice/wanted.ts";

/** What could not be delivered or copied, or was under way when the object was lost, is tried again after this. */
const RETRY_MS = 2_000;
export class LatticeObject extends DurableObject<Env> implements Lattice {
  readonly #name: string;
  readonly #book: Book;
  readonly #copier: Copier;
  readonly #cluster = new Cluster();
  readonly #nodes: Nodes;
  readonly #courier: Courier;
  readonly #rollouts: Rollouts;
  #nodesRead: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // Reached by name alone, through `latticeOf`.
    this.#name = ctx.id.name ?? "";
    this.#book = new Book(ctx.storage);
    this.#copier = new Copier(env, this.#name, this.#book);
    const shell = { env, lattice: this.#name, book: this.#book };
    this.#nodes = new Nodes({
      ...shell,
      cluster: this.#cluster,
      reconcile: (workloads) => this.#advanceAll(workloads),
      hear: (outcomes) => this.#hear(outcomes, []),
      take: (inventory) => this.#take(inventory),
    });
    this.#courier = new Courier({
      ...shell,
      nodeOf: (id) => this.#cluster.nodes.get(id),
      copied: () => this.#copier.flush(),
      hear: (outcomes, answered) => this.#hear(outcomes, answered),
      background: (work) => ctx.waitUntil(work),
      schedule: () => this.#schedule(),
    });
    this.#rollouts = new Rollouts({
      ...shell,
      rolled: (told) => this.#become(told.workload, (workload) => afterRollout(workload, told)),
      become: (id, next) => this.#become(id, next),
    });
    for (const { state } of this.#book.workloads.values()) this.#settle(state);
  }

  async put(workload: Workload, put: Put): Promise<PutAnswer> {
    await this.#nodesKnown();
    await this.#nodes.measure([workload]);
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
    await this.#nodes.read(nodeId);
  }

  async rolled(told: Rolled): Promise<void> {
    this.#become(told.workload, (workload) => afterRollout(workload, told));
  }

  /** The alarm and the sweep do nearly the same; the sweep looks at all nodes besides. */
  async wake(): Promise<void> {
    await this.#nodes.readAll();
    await this.#rollouts.look();
    await this.alarm();
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#courier.retry();
    const due = [...this.#book.workloads.values()].filter(
      ({ wakeAt }) => wakeAt !== null && wakeAt <= now,
    );
    this.#advance(due);
    await this.#copier.flush();
    await this.#rollouts.handOver();
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
    this.#courier.pump();
    this.ctx.waitUntil(this.#told());
  }

  /** A route is given to instances only once they can be found. */
  async #told(): Promise<void> {
    await this.#copier.flush();
    if (!this.#copier.isBehind) await this.#rollouts.handOver();
    await this.#schedule();
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
    this.#nodesRead ??= this.#copier.list().then(() => this.#nodes.readAll());
    await this.#nodesRead.finally(() => (this.#nodesRead = null));
  }

  #advanceAll(ids: Iterable<string>): void {
    const given = [...ids].flatMap((id) => this.#book.workloads.get(id) ?? []);
    if (given.length > 0) this.#advance(given);
  }

  /** Changes what is wanted by what a rollout came to. */
  #become(id: string, next: (workload: Workload) => Workload): void {
    const kept = this.#book.workloads.get(id);
    if (kept === undefined || kept.isRemoved) return;
    const { workload } = kept.record;
    const changed = next(workload);
    if (changed === workload) return;
    const put = { expected: null, by: "rollout" };
    const made = change(kept, changed, { put, now: Date.now() });
    if (!("fault" in made)) this.#advance([made]);
  }

  async #schedule(): Promise<void> {
    const times = [...this.#book.workloads.values()].flatMap(({ wakeAt }) => wakeAt ?? []);
    const isBehind = this.#book.outbox.size > 0 || this.#copier.isBehind || this.#rollouts.isBehind;
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
