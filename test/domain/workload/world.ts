// A small world for workloads: nodes that do what they are told, fail some of it, die and come back with what they ran.
import { Cluster } from "#domain/placement/cluster.ts";
import { satisfies } from "#domain/placement/constraint.ts";
import type { PlacementNode } from "#domain/placement/node.ts";
import type { Command } from "#domain/workload/command.ts";
import { observe } from "#domain/workload/observe.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import { reconcile } from "#domain/workload/reconcile.ts";
import type { Reconciled } from "#domain/workload/reconcile.ts";
import { holdsOf, newState } from "#domain/workload/state.ts";
import type { WorkloadState } from "#domain/workload/state.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import type { Workload } from "#domain/workload/workload.ts";

const RESOURCES = { cpuMillis: 500, memoryBytes: 2 ** 28, storageBytes: 0 };
const ROUNDS_MAX = 400;

export function workloadOf(more: Partial<Workload> = {}): Workload {
  return {
    ...DEFAULT_SPEC,
    id: "w",
    namespace: "default",
    name: "web",
    owner: "edge",
    moduleId: "web-v1.0.0",
    revision: "1",
    kind: { type: "deployment", replicas: 3 },
    resources: RESOURCES,
    update: { surge: 1, unavailable: 1 },
    timing: { startMs: 60_000, unhealthyMs: 30_000, drainMs: 20_000 },
    ...more,
  };
}

export function nodeOf(id: string, more: Partial<PlacementNode> = {}): PlacementNode {
  return {
    id,
    region: "eu-west",
    zone: null,
    capabilities: new Set(),
    labels: {},
    capacity: { cpuMillis: 100_000, memoryBytes: 2 ** 40, storageBytes: 0 },
    instancesMax: 1000,
    isAlive: true,
    isOpen: true,
    p95Ms: {},
    ...more,
  };
}

/** What a node does with a command: it obeys, it refuses, or its answer is lost. */
export type Fate = "obey" | "refuse" | "lose";

export class World {
  readonly cluster = new Cluster();
  /** What really runs, by node. */
  readonly running = new Map<string, Set<string>>();
  readonly seen: Command[] = [];
  workload: Workload;
  state: WorkloadState;
  now = 1_000_000;
  fate: (command: Command) => Fate = () => "obey";
  /** Told after every change of the state. */
  watch: () => void = () => {};
  /** Answers that are under way. */
  waiting: Outcome[] = [];

  constructor(workload: Workload, nodes: readonly PlacementNode[]) {
    this.workload = workload;
    this.state = newState(workload.id);
    for (const node of nodes) {
      this.cluster.setNode(node);
      this.running.set(node.id, new Set());
    }
  }

  ids(phase: string): string[] {
    return this.state.instances.filter((one) => one.phase === phase).map(({ id }) => id);
  }

  /** What runs on nodes that are alive. */
  alive(): string[] {
    return [...this.running].flatMap(([id, instances]) =>
      this.cluster.nodes.get(id)?.isAlive === true ? [...instances] : [],
    );
  }

  change(id: string, more: Partial<PlacementNode>): void {
    const node = this.cluster.nodes.get(id);
    if (node !== undefined) this.cluster.setNode({ ...node, ...more });
  }

  hear(outcome: Outcome): void {
    this.state = observe(this.state, outcome, this.now);
    this.cluster.settle(this.workload.id, holdsOf(this.state));
    this.watch();
  }

  /** Reconciles once, and once more to see that it is at its fixed point; nodes get the commands. */
  round(): Reconciled {
    const done = reconcile(this.workload, this, this.now);
    this.state = done.state;
    this.cluster.settle(this.workload.id, holdsOf(this.state));
    this.watch();
    const again = reconcile(this.workload, this, this.now);
    if (again.state !== this.state || again.commands.length > 0) {
      throw new Error(
        `No fixed point: ${JSON.stringify([this.state, again.state, again.commands])}`,
      );
    }
    for (const command of done.commands) this.#perform(command);
    return done;
  }

  /** Every answer that is under way arrives, one by one. */
  answer(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const outcome of waiting) this.hear(outcome);
  }

  /** Every node that is alive tells what it runs: a node that began anew unseen is found out by this alone. */
  beat(): void {
    this.now += 1000;
    for (const [node, instances] of this.running) {
      if (this.cluster.nodes.get(node)?.isAlive !== true) continue;
      this.hear({ type: "inventory", node, takenAt: this.now, instances: [...instances] });
    }
  }

  /** Goes on, from one moment that is asked for to the next, until nothing more is asked or comes. Tells the rounds. */
  rest(): number {
    for (let rounds = 1; rounds <= ROUNDS_MAX; rounds += 1) {
      const { wakeAt, commands } = this.round();
      if (commands.length > 0 || this.waiting.length > 0) this.answer();
      else if (wakeAt === null || this.#isIdle(wakeAt)) return rounds;
      else this.now = Math.max(this.now, wakeAt);
    }
    throw new Error(`No rest: ${JSON.stringify(this.state)}`);
  }

  /** Only replicas without room, lost ones and what a dead node holds are left to wait for. */
  #isIdle(wakeAt: number): boolean {
    if (wakeAt - this.now >= 3_600_000) return true;
    return this.state.instances.every(
      (one) =>
        one.phase === "ready" ||
        (one.phase === "pending" && one.retryAt <= this.now) ||
        (one.node !== null && this.cluster.nodes.get(one.node)?.isAlive !== true),
    );
  }

  #perform(command: Command): void {
    this.seen.push(command);
    const { node, instance } = command;
    const of = this.cluster.nodes.get(node);
    const running = this.running.get(node);
    if (of === undefined || running === undefined || !of.isAlive) {
      throw new Error(`${command.id} was sent to ${node}, which isn't alive.`);
    }
    const fate = this.fate(command);
    if (command.type === "start") {
      this.#checkPlace(of);
      if (fate === "refuse") {
        this.waiting.push({ type: "startFailed", instance, reason: "No such module." });
        return;
      }
      running.add(instance);
      if (fate === "obey") this.waiting.push({ type: "started", instance });
      return;
    }
    if (fate !== "obey") return;
    if (command.type === "stop") running.delete(instance);
    this.waiting.push({ type: command.type === "stop" ? "stopped" : "drained", instance });
  }

  #checkPlace(node: PlacementNode): void {
    const { placement } = this.workload;
    if (!placement.constraints.every((rule) => satisfies(node, rule))) {
      throw new Error(`${node.id} breaks a constraint.`);
    }
    const used = this.cluster.usage(node.id);
    const isOver =
      used.cpuMillis > node.capacity.cpuMillis ||
      used.memoryBytes > node.capacity.memoryBytes ||
      used.instances > node.instancesMax;
    if (isOver) throw new Error(`${node.id} is overcommitted.`);
  }
}
