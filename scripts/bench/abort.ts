// How long a candidate still answers after its abort was acknowledged: under load by the module's name, while a
// canary stands at 50 %. The promise is one second.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "#scripts/client.ts";
import { LOCAL_ADMIN, startOrchestrator } from "#scripts/orchestrator.ts";
import {
  MODULE_NAME,
  connect,
  reached,
  register,
  rollOut,
  soundModule,
  tokenOf,
} from "./fixture.ts";
import { Connections } from "./load.ts";
import type { Target } from "./load.ts";
import { spread, told } from "./statistics.ts";

const TRIES = 12;
const CONNECTIONS = 8;
const PROMISE_MS = 1_000;
/** The candidate's share is looked at over so long before the abort, and the silence after it. */
const BEFORE_MS = 1_000;
const AFTER_MS = 2_500;
const HALF_MS_MAX = 20_000;

type Heard = { readonly at: number; readonly moduleId: string };

export async function benchAbort(port: number): Promise<number> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const variables = { RATE_LIMIT_SCALE: "1000000", TOKEN_MINUTES: "600" };
  const orchestrator = await startOrchestrator({ port, stateDirectory, variables, quiet: true });
  const connections = new Connections(CONNECTIONS);
  try {
    const client = await connect(orchestrator.url);
    const wasm = await soundModule();
    const first = await rollOut(client, await register(client, "1.0.0", wasm), {
      stages: [100],
      evaluationPeriod: "PT0.1S",
    });
    await reached(client, first, { status: "Completed", msMax: HALF_MS_MAX });
    const load = new Load(connections, await targetOf(client, orchestrator.url));
    const running = load.run();
    const lasts: number[] = [];
    for (let number = 1; number <= TRIES; number += 1) {
      lasts.push(await abortOnce(client, load, { number, wasm }));
    }
    load.stop();
    await running;
    const most = Math.max(...lasts);
    console.log(
      `\n${TRIES} aborts: the candidate's last answer came ${told(spread(lasts))} ms after the abort's, ${PROMISE_MS} ms are promised; ${load.faults.size === 0 ? "every call was answered 200" : [...load.faults].join("; ")}`,
    );
    return most <= PROMISE_MS && load.faults.size === 0 ? 0 : 1;
  } finally {
    connections.close();
    await orchestrator.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}

/** Aborts a canary at 50 %; answers when the candidate was last heard, in ms after the abort was answered. */
async function abortOnce(
  client: Client,
  load: Load,
  of: { number: number; wasm: Uint8Array },
): Promise<number> {
  const candidate = await register(client, `1.0.${of.number}`, of.wasm);
  const deploymentId = await rollOut(client, candidate, {
    stages: [50, 100],
    evaluationPeriod: "PT1H",
  });
  await load.heard(candidate, HALF_MS_MAX);
  load.forget();
  await sleep(BEFORE_MS);
  const share = load.share(candidate);
  const { callsPerSecond } = load;
  const askedAt = performance.now();
  await client.send("POST", `/api/v1/wasm/deployments/${deploymentId}/abort`, {});
  const answeredAt = performance.now();
  await sleep(AFTER_MS);
  const last = load.last(candidate) - answeredAt;
  console.log(
    `abort ${String(of.number).padStart(2)}: the candidate had ${(100 * share).toFixed(0)} % of ${callsPerSecond.toFixed(0)} calls/s; the abort was answered after ${(answeredAt - askedAt).toFixed(0)} ms, the candidate's last answer came ${last.toFixed(0)} ms after that`,
  );
  await reached(client, deploymentId, { status: "RolledBack", msMax: HALF_MS_MAX });
  load.forget();
  return last;
}

async function targetOf(client: Client, url: string): Promise<Target> {
  const token = await tokenOf(client, LOCAL_ADMIN);
  return {
    url: `${url}/api/v1/wasm/execute`,
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ moduleId: MODULE_NAME, functionName: "add", parameters: [2, 3] }),
  };
}

/** Calls without end, and who answered when. */
class Load {
  readonly faults = new Set<string>();
  readonly #connections: Connections;
  readonly #target: Target;
  #heard: Heard[] = [];
  #since = performance.now();
  #goesOn = true;

  constructor(connections: Connections, target: Target) {
    this.#connections = connections;
    this.#target = target;
  }

  run(): Promise<void> {
    return this.#connections.keepBusy(
      () => this.#goesOn,
      async () => {
        const { status, text } = await this.#connections.send(this.#target);
        const at = performance.now();
        if (status !== 200) this.faults.add(`${status}: ${text}`);
        else this.#heard.push({ at, moduleId: JSON.parse(text).moduleId });
      },
    );
  }

  stop(): void {
    this.#goesOn = false;
  }

  forget(): void {
    this.#heard = [];
    this.#since = performance.now();
  }

  get callsPerSecond(): number {
    return this.#heard.length / ((performance.now() - this.#since) / 1000);
  }

  share(moduleId: string): number {
    const own = this.#heard.filter((heard) => heard.moduleId === moduleId);
    return own.length / this.#heard.length;
  }

  last(moduleId: string): number {
    return this.#heard.findLast((heard) => heard.moduleId === moduleId)?.at ?? Number.NaN;
  }

  async heard(moduleId: string, msMax: number): Promise<void> {
    const until = performance.now() + msMax;
    while (Number.isNaN(this.last(moduleId))) {
      if (performance.now() > until) throw new Error(`${moduleId} was not heard of.`);
      await sleep(10);
    }
  }
}
