// `npm run chaos -- 100`: kills the runtime (SIGKILL, all of its processes) so many times at random moments of canary
// rollouts, batches and changes of a workload, and starts it again on the same state. Meanwhile objects are evicted, D1
// answers with errors, and agents are killed. It sees whether everything that was acknowledged comes to its right end,
// nothing hangs, and nothing fails but what was in flight.
// `--seed S` draws the same work and moments again. Ends with 1 and the seed when anything was violated.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Agents } from "./chaos/agents.ts";
import { Batches } from "./chaos/batches.ts";
import { weightFaults } from "./chaos/judge.ts";
import { Lane } from "./chaos/lane.ts";
import { Random } from "./chaos/random.ts";
import { printRound, reportAll } from "./chaos/report.ts";
import type { Killed } from "./chaos/report.ts";
import { Runtime } from "./chaos/runtime.ts";
import { drawRound } from "./chaos/scenario.ts";
import type { Kill } from "./chaos/scenario.ts";
import { Storage } from "./chaos/storage.ts";
import { strikeAll } from "./chaos/strikes.ts";
import { verifyNodes, verifyRound } from "./chaos/verify.ts";
import { World } from "./chaos/world.ts";
import { bundle } from "./orchestrator.ts";

const LANES = ["chaos-a", "chaos-b", "chaos-c"];
const LOOK_MS = 50;
const INTERRUPTED_STATUS = 130;
/** A kill that waits for a phase waits no longer. */
const PHASE_MS_MAX = 2_500;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string" } },
});
const wanted = Number(positionals[0] ?? 100);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
if (!Number.isInteger(wanted) || wanted < 1 || !Number.isInteger(seed)) {
  console.error("Usage: npm run chaos -- <number of kills> [--seed <number>]");
  process.exit(2);
}

const port = Number(process.env["PORT"] ?? 18_210);
const stateDirectory =
  process.env["EDGELOOM_STATE"] ?? mkdtempSync(join(tmpdir(), "edgeloom-chaos-"));
mkdirSync(stateDirectory, { recursive: true });
const log = join(stateDirectory, "runtime.log");
if (!process.env["EDGELOOM_BUNDLED"]) bundle();

const world = new World(new Runtime({ port, stateDirectory }, log), new Storage(stateDirectory));
const agents = new Agents(world, stateDirectory);
const began = Date.now();
console.error(`${wanted} kills, seed ${seed}, state in ${stateDirectory}`);
// What it started are process groups of their own: nobody else would end them.
const dispose = () => Promise.all([world.runtime.dispose(), agents.dispose()]);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void dispose().then(() => process.exit(INTERRUPTED_STATUS)));
}
let status = 1;
try {
  status = await chaos();
} catch (thrown) {
  console.error(`seed ${seed}:`, thrown);
} finally {
  await dispose();
}
if (status === 0 && process.env["EDGELOOM_STATE"] === undefined) {
  rmSync(stateDirectory, { recursive: true });
}
process.exit(status);

async function chaos(): Promise<number> {
  const random = new Random(seed);
  const lanes = LANES.map((name) => new Lane(world, name));
  const kills: Killed[] = [];
  const recoveries: number[] = [];
  const kinds = new Map<string, number>();
  const struck = new Map<string, number>();
  const batches = new Batches(world);
  const converged: number[] = [];
  await world.boot();
  await agents.attach();
  const traffic = lanes.map((lane) =>
    lane.traffic
      .run()
      .catch((thrown: unknown) =>
        world.violated(`Calls of ${lane.moduleName} ended: ${String(thrown)}`),
      ),
  );
  const watching = new AbortController();
  const watch = watchWeights(watching.signal);
  watch.catch((thrown: unknown) =>
    world.violated(`The routes could not be read: ${String(thrown)}`),
  );
  for (let round = 1; kills.length < wanted; round += 1) {
    const drawn = drawRound(random, lanes.length, wanted - kills.length);
    const running = lanes.map((lane, index) => {
      const scenario = drawn.scenarios[index];
      if (scenario === undefined) throw new Error("a lane without a scenario");
      return lane.run(scenario);
    });
    const [killed, reports, batch] = await Promise.all([
      killAll(drawn.kills, lanes),
      Promise.all(running),
      batches.run(drawn.batch),
      agents.run(drawn.wish),
      strikeAll(drawn.strikes, { world, agents, done: struck }),
    ]);
    converged.push(await agents.settled());
    const settledMs = Math.max(...reports.map(({ settledAt }) => settledAt)) - world.upSince;
    recoveries.push(Math.max(0, settledMs));
    const ends = reports.map(({ scenario, status }) => `${scenario.kind} ${status}`);
    for (const key of [...ends, `batch ${batch}`]) kinds.set(key, (kinds.get(key) ?? 0) + 1);
    kills.push(...killed);
    printRound({ round, killed, reports, batch, settledMs, count: `${kills.length}/${wanted}` });
    await verifyRound(world, reports, lanes);
  }
  await verifyNodes(world, lanes);
  for (const lane of lanes) lane.traffic.stop();
  watching.abort();
  await Promise.all([...traffic, watch]);
  const { violations } = world;
  const seconds = Math.round((Date.now() - began) / 1000);
  const tallies = lanes.map((lane) => lane.traffic.tally);
  const { excused } = world;
  const seen = { kills, struck, recoveries, converged, kinds, tallies, excused, violations };
  reportAll({ ...seen, seconds, seed });
  if (violations.length === 0) return 0;
  console.log(
    `Again: npm run chaos -- ${wanted} --seed ${seed} (state and log: ${stateDirectory})`,
  );
  return 1;
}

async function killAll(kills: readonly Kill[], lanes: readonly Lane[]): Promise<Killed[]> {
  const done: Killed[] = [];
  let booting: Promise<void> | null = null;
  for (const kill of kills) {
    if (kill.type === "phase" || kill.since === "up") await booting;
    const moment = await comes(kill, lanes);
    if (moment === null) continue;
    const at = Date.now();
    await world.runtime.kill();
    const listed = world.storage.phases();
    const phases = lanes.map(({ deploymentId }) =>
      deploymentId === null ? "–" : (listed.get(deploymentId) ?? "unlisted"),
    );
    const killed: Killed = { phases, moment, upMs: null, at };
    done.push(killed);
    booting = bootAgain(killed);
    // Should it be killed while it boots, the next life answers for this one too.
    booting.catch(() => {});
  }
  await booting;
  return done;
}

async function bootAgain(killed: Killed): Promise<void> {
  await world.boot();
  killed.upMs = Date.now() - killed.at;
}

/** Waits for the moment, and says which it was; null when it will not come any more. */
async function comes(kill: Kill, lanes: readonly Lane[]): Promise<string | null> {
  const { afterMs } = kill;
  if (kill.type === "moment") {
    await sleep(afterMs);
    return world.runtime.isUp ? `${afterMs} ms after it was up` : `${afterMs} ms into its boot`;
  }
  const { phase } = kill;
  const until = Date.now() + PHASE_MS_MAX;
  while (Date.now() < until && lanes.some((lane) => lane.isBusy)) {
    const listed = world.storage.phases();
    const ids = lanes.flatMap(({ deploymentId }) => deploymentId ?? []);
    if (ids.some((id) => listed.get(id)?.startsWith(phase))) {
      await sleep(afterMs);
      return `${afterMs} ms into ${phase}`;
    }
    await sleep(2);
  }
  return lanes.some((lane) => lane.isBusy) ? `when ${phase} had not come` : null;
}

/**
 * At every moment, and not only at the end. But not while the runtime boots: who opens the database first after a kill
 * recovers it, and whoever else does meanwhile is told that it is locked.
 */
async function watchWeights(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const routes = world.runtime.isUp ? world.storage.routes() : [];
    for (const fault of weightFaults(routes)) world.violated(fault);
    await sleep(LOOK_MS);
  }
}
