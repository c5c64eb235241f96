// `npx edgeloom-agent`: makes this machine a node. It attaches to the orchestrator, and comes back whenever it is cut off.
import { setTimeout as sleep } from "node:timers/promises";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { decodeJwt } from "jose";
import { CLOSE } from "#domain/agent/protocol.ts";
import { Agent } from "./agent/agent.ts";
import { Connection } from "./agent/connection.ts";
import type { Ended } from "./agent/connection.ts";
import { Guests } from "./agent/guests.ts";
import { Library, Unwelcome } from "./agent/library.ts";
import { Machine } from "./agent/machine.ts";

const USAGE = `edgeloom-agent --url https://edgeloom.example.com [--token-file FILE]

Makes this machine a node of Edgeloom. The node's token, from POST /api/v1/security/tokens, is read from FILE or from
EDGELOOM_NODE_TOKEN; EDGELOOM_URL stands for --url.`;

/** The first try again comes after about this, each further one after twice as long, up to the last. */
const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 15_000;
/** A connection that lasted this long was a good one. */
const STEADY_MS = 5_000;

const { url, token, nodeId } = settings();
const guests = new Guests();
const library = new Library({ url, nodeId, token });
const machine = new Machine(guests);
const agent = new Agent(guests, library);
let connection: Connection | null = null;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => end(0));
let failures = 0;
for (;;) {
  const startedAt = Date.now();
  const isSteady = (): boolean => Date.now() - startedAt > STEADY_MS;
  try {
    const { code, reason } = await attach();
    if (isFinal(code)) end(1, `The orchestrator sent this agent away: ${reason}.`);
    say(`The socket ended (${code}${reason === "" ? "" : `, ${reason}`}).`);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    if (thrown instanceof Unwelcome) end(1, message);
    say(`Could not attach: ${message}`);
  }
  failures = isSteady() ? 1 : failures + 1;
  const most = Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** (failures - 1));
  // Spread out, so that all agents of an orchestrator that was lost don't come back at the same moment.
  await sleep(most * (0.5 + Math.random() / 2));
}

async function attach(): Promise<Ended> {
  const harness = await library.harness("core", null);
  const vitals = await machine.vitals(harness, agent.isIdle);
  const socket = new Connection(
    `${url.replace(/^http/, "ws")}/api/v1/nodes/${nodeId}/attach`,
    token,
  );
  connection = socket;
  const runtime = "Node.js";
  const runtimeVersion = `${process.versions.node} (V8 ${process.versions.v8})`;
  let beating: NodeJS.Timeout | undefined;
  const beat = async (): Promise<void> => {
    socket.say({ type: "beat", vitals: await machine.vitals(harness, agent.isIdle) });
  };
  const ended = await socket.run(
    { runtime, runtimeVersion, vitals },
    {
      order: (order) => agent.obey(order, (report) => socket.say(report)),
      welcome({ moduleIds, heartbeatMs }) {
        say(`Attached to ${url} as ${nodeId}; it holds ${moduleIds.length} module versions.`);
        agent.keep(moduleIds);
        beating = setInterval(() => void beat().catch(console.error), heartbeatMs);
      },
    },
  );
  clearInterval(beating);
  return ended;
}

/** These say that coming back would be of no use. */
function isFinal(code: number): boolean {
  return code === CLOSE.replaced || code === CLOSE.dismissed || code === CLOSE.malformed;
}

function settings(): { url: string; token: string; nodeId: string } {
  try {
    const options = { url: { type: "string" }, "token-file": { type: "string" } } as const;
    const { values } = parseArgs({ options });
    const url = values.url ?? process.env["EDGELOOM_URL"];
    const file = values["token-file"];
    const given =
      file === undefined ? process.env["EDGELOOM_NODE_TOKEN"] : readFileSync(file, "utf8");
    if (url === undefined || given === undefined)
      throw new Error("The URL or the token is missing.");
    const token = given.trim();
    const node = decodeJwt(token)["node"];
    if (typeof node !== "string") throw new Error("The token is not that of a node.");
    // Nothing that this process starts need have it.
    delete process.env["EDGELOOM_NODE_TOKEN"];
    return { url: new URL(url).origin, token, nodeId: node };
  } catch (thrown) {
    console.error(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`);
    process.exit(2);
  }
}

function say(message: string): void {
  console.log(`${new Date().toISOString()} ${message}`);
}

function end(status: number, message?: string): never {
  if (message !== undefined) console.error(message);
  connection?.close();
  guests.stop();
  process.exit(status);
}
