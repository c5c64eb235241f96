// The orchestrator that a bench begins with: six nodes, and versions of one small module rolled out over all of them.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "#scripts/client.ts";
import { LOCAL_NODES, addLocalNodes } from "#scripts/nodes.ts";
import { LOCAL_ADMIN, startOrchestrator } from "#scripts/orchestrator.ts";
import { assemble } from "#test/wat.ts";

export const MODULE_NAME = "bench";
export const APP = "teapot";
const REGIONS = [...new Set(LOCAL_NODES.map(({ region }) => region))];
const TEAPOT = new URL("../../examples/teapot/teapot.wasm", import.meta.url);
const SOUND = new URL("../../test/fixtures/sound.wat", import.meta.url);
const POLL_MS = 50;
const CALLER = { username: "bench@example.com", password: "Bench-it-123!", role: "Developer" };

/** The bytes of test/fixtures/sound.wat: `add` of two numbers is what is called. */
export function soundModule(): Promise<Uint8Array> {
  return assemble(fileURLToPath(SOUND));
}

export async function connect(url: string): Promise<Client> {
  const client = new Client(url);
  await client.login(LOCAL_ADMIN);
  await addLocalNodes(client);
  return client;
}

export async function register(client: Client, version: string, wasm: Uint8Array): Promise<string> {
  const { moduleId } = await client.send<{ moduleId: string }>("POST", "/api/v1/wasm/modules", {
    name: MODULE_NAME,
    version,
    wasiVersion: "preview1",
    limits: { maxConcurrentInvocations: 1000 },
    wasmBinary: Buffer.from(wasm).toString("base64"),
  });
  return moduleId;
}

/** Creates and executes a canary over all nodes; answers its id. */
export async function rollOut(
  client: Client,
  moduleId: string,
  canary: { stages: readonly number[]; evaluationPeriod: string },
): Promise<string> {
  const { deploymentId } = await client.send<{ deploymentId: string }>(
    "POST",
    "/api/v1/wasm/deployments",
    { moduleId, targetRegions: REGIONS, strategy: "Canary", strategyConfig: canary },
  );
  await client.send("POST", `/api/v1/wasm/deployments/${deploymentId}/execute`);
  return deploymentId;
}

export async function reached(
  client: Client,
  deploymentId: string,
  until: { status: string; msMax: number },
): Promise<void> {
  const deadline = Date.now() + until.msMax;
  for (;;) {
    const deployment = await client.send("GET", `/api/v1/wasm/deployments/${deploymentId}`);
    if (deployment["status"] === until.status) return;
    if (Date.now() > deadline) {
      throw new Error(`${deploymentId} is not ${until.status}: ${JSON.stringify(deployment)}`);
    }
    await sleep(POLL_MS);
  }
}

/** State with a first user and nothing else: no node beats while it is measured. */
export async function prepareEmpty(of: { port: number; stateDirectory: string }): Promise<void> {
  const orchestrator = await startOrchestrator({ ...of, quiet: true });
  try {
    // The first user is made by the first login.
    await new Client(orchestrator.url).login(LOCAL_ADMIN);
  } finally {
    await orchestrator.stop();
  }
}

/** An orchestrator of its own makes the state that is then measured; answers the tokens of two users. */
export async function prepareState(of: {
  port: number;
  stateDirectory: string;
  wasm: Uint8Array;
}): Promise<{ admin: string; caller: string }> {
  const { port, stateDirectory, wasm } = of;
  const variables = { TOKEN_MINUTES: "600" };
  const orchestrator = await startOrchestrator({ port, stateDirectory, variables, quiet: true });
  try {
    const client = await connect(orchestrator.url);
    const moduleId = await register(client, "1.0.0", wasm);
    const canary = { stages: [100], evaluationPeriod: "PT0.1S" };
    const deploymentId = await rollOut(client, moduleId, canary);
    await reached(client, deploymentId, { status: "Completed", msMax: 20_000 });
    await client.send("POST", "/api/v1/authentication/users", CALLER);
    return { admin: await tokenOf(client, LOCAL_ADMIN), caller: await tokenOf(client, CALLER) };
  } finally {
    await orchestrator.stop();
  }
}

export async function tokenOf(
  client: Client,
  { username, password }: { username: string; password: string },
): Promise<string> {
  const login = { username, password };
  const path = "/api/v1/authentication/login";
  const { token } = await client.send<{ token: string }>("POST", path, login);
  return token;
}

/** The bytes of examples/teapot, which serves HTTP. */
export function teapot(): Buffer {
  return readFileSync(TEAPOT);
}

/** Registers the app and starts a replica of it on every node. */
export async function startApp(client: Client): Promise<void> {
  await client.send("POST", "/api/v1/wasm/modules", {
    name: APP,
    version: "1.0.0",
    wasiVersion: "preview1",
    limits: { maxConcurrentInvocations: 1000 },
    wasmBinary: teapot().toString("base64"),
  });
  const replicas = LOCAL_NODES.length;
  await client.send("POST", "/api/v1/apps/register", {
    apiVersion: "v1",
    kind: "App",
    metadata: { name: APP },
    spec: {
      type: "http",
      image: `${APP}:1.0.0`,
      ports: [{ containerPort: 80, protocol: "HTTP" }],
    },
    scaling: { mode: "manual", maxReplicas: replicas },
    healthCheck: { path: "/tea", initialDelaySeconds: 0 },
  });
  await client.send("POST", `/api/v1/apps/${APP}/start`, { replicas, timeout: 30 });
}
