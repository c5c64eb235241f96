// A workload on agents, which are processes of their own: they are killed, and so is what they are attached to, and what
// was last wished for has to run all the same, each instance once.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Machine } from "#scripts/demo-agents/machine.ts";
import { guestOf } from "./guest.ts";
import { AGENTS } from "./scenario.ts";
import type { Wish } from "./scenario.ts";
import type { World } from "./world.ts";

const REGION = "chaos-agents";
const MODULE = "chaos-agents";
const POLL_MS = 200;
/** An agent that was cut off comes back within its longest pause; then what it lacks is started. */
const SETTLE_MS_MAX = 120_000;

type Instance = { readonly id: string; readonly node: string | null; readonly status: string };

export class Agents {
  readonly #world: World;
  readonly #directory: string;
  readonly #machines: Machine[] = [];
  #workload = "";
  #replicas = 0;

  /** The agents' logs go to the directory. */
  constructor(world: World, directory: string) {
    this.#world = world;
    this.#directory = directory;
  }

  async attach(): Promise<void> {
    const { url } = await this.#world.runtime.up();
    for (let number = 1; number <= AGENTS; number += 1) {
      const nodeId = `agent-${number}`;
      await this.#made("/api/v1/wasm/nodes", {
        nodeId,
        hostname: `${nodeId}.local`,
        region: REGION,
      });
      const { token } = await this.#made("/api/v1/security/tokens", {
        node_id: nodeId,
        expiration: "24h",
      });
      const log = join(this.#directory, `${nodeId}.log`);
      const machine = new Machine({ nodeId, url, token: String(token), log });
      this.#machines.push(machine);
      machine.start();
    }
    await this.#made("/api/v1/wasm/modules", {
      name: MODULE,
      version: "1.0.0",
      wasiVersion: "preview1",
      wasmBinary: Buffer.from(guestOf(1, 0)).toString("base64"),
    });
    const { id } = await this.#made("/api/v1/workloads", {
      name: MODULE,
      type: "deployment",
      image: `${MODULE}:1.0.0`,
      replicas: this.#replicas,
      placement: { constraints: [{ key: "region", operator: "In", values: [REGION] }] },
    });
    this.#workload = String(id);
  }

  /** Wishes for so many, and answers how long it took from the last disturbance until they ran. */
  async run({ replicas, afterMs }: Wish): Promise<number> {
    await sleep(afterMs);
    const path = `/api/v1/workloads/${this.#workload}`;
    const { status, body } = await this.#world.ask("PUT", path, { replicas });
    if (status === 200) this.#replicas = replicas;
    else this.#world.violated(`PUT ${path} answered ${status}: ${JSON.stringify(body)}`);
    return Date.now();
  }

  async strike(which: number, downMs: number): Promise<void> {
    const machine = this.#machines[which];
    await machine?.kill();
    await sleep(downMs);
    machine?.start();
  }

  /** After everything of a round is over. */
  async settled(): Promise<number> {
    const since = Date.now();
    for (;;) {
      const { body } = await this.#world.ask("GET", `/api/v1/workloads/${this.#workload}`);
      const { replicas, instances } = body as { replicas: number; instances: Instance[] };
      const faults = faultsOf(instances, { wanted: this.#replicas, told: replicas });
      if (faults.length === 0) return Date.now() - this.#world.upSince;
      if (Date.now() > Math.max(since, this.#world.upSince) + SETTLE_MS_MAX) {
        for (const fault of faults) this.#world.violated(`${fault}: ${JSON.stringify(body)}`);
        return Date.now() - this.#world.upSince;
      }
      await sleep(POLL_MS);
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#machines.map((machine) => machine.kill()));
  }

  async #made(path: string, body: unknown): Promise<Record<string, unknown>> {
    const answer = await this.#world.ask("POST", path, body);
    if (answer.status >= 300) {
      throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }
}

function faultsOf(
  instances: readonly Instance[],
  { wanted, told }: { wanted: number; told: number },
): string[] {
  const ready = instances.filter(({ status }) => status === "ready");
  const ids = new Set(instances.map(({ id }) => id));
  return [
    ...(told === wanted
      ? []
      : [`${wanted} replicas were acknowledged, and ${told} are wished for`]),
    ...(ready.length === wanted && instances.length === wanted
      ? []
      : [`${wanted} instances should run, and ${ready.length} of ${instances.length} do`]),
    ...(ids.size === instances.length ? [] : ["an instance is there twice"]),
  ];
}
