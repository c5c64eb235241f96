// A simulated cluster in one process: how long the reconciler takes and how much it asks of nodes, when all is new, when
// nothing has changed, when nodes are lost and come back, and when workloads change. Nodes obey at once.
import { Cluster } from "#domain/placement/cluster.ts";
import type { Command } from "#domain/workload/command.ts";
import { observe } from "#domain/workload/observe.ts";
import { reconcile } from "#domain/workload/reconcile.ts";
import { holdsOf, newState } from "#domain/workload/state.ts";
import type { WorkloadState } from "#domain/workload/state.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import type { Workload } from "#domain/workload/workload.ts";

const NODES = 1000;
const WORKLOADS = 1000;
const REPLICAS = 10;
const REGIONS = ["us-east", "us-west", "eu-central", "eu-west", "apac-east", "apac-south"];
/** What a change costs for each command may grow by so much from the smallest change to the largest. */
const GROWTH_MAX = 3;

type Cost = { rounds: number; commands: number; ms: number };

class Simulation {
  readonly cluster = new Cluster();
  readonly #workloads = new Map<string, Workload>();
  readonly #states = new Map<string, WorkloadState>();
  #now = 1_000_000;

  constructor() {
    for (let at = 0; at < NODES; at += 1) this.setNode(at, true);
    for (let at = 0; at < WORKLOADS; at += 1) this.setWorkload(at, "1");
  }

  get ids(): string[] {
    return [...this.#workloads.keys()];
  }

  setNode(at: number, isAlive: boolean): void {
    this.cluster.setNode({
      id: `node-${at}`,
      region: REGIONS[at % REGIONS.length] ?? "us-east",
      zone: `z${at % 10}`,
      capabilities: new Set(),
      labels: {},
      capacity: { cpuMillis: 8000, memoryBytes: 2 ** 34, storageBytes: 0 },
      instancesMax: 100,
      isAlive,
      isOpen: true,
      p95Ms: {},
    });
  }

  setWorkload(at: number, revision: string): string {
    const id = `w${at}`;
    const region = REGIONS[at % REGIONS.length] ?? null;
    this.#workloads.set(id, workloadOf(id, { revision, region }));
    return id;
  }

  ready(): number {
    return [...this.#states.values()]
      .flatMap(({ instances }) => instances)
      .filter(({ phase }) => phase === "ready").length;
  }

  /** Reconciles these workloads, and each again for as long as its nodes answer. */
  settle(ids: Iterable<string>): Cost {
    const cost = { rounds: 0, commands: 0, ms: 0 };
    const startedAt = performance.now();
    const due = new Set(ids);
    for (const id of due) {
      due.delete(id);
      const commands = this.#round(id);
      cost.rounds += 1;
      cost.commands += commands.length;
      if (commands.length === 0) continue;
      for (const command of commands) this.#obey(id, command);
      due.add(id);
    }
    cost.ms = performance.now() - startedAt;
    this.#now += 60_000;
    return cost;
  }

  #round(id: string): readonly Command[] {
    const workload = this.#workloads.get(id);
    if (workload === undefined) return [];
    const before = this.#states.get(id) ?? newState(id);
    const { state, commands } = reconcile(
      workload,
      { state: before, cluster: this.cluster },
      this.#now,
    );
    if (state !== before) this.#keep(id, state);
    return commands;
  }

  #keep(id: string, state: WorkloadState): void {
    this.#states.set(id, state);
    this.cluster.settle(id, holdsOf(state));
  }

  #obey(id: string, { type, instance }: Command): void {
    const state = this.#states.get(id);
    if (state === undefined) return;
    const answer = { start: "started", drain: "drained", stop: "stopped" } as const;
    this.#keep(id, observe(state, { type: answer[type], instance }, this.#now));
  }
}

export async function benchReconcile(): Promise<number> {
  console.log(`${NODES} nodes, ${WORKLOADS} workloads of ${REPLICAS} replicas\n`);
  console.log(`${"".padEnd(34)}rounds  commands        ms   µs/command`);
  new Simulation().settle(["w0"]);
  const simulation = new Simulation();
  tell("cold start", simulation.settle(simulation.ids));
  tell("nothing changed, all looked at", simulation.settle(simulation.ids));
  const costs: number[][] = [[], []];
  for (const count of [1, 10, 100]) {
    const lost = Array.from({ length: count }, (_, at) => at * (NODES / count));
    costs[0]?.push(tell(`loss of ${count} of the nodes`, turn(simulation, lost, false)));
    tell(`return of ${count}`, turn(simulation, lost, true));
  }
  for (const [at, count] of [1, 10, 100, 1000].entries()) {
    const ids = Array.from({ length: count }, (_, of) => simulation.setWorkload(of, `${at + 2}`));
    costs[1]?.push(tell(`update of ${count} of the workloads`, simulation.settle(ids)));
  }
  const ready = simulation.ready();
  console.log(`\n  ${ready} instances are ready at the end, of ${WORKLOADS * REPLICAS}`);
  const growths = costs.map(([least = 0, ...more]) => (more.at(-1) ?? 0) / least);
  console.log(
    `  µs/command, largest change to smallest: ${growths.map((of) => of.toFixed(2)).join(", ")}`,
  );
  console.log(`  goal: at most ${GROWTH_MAX}`);
  const isGood = ready === WORKLOADS * REPLICAS && growths.every((of) => of <= GROWTH_MAX);
  return isGood ? 0 : 1;
}

/** Only the workloads that have something on these nodes are looked at. */
function turn(simulation: Simulation, nodes: readonly number[], isAlive: boolean): Cost {
  const startedAt = performance.now();
  const touched = new Set<string>();
  for (const at of nodes) {
    simulation.setNode(at, isAlive);
    for (const id of simulation.cluster.workloadsOn(`node-${at}`)) touched.add(id);
  }
  const cost = simulation.settle(touched);
  return { ...cost, ms: performance.now() - startedAt };
}

function tell(name: string, { rounds, commands, ms }: Cost): number {
  const each = commands === 0 ? 0 : (ms * 1000) / commands;
  const numbers = `${`${rounds}`.padStart(6)}${`${commands}`.padStart(10)}${ms.toFixed(1).padStart(10)}`;
  console.log(`  ${name.padEnd(32)}${numbers}${each.toFixed(1).padStart(13)}`);
  return each;
}

function workloadOf(
  id: string,
  { revision, region }: { revision: string; region: string | null },
): Workload {
  return {
    ...DEFAULT_SPEC,
    id,
    namespace: "default",
    name: id,
    owner: "bench",
    moduleId: `web-v${revision}.0.0`,
    revision,
    kind: { type: "deployment", replicas: REPLICAS },
    resources: { cpuMillis: 100, memoryBytes: 2 ** 27, storageBytes: 0 },
    placement: { strategy: "edge-first", constraints: [], preferences: [], region },
    update: { surge: 3, unavailable: 0 },
  };
}
