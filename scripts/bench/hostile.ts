// What a neighbour on the same node notices of guests that do not want to end: it is called all the while, and the
// table tells its 99th percentile beside each of them. The promise is 50 ms.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "#scripts/client.ts";
import { LOCAL_ADMIN, startOrchestrator } from "#scripts/orchestrator.ts";
import { assemble } from "#test/wat.ts";
import { reached, soundModule, tokenOf } from "./fixture.ts";
import { Connections } from "./load.ts";
import type { Target } from "./load.ts";
import { quantile } from "./statistics.ts";

const PROMISE_MS = 50;
const PAUSE_MS = 5;
const REGION = "us-east";
const CALM_MS = 2_000;
/** 100 % of a core for as long: the whole budget of an endless loop. */
const LIMITS = { maxExecutionTimeSeconds: 10, maxCpuPercent: 100, maxMemoryMB: 64 };
const HOSTILE = new URL("../../test/fixtures/hostile.wat", import.meta.url);
const STARTING = new URL("../../test/fixtures/starting.wat", import.meta.url);

type Attack = {
  readonly module: "hostile" | "starting";
  readonly functionName: string;
  readonly parameters?: unknown;
};

const ATTACKS: readonly Attack[] = [
  { module: "hostile", functionName: "loop" },
  { module: "hostile", functionName: "table", parameters: [0] },
  { module: "hostile", functionName: "fanout" },
  { module: "hostile", functionName: "recurse" },
  { module: "hostile", functionName: "mutual" },
  { module: "hostile", functionName: "caught" },
  { module: "hostile", functionName: "fill" },
  { module: "hostile", functionName: "copy" },
  { module: "hostile", functionName: "handles" },
  { module: "hostile", functionName: "exhaust" },
  { module: "starting", functionName: "answer" },
];

export async function benchHostile(port: number): Promise<number> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const variables = { RATE_LIMIT_SCALE: "1000000", TOKEN_MINUTES: "600" };
  const orchestrator = await startOrchestrator({ port, stateDirectory, variables, quiet: true });
  const connections = new Connections(4);
  try {
    const client = new Client(orchestrator.url);
    await client.login(LOCAL_ADMIN);
    await client.send("POST", "/api/v1/wasm/nodes", {
      nodeId: "one",
      hostname: "one.localhost",
      region: REGION,
    });
    const modules = {
      hostile: await assemble(fileURLToPath(HOSTILE)),
      starting: await assemble(fileURLToPath(STARTING)),
      neighbour: await soundModule(),
    };
    for (const [name, wasm] of Object.entries(modules)) await serve(client, name, wasm);
    const token = await tokenOf(client, LOCAL_ADMIN);
    const target = (body: object): Target => ({
      url: `${orchestrator.url}/api/v1/wasm/execute`,
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return await attackAll(connections, target);
  } finally {
    connections.close();
    await orchestrator.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}

async function serve(client: Client, name: string, wasm: Uint8Array): Promise<void> {
  const { moduleId } = await client.send<{ moduleId: string }>("POST", "/api/v1/wasm/modules", {
    name,
    version: "1.0.0",
    wasiVersion: "preview1",
    limits: LIMITS,
    wasmBinary: Buffer.from(wasm).toString("base64"),
  });
  const { deploymentId } = await client.send<{ deploymentId: string }>(
    "POST",
    "/api/v1/wasm/deployments",
    {
      moduleId,
      targetRegions: [REGION],
      strategy: "BlueGreen",
      strategyConfig: { healthCheckTimeout: "PT0S", keepBlueEnvironment: false },
      healthCheck: { enabled: false },
    },
  );
  await client.send("POST", `/api/v1/wasm/deployments/${deploymentId}/execute`);
  await reached(client, deploymentId, { status: "Completed", msMax: 20_000 });
}

async function attackAll(
  connections: Connections,
  target: (body: object) => Target,
): Promise<number> {
  const neighbour = target({ moduleId: "neighbour", functionName: "add", parameters: [2, 3] });
  const calm = await during(connections, neighbour, () => sleep(CALM_MS));
  tell({ name: "(nobody)", ended: "", tookMs: CALM_MS }, calm.latencies);
  let kept = true;
  for (const { module, functionName, parameters } of ATTACKS) {
    const startedAt = performance.now();
    const { latencies, value } = await during(connections, neighbour, () =>
      connections.send(target({ moduleId: module, functionName, parameters })),
    );
    const tookMs = performance.now() - startedAt;
    tell({ name: `${module} ${functionName}`, ended: codeOf(value.text), tookMs }, latencies);
    kept &&= latencies.length > 0 && quantile(latencies, 0.99) < PROMISE_MS;
  }
  console.log(
    `\nThe neighbour's 99th percentile is promised under ${PROMISE_MS} ms: ${kept ? "kept" : "NOT kept"}.`,
  );
  return kept ? 0 : 1;
}

/** The neighbour's latencies, sorted, in ms, while something runs. */
async function during<Value>(
  connections: Connections,
  neighbour: Target,
  run: () => Promise<Value>,
): Promise<{ latencies: number[]; value: Value }> {
  const latencies: number[] = [];
  const load = { goesOn: true };
  const calling = (async () => {
    while (load.goesOn) {
      const sentAt = performance.now();
      const { status, text } = await connections.send(neighbour);
      if (status !== 200) throw new Error(`the neighbour was answered ${status}: ${text}`);
      latencies.push(performance.now() - sentAt);
      await sleep(PAUSE_MS);
    }
  })();
  const value = await run();
  load.goesOn = false;
  await calling;
  return { latencies: latencies.sort((one, other) => one - other), value };
}

function codeOf(text: string): string {
  // An answer of the 000 dialect: a call's or an error's.
  const { success, error } = JSON.parse(text) as { success?: boolean; error?: { code: string } };
  return error?.code ?? (success === true ? "returned" : "?");
}

function tell(
  attack: { name: string; ended: string; tookMs: number },
  latencies: readonly number[],
): void {
  const [median, high, most] = [0.5, 0.99, 1].map((part) => quantile(latencies, part).toFixed(1));
  console.log(
    `${attack.name.padEnd(20)} ${attack.ended.padEnd(18)} ${attack.tookMs.toFixed(0).padStart(6)} ms   neighbour: ${String(latencies.length).padStart(5)} calls, median ${median} ms, p99 ${high} ms, most ${most} ms`,
  );
}
