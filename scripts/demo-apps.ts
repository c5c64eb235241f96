// `npm run demo:apps`: an HTTP app on a throw-away orchestrator under autocannon. Its replicas follow a growing load and
// go again; one of them is made sick and replaced; a new version is canaried under the same load.
// It exits 0 only if it saw all of that and no request failed; every figure is what autocannon or the API told.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "./client.ts";
import { APP, App, replicasFor } from "./demo-apps/app.ts";
import type { Status } from "./demo-apps/app.ts";
import { Load } from "./demo-apps/load.ts";
import type { Fired } from "./demo-apps/load.ts";
import { addLocalNodes } from "./nodes.ts";
import { LOCAL_ADMIN, bundle, startOrchestrator } from "./orchestrator.ts";
import type { Orchestrator } from "./orchestrator.ts";
import { Story, secondsSince } from "./story.ts";

const VERSIONS = ["1.0.0", "2.0.0"] as const;
/** Requests a second, one phase after the other. */
const GROWING = [3, 20, 45];
const QUIET = 3;
const STEADY = 25;
/** A phase that shows what it promises is watched for so much longer: what holds, holds. */
const HOLD_MS = 4_000;
const PHASE_MS_MAX = 60_000;
const POLL_MS = 500;
const INTERRUPTED_STATUS = 130;

const tale = new Story();
const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-demo-apps-"));
const running: { orchestrator: Orchestrator | null; load: Load | null } = {
  orchestrator: null,
  load: null,
};

process.on("exit", () => {
  running.load?.kill();
  rmSync(stateDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => process.exit(INTERRUPTED_STATUS));
}

const trouble = await story().then(
  () => null,
  (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
);
running.load?.kill();
await running.orchestrator?.stop();
process.exit(tale.report(trouble) ? 0 : 1);

async function story(): Promise<void> {
  if (!process.env["EDGELOOM_BUNDLED"]) {
    tale.say("Bundling the Worker …");
    bundle();
  }
  const { orchestrator, app } = await boot();
  const url = `${orchestrator.url}/run/${APP}/`;

  for (const rate of GROWING) await followed(app, url, rate);
  await followed(app, url, QUIET);
  await decided(app);

  tale.say(`\n${STEADY} requests a second from now on`);
  const load = new Load(url, STEADY);
  running.load = load;
  await reached(app, (now) => now.replicas.healthy >= replicasFor(STEADY));
  await cured(orchestrator, app);
  await canaried(app);
  const fired = await load.stop();
  running.load = null;
  tale.found(
    "no request failed, from the sick replica to the last of the canary",
    fired.failed === 0,
    told(fired),
  );
}

async function boot(): Promise<{ orchestrator: Orchestrator; app: App }> {
  const orchestrator = await startOrchestrator({
    port: 0,
    stateDirectory,
    quiet: true,
    opensObjects: true,
    variables: {
      ENVIRONMENT: "development",
      EDGELOOM_ADMIN_USER: LOCAL_ADMIN.username,
      EDGELOOM_ADMIN_PASSWORD: LOCAL_ADMIN.password,
      RATE_LIMIT_SCALE: "10000",
    },
  });
  running.orchestrator = orchestrator;
  const client = new Client(orchestrator.url);
  await client.login(LOCAL_ADMIN);
  await addLocalNodes(client);
  const app = new App(client);
  await app.start(VERSIONS);
  return { orchestrator, app };
}

/** One load, until the replicas are what the policy says, and a while longer. */
async function followed(app: App, url: string, rate: number): Promise<void> {
  tale.say(`\n${rate} requests a second`);
  const load = new Load(url, rate);
  running.load = load;
  const wanted = replicasFor(rate);
  const isRight = ({ replicas: { desired, healthy } }: Status): boolean =>
    healthy === desired && desired === wanted;
  const before = await reached(app, isRight);
  await sleep(HOLD_MS);
  const after = await app.status();
  const fired = await load.stop();
  running.load = null;
  const isKept = before !== null && isRight(after) && fired.failed === 0;
  const detail = `${after.replicas.healthy} of ${after.replicas.desired} healthy, where the policy wants ${wanted}; ${told(fired)}`;
  tale.found(`replicas follow ${rate} requests a second`, isKept, detail);
}

/** Each decision is an event with its numbers. */
async function decided(app: App): Promise<void> {
  const events = await app.events("scaling");
  for (const { message } of events) tale.say(`  ${message}`);
  const triggers = new Set(events.map(({ details }) => details["trigger"]));
  const isTold = triggers.has("rps_high") && triggers.has("load_low");
  tale.found("each decision is an event with its trigger", isTold, `${events.length} events`);
}

/** Its artifact is made unreadable on its node, past the API: whatever it is asked it can't answer. */
async function cured({ miniflare }: Orchestrator, app: App): Promise<void> {
  const { containers } = await app.status();
  const victim = containers.find(({ health, node }) => health === "healthy" && node !== null);
  if (victim?.node == null) throw new Error("There is no healthy replica to make sick.");
  tale.say(`\n${victim.name} on ${victim.node} is made sick`);
  const at = performance.now();
  const runner = { name: victim.node };
  const storage = await miniflare.unsafeGetDurableObjectStorage("edgeloom", "RunnerObject", runner);
  await storage.exec(
    "update instances set held = json_set(held, '$.assignment.digest', ?) where id = ?",
    "0".repeat(64),
    victim.id,
  );
  await miniflare.unsafeEvictDurableObject("edgeloom", "RunnerObject", runner);
  const after = await reached(
    app,
    ({ containers: now, replicas }) =>
      now.every(({ id }) => id !== victim.id) && replicas.healthy >= replicasFor(STEADY),
  );
  const took = secondsSince(at);
  const own = (await app.events("health")).filter(
    ({ details }) => details["container_id"] === victim.id,
  );
  for (const { message } of own) tale.say(`  ${message}`);
  const kinds = new Set(own.map(({ event }) => event));
  const isTold = ["health.unhealthy", "health.restarted", "health.replaced"].every((kind) =>
    kinds.has(kind),
  );
  const detail = `${victim.name} was gone and its place taken after ${took}, with ${own.length} events`;
  tale.found("a sick replica is restarted, then replaced", after !== null && isTold, detail);
}

async function canaried(app: App): Promise<void> {
  const at = performance.now();
  const next = VERSIONS[1];
  tale.say(`\n${APP} ${next} is rolled out under the same load`);
  const deployment = await app.update(next);
  const after = await reached(
    app,
    ({ rollout, status }) => rollout === undefined && status !== "updating",
  );
  const took = secondsSince(at);
  const status = await app.deployment(deployment);
  const versions = new Set(after?.containers.map(({ version }) => version));
  const isDone = status === "Completed" && [...versions].join() === `${APP}-v${next}`;
  const detail = `${deployment} is ${status} after ${took}; replicas run ${[...versions].join(", ")}${after?.error ?? ""}`;
  tale.found("a new version is canaried, and its replicas take over", isDone, detail);
}

/** Null when it takes too long. Each change that is seen on the way is told. */
async function reached(app: App, isThere: (now: Status) => boolean): Promise<Status | null> {
  const until = performance.now() + PHASE_MS_MAX;
  let before = "";
  for (;;) {
    const now = await app.status();
    const { desired, healthy } = now.replicas;
    const stage = now.rollout === undefined ? "" : `, ${now.rollout.stage}`;
    const line = `${now.status}: ${healthy} of ${desired} healthy${stage}`;
    if (line !== before)
      tale.say(`  ${tale.clock()}  ${line}, ${now.metrics.rps.toFixed(0)} requests a second`);
    before = line;
    if (isThere(now)) return now;
    if (performance.now() > until) return null;
    await sleep(POLL_MS);
  }
}

function told({ answered, failed, requestsPerSecond, p50Ms, p99Ms }: Fired): string {
  return `${answered} answered, ${failed} failed, ${requestsPerSecond.toFixed(1)} a second, p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
}
