// Beats of 100, 1,000 and 10,000 nodes, which each tell theirs in turn, beside an endpoint that reads a beat and forgets
// it: what one costs, and whether that grows with the nodes. NODES names other numbers (comma-separated). The state is
// kept in memory where the system has a place for that: else what is measured is how fast the disk syncs.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "#scripts/record/figures.ts";
import { startOrchestrator } from "#scripts/orchestrator.ts";
import type { Orchestrator } from "#scripts/orchestrator.ts";
import { connect, prepareState, soundModule } from "./fixture.ts";
import { Connections, expectSuccess, measure } from "./load.ts";
import type { Measured, Target } from "./load.ts";
import { operationsOf, rateFigure, sideBySide } from "./rounds.ts";
import { bareOf, startServer } from "./server.ts";
import type { Server } from "./server.ts";
import { countsOf, difference, toldUses, usesOf } from "./uses.ts";

const NODES = (process.env["NODES"] ?? "100,1000,10000").split(",").map(Number);
const CONNECTIONS = 8;
/** The rate of the most nodes to that of the fewest. */
const GOAL = 0.7;
const MEMORY = "/dev/shm";
const ROWS_AT_ONCE = 500;
const BEAT = {
  status: "active",
  heartbeat: true,
  resources: { cpu_usage: "250m", memory_usage: "512Mi" },
};

export async function benchHeartbeats(
  port: number,
): Promise<{ status: number; figures: readonly Figure[] }> {
  const place = existsSync(MEMORY) ? MEMORY : tmpdir();
  const stateDirectory = mkdtempSync(join(place, "edgeloom-bench-"));
  console.log(`state in ${place}`);
  const wasm = await soundModule();
  const { admin } = await prepareState({ port, stateDirectory, wasm });
  await addNodes({ port, stateDirectory, count: Math.max(...NODES) });
  const server = await startServer({ port, stateDirectory, wasm, rateLimitScale: "1000000" });
  const connections = new Connections(CONNECTIONS);
  try {
    const figures: Figure[] = [];
    for (const nodes of NODES) figures.push(await compare(server, connections, { nodes, admin }));
    const rates = figures.map(({ ours }) => ours.median);
    const held = (rates.at(-1) ?? 0) / (rates[0] ?? 1);
    console.log(
      `\ngoal: ${GOAL} of the beats a second of ${NODES[0]} nodes with ${NODES.at(-1)}   ${held.toFixed(3)}`,
    );
    return { status: held >= GOAL ? 0 : 1, figures };
  } finally {
    connections.close();
    await server.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}

async function compare(
  server: Server,
  connections: Connections,
  of: { nodes: number; admin: string },
): Promise<Figure> {
  const { nodes, admin } = of;
  console.log(`\n${nodes} nodes`);
  let told = 0;
  const beat = (): Target => {
    const node = `beating-${(told += 1) % nodes}`;
    return {
      url: `${server.product}/api/v1/nodes/${node}/status`,
      method: "PUT",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${admin}` },
      body: JSON.stringify(BEAT),
    };
  };
  // The first beat of each makes its object, and the node active.
  let left = nodes;
  await connections.keepBusy(
    () => left > 0,
    async () => {
      left -= 1;
      expectSuccess(await connections.send(beat()));
    },
  );
  const { rounds, used, idle } = await sideBySide({
    name: "beats",
    product: (forMs): Promise<Measured> => measure(connections, beat, forMs),
    bare: (forMs) => measure(connections, bareOf(server, "/beat", BEAT), forMs),
    counts: () => countsOf(server),
  });
  const uses = usesOf(difference(used, idle), { operations: operationsOf(rounds) });
  console.log(`\na beat: ${toldUses(uses)}`);
  return rateFigure(rounds, {
    what: `a beat of one of ${nodes} nodes`,
    yardstick: "a bare Worker that reads a beat",
    uses,
  });
}

/**
 * One node is registered, and its row stands for the others: each that is registered as it should be gets a runner, which
 * beats by itself, and those beats are not what is measured.
 */
async function addNodes(of: {
  port: number;
  stateDirectory: string;
  count: number;
}): Promise<void> {
  const { port, stateDirectory, count } = of;
  const orchestrator = await startOrchestrator({ port, stateDirectory, quiet: true });
  try {
    const client = await connect(orchestrator.url);
    const { id } = await client.send<{ id: string }>("POST", "/api/v1/nodes", {
      name: "pattern",
      address: "10.0.0.1",
    });
    await copyNode(orchestrator, { id, count });
  } finally {
    await orchestrator.stop();
  }
}

async function copyNode(
  { miniflare }: Orchestrator,
  of: { id: string; count: number },
): Promise<void> {
  const db = await miniflare.getD1Database("DB");
  const row = await db.prepare("select * from nodes where id = ?").bind(of.id).first();
  if (row === null) throw new Error(`The node ${of.id} was registered and is not there.`);
  const columns = Object.keys(row).filter((name) => name !== "id" && name !== "name");
  const insert = db.prepare(
    `insert into nodes (id, name, ${columns.join(", ")}) select ?1, ?1, ${columns.join(", ")} from nodes where id = ?2`,
  );
  const ids = Array.from({ length: of.count }, (_, number) => `beating-${number}`);
  for (let at = 0; at < ids.length; at += ROWS_AT_ONCE) {
    await db.batch(ids.slice(at, at + ROWS_AT_ONCE).map((id) => insert.bind(id, of.id)));
  }
}
