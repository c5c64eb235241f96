// Many readers of one stream of events, over real sockets: whether each is sent each event once and in order, how soon,
// and who was dropped. SUBSCRIBERS, EVENTS and RATE (a second) change what is tried. workerd opens two files for a socket:
// `ulimit -n` must be above twice the readers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_ADMIN, startOrchestrator } from "#scripts/orchestrator.ts";
import { connect, tokenOf } from "./fixture.ts";
import { quantile } from "./statistics.ts";

const SUBSCRIBERS = Number(process.env["SUBSCRIBERS"] ?? 9_000);
const EVENTS = Number(process.env["EVENTS"] ?? 10);
const RATE = Number(process.env["RATE"] ?? 1);
const JOINING = 32;
/** How long the last event may take to all. */
const LAST_MS_MAX = 60_000;

const APP = "told";
const SPEC = {
  apiVersion: "v1",
  kind: "App",
  metadata: { name: APP },
  spec: { type: "http", image: "none:1.0.0", ports: [{ containerPort: 80 }] },
};

/** What all readers got together. */
class Tally {
  readonly latenciesMs: number[] = [];
  readonly endings = new Map<string, number>();
  joined = 0;
  frames = 0;
  /** Frames that did not follow the one before. */
  misplaced = 0;

  end(reason: string): void {
    this.endings.set(reason, (this.endings.get(reason) ?? 0) + 1);
  }
}

export async function benchEvents(port: number): Promise<number> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const variables = { RATE_LIMIT_SCALE: "1000000", TOKEN_MINUTES: "600" };
  const orchestrator = await startOrchestrator({ port, stateDirectory, variables, quiet: true });
  try {
    const client = await connect(orchestrator.url);
    const path = `/api/v1/apps/${APP}`;
    await client.send("POST", "/api/v1/apps/register", SPEC);
    const url = `${orchestrator.url.replace("http", "ws")}/api/v1/events/stream?app=${APP}&type=app.updated&token=${await tokenOf(client, LOCAL_ADMIN)}`;
    const tally = new Tally();
    const joinedAt = performance.now();
    await joinAll(url, tally);
    console.log(`${tally.joined} of ${SUBSCRIBERS} joined in ${seconds(joinedAt)} s`);
    const beganAt = performance.now();
    for (let told = 1; told <= EVENTS; told += 1) {
      await client.send("PUT", `${path}/scaling`, { max_replicas: 1 + (told % 2) });
      await sleep(Math.max(0, (1000 * told) / RATE - (performance.now() - beganAt)));
    }
    const wanted = tally.joined * EVENTS;
    const until = performance.now() + LAST_MS_MAX;
    while (tally.frames < wanted && performance.now() < until) await sleep(100);
    return report(tally, beganAt);
  } finally {
    await orchestrator.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}

/** So many at a time. */
async function joinAll(url: string, tally: Tally): Promise<void> {
  let left = SUBSCRIBERS;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await subscribed(url, tally);
    }
  };
  await Promise.all(Array.from({ length: JOINING }, one));
}

function subscribed(url: string, tally: Tally): Promise<void> {
  const socket = new WebSocket(url);
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    // Frames of this form are what the program sends.
    const { id, timestamp } = JSON.parse(String(data)) as { id: number; timestamp: string };
    tally.frames += 1;
    if (id <= last) tally.misplaced += 1;
    last = id;
    tally.latenciesMs.push(Date.now() - Date.parse(timestamp));
  });
  socket.addEventListener("close", ({ code, reason }) => tally.end(`${code} ${reason}`));
  return new Promise((resolve) => {
    socket.addEventListener("open", () => {
      tally.joined += 1;
      resolve();
    });
    socket.addEventListener("error", () => resolve());
  });
}

function report(tally: Tally, beganAt: number): number {
  const { joined, frames, misplaced, endings, latenciesMs } = tally;
  const sorted = latenciesMs.sort((one, other) => one - other);
  const wanted = joined * EVENTS;
  console.log(`
  ${EVENTS} events, ${RATE} a second: ${frames} of ${wanted} frames in ${seconds(beganAt)} s
  misplaced or twice: ${misplaced}; dropped: ${[...endings].map(([why, count]) => `${count} × ${why}`).join(", ") || "none"}
  from the event to its reader: p50 ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms, most ${sorted.at(-1) ?? 0} ms`);
  const isWhole = joined === SUBSCRIBERS && frames === wanted;
  return isWhole && misplaced === 0 && endings.size === 0 ? 0 : 1;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
