// `npm run demo:agents`: three agents as processes of their own beside six nodes in workerd, a workload of nine replicas
// over all of them, and calls all the while. One agent is killed and comes back; then the orchestrator is.
// It exits 0 only if every instance came back once, nothing doubled, and no call hung. PORT moves it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Runtime } from "./chaos/runtime.ts";
import { Client } from "./client.ts";
import { Callers } from "./demo-agents/callers.ts";
import { Machine } from "./demo-agents/machine.ts";
import { addLocalNodes } from "./nodes.ts";
import { LOCAL_ADMIN, bundle } from "./orchestrator.ts";
import { Story, secondsSince } from "./story.ts";

const REPLICAS = 9;
const MACHINES = [
  { nodeId: "attic", region: "us-east" },
  { nodeId: "basement", region: "us-west" },
  { nodeId: "cupboard", region: "eu-west" },
] as const;
const VICTIM = "basement";
const POLL_MS = 100;
const PHASE_MS_MAX = 90_000;
/** What holds is watched for so much longer. */
const HOLD_MS = 5_000;
const INTERRUPTED_STATUS = 130;
const WASM = new URL("../examples/hello/hello.wasm", import.meta.url);

type Instance = { readonly id: string; readonly node: string | null; readonly status: string };
type Workload = { readonly instances: readonly Instance[]; readonly ready_replicas: number };

const story = new Story();
const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-demo-agents-"));
const port = Number(process.env["PORT"] ?? 18_280);
const runtime = new Runtime({ port, stateDirectory }, join(stateDirectory, "runtime.log"));
const machines: Machine[] = [];

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void end(INTERRUPTED_STATUS));
}
const trouble = await tell().then(
  () => null,
  (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
);
await end(story.report(trouble) ? 0 : 1);

async function end(status: number): Promise<never> {
  await Promise.all([runtime.dispose(), ...machines.map((machine) => machine.kill())]);
  rmSync(stateDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.exit(status);
}

async function tell(): Promise<void> {
  if (!process.env["EDGELOOM_BUNDLED"]) {
    story.say("Bundling the Worker …");
    bundle();
  }
  runtime.boot();
  const { url } = await runtime.up();
  const client = new Client(url);
  await client.login(LOCAL_ADMIN);
  await addLocalNodes(client);
  await attachAll(client, url);
  const id = await deploy(client);
  const callers = new Callers(client, "hello");
  const calling = callers.run();
  await agentKilled(client, id);
  await orchestratorKilled(client, id);
  callers.stop();
  await calling;
  const { answered, refused, cutOff, hanging } = callers.tally;
  story.found(
    "no call hung: each was answered, refused with a reason, or cut off with its orchestrator",
    hanging === 0 && answered > 0,
    `${answered} answered, ${refused} refused, ${cutOff} cut off, ${hanging} hanging`,
  );
}

async function attachAll(client: Client, url: string): Promise<void> {
  const at = performance.now();
  for (const { nodeId, region } of MACHINES) {
    await client.send("POST", "/api/v1/wasm/nodes", {
      nodeId,
      hostname: `${nodeId}.local`,
      region,
    });
    const { token } = await client.send<{ token: string }>("POST", "/api/v1/security/tokens", {
      node_id: nodeId,
      expiration: "1h",
    });
    const log = join(stateDirectory, `${nodeId}.log`);
    const machine = new Machine({ nodeId, url, token, log });
    machines.push(machine);
    machine.start();
  }
  const online = await eventually(
    () => attached(client),
    (nodes) => nodes.length === MACHINES.length,
  );
  const detail = `${online.value.join(", ")} after ${secondsSince(at)}`;
  story.found("three agents attach", online.isThere, detail);
}

/** The machines whose node says that its guests run in Node.js. */
async function attached(client: Client): Promise<string[]> {
  const found = await Promise.all(
    MACHINES.map(async ({ nodeId }) => {
      const { runtime: name } = await client.send<{ runtime: string }>(
        "GET",
        `/api/v1/wasm/nodes/${nodeId}`,
      );
      return name === "Node.js" && (await isOnline(client, nodeId)) ? [nodeId] : [];
    }),
  );
  return found.flat();
}

async function isOnline(client: Client, nodeId: string): Promise<boolean> {
  const { status } = await client.send<{ status: string }>("GET", `/api/v1/nodes/${nodeId}`);
  return status === "active";
}

async function deploy(client: Client): Promise<string> {
  await client.send("POST", "/api/v1/wasm/modules", {
    name: "hello",
    version: "1.0.0",
    wasiVersion: "preview1",
    wasmBinary: readFileSync(WASM).toString("base64"),
  });
  const at = performance.now();
  const { id } = await client.send<{ id: string }>("POST", "/api/v1/workloads", {
    name: "greeters",
    type: "deployment",
    image: "hello:1.0.0",
    replicas: REPLICAS,
    placement: { strategy: "load-balance" },
  });
  const { value, isThere } = await standing(client, id);
  const onAgents = value.instances.filter(({ node }) => isMachine(node)).length;
  const detail = `${placesOf(value)} after ${secondsSince(at)}`;
  story.found(`${REPLICAS} replicas run, on agents too`, isThere && onAgents > 0, detail);
  return id;
}

async function agentKilled(client: Client, id: string): Promise<void> {
  const before = await workload(client, id);
  const hit = before.instances.filter(({ node }) => node === VICTIM);
  const machine = machines.find(({ nodeId }) => nodeId === VICTIM);
  if (machine === undefined || hit.length === 0) throw new Error(`Nothing runs on ${VICTIM}.`);
  story.say(`\n${story.clock()}  SIGKILL to ${VICTIM}, with ${hit.length} of the instances`);
  let at = performance.now();
  await machine.kill();
  const elsewhere = await standing(client, id, ({ node }) => node !== VICTIM);
  const others = before.instances.filter(({ node }) => node !== VICTIM);
  const stayed = others.filter((one) =>
    elsewhere.value.instances.some(({ id: other, node }) => other === one.id && node === one.node),
  );
  story.found(
    "its instances are back elsewhere, and no other moved",
    elsewhere.isThere && stayed.length === others.length,
    `${placesOf(elsewhere.value)} after ${secondsSince(at)}`,
  );
  story.say(`${story.clock()}  ${VICTIM} is started again`);
  at = performance.now();
  machine.start();
  const back = await eventually(() => isOnline(client, VICTIM), Boolean);
  const tookMs = secondsSince(at);
  await sleep(HOLD_MS);
  const after = await standing(client, id);
  story.found(
    "the agent returns, and nothing doubles",
    back.isThere && after.isThere && after.value.instances.length === REPLICAS,
    `online after ${tookMs}; ${placesOf(after.value)}`,
  );
}

async function orchestratorKilled(client: Client, id: string): Promise<void> {
  const before = await workload(client, id);
  story.say(`\n${story.clock()}  SIGKILL to the orchestrator`);
  await runtime.kill();
  const at = performance.now();
  runtime.boot();
  await runtime.up();
  story.say(`${story.clock()}  it is up again`);
  const online = await eventually(
    () => attached(client),
    (nodes) => nodes.length === MACHINES.length,
  );
  const tookMs = secondsSince(at);
  await sleep(HOLD_MS);
  const after = await standing(client, id);
  const kept = before.instances.filter(({ id: one }) =>
    after.value.instances.some(({ id: other }) => other === one),
  );
  story.found(
    "the orchestrator returns, the agents come back by themselves, and nothing doubles",
    online.isThere && after.isThere && after.value.instances.length === REPLICAS,
    `agents online after ${tookMs}; ${kept.length} of the instances are the same; ${placesOf(after.value)}`,
  );
}

function workload(client: Client, id: string): Promise<Workload> {
  return client.send<Workload>("GET", `/api/v1/workloads/${id}`);
}

/** All replicas ready, each once, and each where it may be. */
function standing(client: Client, id: string, mayBe: (instance: Instance) => boolean = () => true) {
  return eventually(
    () => workload(client, id),
    ({ instances, ready_replicas: ready }) =>
      ready === REPLICAS && instances.filter(({ status }) => status === "ready").every(mayBe),
  );
}

/** What was looked at last, and whether it was as hoped for within the time of a phase. */
async function eventually<Value>(
  look: () => Promise<Value>,
  hoped: (value: Value) => boolean,
): Promise<{ value: Value; isThere: boolean }> {
  const until = performance.now() + PHASE_MS_MAX;
  for (;;) {
    const value = await look();
    if (hoped(value)) return { value, isThere: true };
    if (performance.now() > until) return { value, isThere: false };
    await sleep(POLL_MS);
  }
}

function isMachine(node: string | null): boolean {
  return MACHINES.some(({ nodeId }) => nodeId === node);
}

/** Such as `attic 1, workerd-us-east-1 2`. */
function placesOf({ instances }: Workload): string {
  const counts = new Map<string, number>();
  for (const { node } of instances.filter(({ status }) => status === "ready"))
    counts.set(node ?? "nowhere", (counts.get(node ?? "nowhere") ?? 0) + 1);
  return [...counts]
    .map(([node, count]) => `${node} ${count}`)
    .sort()
    .join(", ");
}
