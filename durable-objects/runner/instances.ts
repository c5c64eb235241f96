// What lattices have running on this node: instances, each with its own assignment. Several of one version share the
// guest; the version goes when its last instance went and no rollout holds it. Orders may come twice.
import type { Assignment, Call, CallAnswer } from "#domain/execution.ts";
import type { ServeCall } from "#domain/http.ts";
import { UNLIMITED } from "#domain/placement/node.ts";
import type { Resources } from "#domain/placement/node.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import { workloadOf } from "#domain/workload/order.ts";
import type { Entry, Inventory, Order, StartOrder } from "#domain/workload/order.ts";
import type { Lattice } from "#stores/objects.ts";
import type { Log } from "./lines.ts";

/** Isolates send calls here by what they knew for up to a second. */
const ROUTE_SETTLE_MS = 1_100;
const IDLE_LOOK_MS = 50;

type Hearer = Pick<Lattice, "hear" | "take">;

/** What the node does for its instances. */
export type Host = {
  /** Fetches, checks and starts the version; why it can't run here, else null. */
  readonly prepare: (assignment: Assignment) => Promise<string | null>;
  readonly invoke: (assignment: Assignment, call: Call) => Promise<CallAnswer>;
  readonly inFlight: (moduleId: string) => number;
  /** An instance went: of its version there may be none left. */
  readonly release: (moduleId: string) => void;
  readonly lattice: (name: string) => Hearer;
  /** A line of the instance's own in its log. */
  readonly say: (log: Log, text: string) => void;
  readonly background: (work: Promise<void>) => void;
};

type Held = {
  readonly id: string;
  readonly lattice: string;
  readonly assignment: Assignment;
  readonly resources: Resources;
  readonly run: Entry | null;
  /** Absent from what was held before there were logs. */
  readonly log?: Log | null;
  readonly isDraining: boolean;
  /** What a run came to, until its lattice has heard it. */
  readonly exit: { readonly fault: string | null } | null;
};

type Exited = Extract<Outcome, { type: "exited" }>;

export class Instances {
  readonly #sql: SqlStorage;
  readonly #host: Host;
  readonly #held = new Map<string, Held>();

  constructor(sql: SqlStorage, host: Host) {
    this.#sql = sql;
    this.#host = host;
    sql.exec("create table if not exists instances (id text primary key, held text not null)");
    sql.exec("create table if not exists lattices (name text primary key)");
    for (const { held } of sql.exec<{ held: string }>("select held from instances")) {
      // Written by `#put` below and by nobody else.
      const known = JSON.parse(held) as Held;
      const isCut = known.run !== null && known.exit === null;
      const fault = "Its node was restarted while it ran.";
      this.#held.set(known.id, isCut ? { ...known, exit: { fault } } : known);
    }
  }

  assignment(instance: string): Assignment | null {
    return this.#held.get(instance)?.assignment ?? null;
  }

  /** By a version's id: that of its oldest instance here. */
  ofModule(moduleId: string): Assignment | null {
    for (const { assignment } of this.#held.values()) {
      if (assignment.moduleId === moduleId) return assignment;
    }
    return null;
  }

  /**
   * Where what a call writes is kept: the log of the instance that is meant, else of the oldest of its version. What a
   * rollout has brought for a workload writes into that one's, by the name of its version.
   */
  logOf({ moduleId, instance, workload }: Pick<ServeCall, "moduleId" | "instance" | "workload">) {
    if (instance !== undefined) return this.#held.get(instance)?.log ?? null;
    if (workload !== undefined) {
      const own = [...this.#held.values()].find(({ id }) => workloadOf(id) === workload)?.log;
      return own == null ? null : { ...own, container: moduleId };
    }
    for (const { assignment, log } of this.#held.values()) {
      if (assignment.moduleId === moduleId) return log ?? null;
    }
    return null;
  }

  /** A workload's oldest instance of the version here, and one that drains only where there is no other. */
  ofWorkload(workload: string, moduleId: string): string | null {
    let draining: string | null = null;
    for (const { id, assignment, isDraining } of this.#held.values()) {
      if (assignment.moduleId !== moduleId || workloadOf(id) !== workload) continue;
      if (!isDraining) return id;
      draining ??= id;
    }
    return draining;
  }

  assignments(): Assignment[] {
    return [...this.#held.values()].map(({ assignment }) => assignment);
  }

  /**
   * Tells each lattice what of it is here, with the ends that it has yet to hear. One that has nothing here is told
   * so once: it may believe that it has.
   */
  async tellAll(node: string): Promise<void> {
    const names = this.#sql.exec<{ name: string }>("select name from lattices").toArray();
    for (const { name } of names) {
      const inventory = this.inventory(name, { node, now: Date.now() });
      const exits = [...this.#held.values()].flatMap(({ lattice, id, exit }) =>
        lattice === name && exit !== null ? [exited(id, exit)] : [],
      );
      if (exits.length > 0) await this.#host.lattice(name).hear(exits);
      for (const { instance } of exits) this.#forget(instance);
      await this.#host.lattice(name).take(inventory);
      const isEmpty = ![...this.#held.values()].some(({ lattice }) => lattice === name);
      if (isEmpty) this.#sql.exec("delete from lattices where name = ?", name);
    }
  }

  async order(lattice: string, orders: readonly Order[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const order of orders) {
      const outcome = await this.#obey(lattice, order);
      if (outcome !== null) outcomes.push(outcome);
    }
    return outcomes;
  }

  inventory(lattice: string, at: { node: string; now: number }): Inventory {
    const instances = [...this.#held.values()]
      .filter((held) => held.lattice === lattice && held.exit === null)
      .map(({ id }) => id);
    return { node: at.node, takenAt: at.now, instances };
  }

  clear(): void {
    this.#sql.exec("delete from instances");
    this.#sql.exec("delete from lattices");
    this.#held.clear();
  }

  /** Null where the answer comes later. */
  async #obey(lattice: string, order: Order): Promise<Outcome | null> {
    const { instance } = order;
    const known = this.#held.get(instance);
    switch (order.type) {
      case "start":
        if (known === undefined) return this.#start(lattice, order);
        return known.exit === null ? { type: "started", instance } : exited(instance, known.exit);
      case "drain":
        if (known === undefined) return { type: "drained", instance };
        return this.#drain(known);
      case "stop":
        if (known?.log) this.#host.say(known.log, "Stopped");
        this.#forget(instance);
        return { type: "stopped", instance };
    }
  }

  async #start(lattice: string, order: StartOrder): Promise<Outcome> {
    const { instance, assignment, resources, run, log } = order;
    const reason = this.#lack(order) ?? (await this.#host.prepare(assignment));
    if (reason !== null) return { type: "startFailed", instance, reason };
    const held: Held = {
      id: instance,
      lattice,
      assignment,
      resources,
      run,
      log,
      isDraining: false,
      exit: null,
    };
    this.#put(held);
    if (log !== null) this.#host.say(log, `Started ${assignment.moduleId}`);
    if (run !== null) this.#host.background(this.#run(held, run));
    return { type: "started", instance };
  }

  /** Lattices place by what they know of their own: here all of them meet. */
  #lack({ resources, capacity }: StartOrder): string | null {
    const names = { cpuMillis: "cpu", memoryBytes: "memory", storageBytes: "storage" } as const;
    for (const [key, name] of Object.entries(names)) {
      // `names` has the keys of Resources.
      const kind = key as keyof Resources;
      if (resources[kind] === 0 || capacity[kind] === UNLIMITED) continue;
      let taken = resources[kind];
      for (const held of this.#held.values()) taken += held.resources[kind];
      if (taken > capacity[kind]) return `The node has insufficient ${name} beside what it holds.`;
    }
    return null;
  }

  /** Calls still come for as long as isolates may not know better; then those in flight have their end. */
  #drain(held: Held): Outcome | null {
    if (!held.isDraining) {
      const draining = { ...held, isDraining: true };
      this.#put(draining);
      if (held.log) this.#host.say(held.log, "Draining: no new calls come");
      this.#host.background(this.#drained(draining));
      return null;
    }
    return this.#isBusy(held) ? null : { type: "drained", instance: held.id };
  }

  async #drained(held: Held): Promise<void> {
    await scheduler.wait(ROUTE_SETTLE_MS);
    while (this.#held.has(held.id) && this.#isBusy(held)) await scheduler.wait(IDLE_LOOK_MS);
    await this.#host.lattice(held.lattice).hear([{ type: "drained", instance: held.id }]);
  }

  /** While others of its version stay here, calls in flight are as well theirs. */
  #isBusy({ id, run, assignment: { moduleId } }: Held): boolean {
    if (run !== null) return this.#held.get(id)?.exit === null;
    const isShared = [...this.#held.values()].some(
      (other) => other.assignment.moduleId === moduleId && !other.isDraining && other.run === null,
    );
    return !isShared && this.#host.inFlight(moduleId) > 0;
  }

  async #run(held: Held, { functionName, parameters }: Entry): Promise<void> {
    const { assignment, id, lattice } = held;
    const { moduleId, limits } = assignment;
    const timeoutMs = 1000 * limits.maxExecutionTimeSeconds;
    const answer = await this.#host.invoke(assignment, {
      moduleId,
      functionName,
      parameters,
      timeoutMs,
    });
    const now = this.#held.get(id);
    if (now === undefined) return;
    const exit = { fault: faultOf(answer) };
    this.#put({ ...now, exit });
    await this.#host.lattice(lattice).hear([exited(id, exit)]);
    this.#forget(id);
  }

  #put(held: Held): void {
    this.#held.set(held.id, held);
    const text = JSON.stringify(held);
    this.#sql.exec("insert or replace into instances values (?, ?)", held.id, text);
    this.#sql.exec("insert or ignore into lattices values (?)", held.lattice);
  }

  /** Its lattice knows of its end. */
  #forget(instance: string): void {
    const held = this.#held.get(instance);
    if (held === undefined) return;
    this.#held.delete(instance);
    this.#sql.exec("delete from instances where id = ?", instance);
    this.#host.release(held.assignment.moduleId);
  }
}

function exited(instance: string, { fault }: { readonly fault: string | null }): Exited {
  return { type: "exited", instance, fault };
}

/** Why a run did not end well; null when it did. */
function faultOf(answer: CallAnswer): string | null {
  switch (answer.type) {
    case "notAssigned":
      return "The version is not here any more.";
    case "fault":
      return answer.fault.message;
    case "result":
      return answer.result.failure?.message ?? null;
  }
}
