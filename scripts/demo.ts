// `npm run demo`: the main job on a throw-away orchestrator. Four versions of one module are rolled out under
// traffic: the first, a sound newer one that is promoted stage by stage, a bad one that a gate takes back because it
// traps, and a wasteful one that the gas gate takes back though every answer of it is right.
// It exits 0 only if it saw all of that; every figure is what its own client measured.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "./client.ts";
import { AFTERMATH_MS, detection, findingsOf } from "./demo/findings.ts";
import type { Cast } from "./demo/findings.ts";
import { rollOut } from "./demo/follow.ts";
import { newLog, rolloutOf, versionOf } from "./demo/log.ts";
import { Screen } from "./demo/screen.ts";
import { ROUTE_REFRESH_MS, stagesOf } from "./demo/stage.ts";
import { Traffic } from "./demo/traffic.ts";
import { LOCAL_NODES, addLocalNodes } from "./nodes.ts";
import { LOCAL_ADMIN, bundle, startOrchestrator } from "./orchestrator.ts";
import type { Orchestrator } from "./orchestrator.ts";

const MODULE = "image-processor";
const CAST: Cast = {
  first: `${MODULE}-v1.1.0`,
  sound: `${MODULE}-v1.2.0`,
  bad: `${MODULE}-v1.3.0`,
  wasteful: `${MODULE}-v1.4.0`,
};
const VERSIONS = [CAST.first, CAST.sound, CAST.bad, CAST.wasteful];
const STAGES = [10, 25, 50, 100];
const EVALUATION_PERIOD = "PT4S";
/** A machine that needs longer than this is told so instead of being waited for. */
const DEADLINE_MS = 150_000;
const SHUT_DOWN_MS = 15_000;
const INTERRUPTED_STATUS = 130;
const POLL_MS = 50;

const began = performance.now();
const log = newLog(Date.now(), VERSIONS);
const traffic = new Traffic();
const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-demo-"));
const running: { orchestrator: Orchestrator | null; screen: Screen | null; waitsFor: string } = {
  orchestrator: null,
  screen: null,
  waitsFor: "the Worker to be bundled",
};

// The last resort, whatever ends this process: the terminal is given back and nothing is left on the disk.
process.on("exit", () => {
  running.screen?.close();
  rmSync(stateDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

const ending = await Promise.race([interrupted(), overdue(), story()]).catch(messageOf);
running.screen?.close();
await Promise.race([shutDown(), sleep(SHUT_DOWN_MS)]);
if (ending === "interrupted") process.exit(INTERRUPTED_STATUS);
process.exit(report(ending) ? 0 : 1);

/** While the runtime is up Miniflare's own listener kills it and ends this process before this is answered. */
function interrupted(): Promise<"interrupted"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        running.screen?.close();
        console.error(`The demo was stopped by ${signal}.`);
        resolve("interrupted");
      });
    }
  });
}

async function overdue(): Promise<never> {
  await sleep(DEADLINE_MS);
  throw new Error(
    `It did not end within ${DEADLINE_MS / 1000} s; it was waiting for ${running.waitsFor}.`,
  );
}

async function shutDown(): Promise<void> {
  await traffic.stop();
  await running.orchestrator?.stop();
}

/** Null: told to its end. */
async function story(): Promise<null> {
  if (!process.env["EDGELOOM_BUNDLED"]) {
    console.log("Bundling the Worker …");
    bundle();
  }
  const client = await boot();
  running.screen = new Screen(process.stdout, log);
  const regions = [...new Set(LOCAL_NODES.map(({ region }) => region))];
  const common = { targetRegions: regions, evaluationPeriod: EVALUATION_PERIOD };

  running.waitsFor = `${CAST.first} to be rolled out`;
  const first = rollOut(client, log, { ...common, moduleId: CAST.first, stages: [100] });
  // Nothing answers before the first version has its route; from then on the traffic never stops.
  await Promise.race([first, until(() => isLive(CAST.first))]);
  traffic.start(client, { moduleId: MODULE, regions }, (call) => log.calls.push(call));
  await first;

  for (const moduleId of [CAST.sound, CAST.bad, CAST.wasteful]) {
    running.waitsFor = `${moduleId} to be rolled out or taken back`;
    await rollOut(client, log, { ...common, moduleId, stages: STAGES });
  }

  running.waitsFor = "the traffic after the rollback";
  const watchUntil = Date.now() + ROUTE_REFRESH_MS + AFTERMATH_MS;
  await until(() => (log.calls.at(-1)?.answeredAt ?? 0) > watchUntil);
  await traffic.stop();
  return null;
}

async function boot(): Promise<Client> {
  running.waitsFor = "the orchestrator to start";
  running.orchestrator = await startOrchestrator({
    port: 0,
    stateDirectory,
    quiet: true,
    variables: {
      ENVIRONMENT: "development",
      EDGELOOM_ADMIN_USER: LOCAL_ADMIN.username,
      EDGELOOM_ADMIN_PASSWORD: LOCAL_ADMIN.password,
      RATE_LIMIT_SCALE: "10000",
    },
  });
  const client = new Client(running.orchestrator.url);
  await client.login(LOCAL_ADMIN);
  await addLocalNodes(client);
  running.waitsFor = "the versions to be registered";
  for (const moduleId of VERSIONS) {
    const version = versionOf(moduleId);
    const path = new URL(`../examples/${MODULE}/${MODULE}-${version}.wasm`, import.meta.url);
    const wasmBinary = readFileSync(path).toString("base64");
    const wasiVersion = "preview1";
    await client.send("POST", "/api/v1/wasm/modules", {
      name: MODULE,
      version,
      wasiVersion,
      wasmBinary,
    });
  }
  return client;
}

function isLive(moduleId: string): boolean {
  const rollout = rolloutOf(log, moduleId);
  return rollout !== null && stagesOf(rollout).length > 0;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(POLL_MS);
}

/** True when everything that was promised was seen. */
function report(trouble: string | null): boolean {
  const findings = findingsOf(log, CAST);
  const isKept = trouble === null && findings.every(({ seen }) => seen);
  console.log("");
  for (const { claim, seen, detail } of findings) {
    console.log(`${seen ? "seen    " : "NOT SEEN"}  ${claim}: ${detail}`);
  }
  console.log(`\n${caughtLine(CAST.bad)}\n${caughtLine(CAST.wasteful)}`);
  if (trouble !== null) console.error(trouble);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${isKept ? "All of it was seen" : "Not all of it was seen"}, in ${seconds} s.`);
  return isKept;
}

function caughtLine(moduleId: string): string {
  const version = versionOf(moduleId);
  const caught = detection(log, moduleId);
  if (caught === null) return `${version} was not taken back.`;
  const { detectedMs, withdrawnMs, calls, failed } = caught;
  return `${version} was detected ${detectedMs} ms after its first traffic and withdrawn ${withdrawnMs} ms later; it had ${calls} of ${log.calls.length} calls, of which ${failed} failed.`;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
