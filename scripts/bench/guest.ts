// A guest's cold and its warm call, of each kind, beside the same module in a Worker that has nothing else: both are asked
// through an object, loaded from R2 by the same loader, and have a fresh instance for each call. Cold is an isolate that
// nobody called before. The goal is half as much again as plain loading.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "#scripts/client.ts";
import { LOCAL_ADMIN, startOrchestrator } from "#scripts/orchestrator.ts";
import { soundModule, tokenOf } from "./fixture.ts";
import { GUEST_ENTRY } from "./guest/entry.ts";
import { kinds } from "./guest/kinds.ts";
import type { Kind } from "./guest/kinds.ts";
import { Host, REGION } from "./host.ts";
import { Connections } from "./load.ts";
import { startServer } from "./server.ts";
import { spread, told } from "./statistics.ts";

const ROUNDS = 15;
const COLD_CALLS = 3;
const WARM_CALLS = 50;
const COLD_RATIO_MAX = 1.5;

type Measured = { readonly coldMs: number; readonly warmMs: number };
type Round = { readonly product: Measured; readonly plain: Measured };
type Answer = { readonly ms: number; readonly told: readonly string[] };

export async function benchGuest(port: number): Promise<number> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const all = await kinds();
  await prepareKinds(all, { port, stateDirectory });
  const wasm = await soundModule();
  const server = await startServer({
    port,
    stateDirectory,
    rateLimitScale: "1000000",
    wasm,
    only: "product",
    entry: GUEST_ENTRY,
  });
  try {
    for (const kind of all) await put(server.product, kind);
    const rounds = new Map(all.map(({ name }) => [name, [] as Round[]]));
    // The first is thrown away: engine and storage make up their minds.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const kind of all) {
        const measured = await measure(server.product, kind, round % 2 === 0);
        if (round > 0) rounds.get(kind.name)?.push(measured);
      }
    }
    return tell(rounds);
  } finally {
    await server.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}

/** Each kind registered, and loaded on one node. */
async function prepareKinds(
  all: readonly Kind[],
  on: { port: number; stateDirectory: string },
): Promise<void> {
  const variables = { RATE_LIMIT_SCALE: "1000000" };
  const orchestrator = await startOrchestrator({ ...on, variables, quiet: true });
  const connections = new Connections(1);
  try {
    const client = new Client(orchestrator.url);
    await client.login(LOCAL_ADMIN);
    const node = { nodeId: "one", hostname: "one.localhost", region: REGION };
    await client.send("POST", "/api/v1/wasm/nodes", node);
    const token = await tokenOf(client, LOCAL_ADMIN);
    const host = new Host({ client, connections, url: orchestrator.url, token });
    for (const { name, bytes, wasiVersion } of all) await host.serve(name, bytes, { wasiVersion });
  } finally {
    connections.close();
    await orchestrator.stop();
  }
}

async function put(origin: string, { name, plain }: Kind): Promise<void> {
  const modules = Object.entries(plain).map(([name, content]) => ({
    name,
    base64: Buffer.from(content).toString("base64"),
  }));
  const body = JSON.stringify({ name, modules });
  const { status } = await fetch(`${origin}/bench/put`, { method: "POST", body });
  if (status !== 200) throw new Error(`${name} could not be put: ${status}`);
}

/** One cold call and some warm ones after it, in either order of the two. */
async function measure(origin: string, kind: Kind, isProductFirst: boolean): Promise<Round> {
  const one = (isPlain: boolean): Promise<Measured> => measureOne(origin, kind, isPlain);
  if (isProductFirst) return { product: await one(false), plain: await one(true) };
  const plain = await one(true);
  return { product: await one(false), plain };
}

async function measureOne(
  origin: string,
  { name, asked }: Kind,
  isPlain: boolean,
): Promise<Measured> {
  const call = async (isCold: boolean, times: number): Promise<Answer> => {
    const body = JSON.stringify({ name, asked, isPlain, isCold, times });
    const response = await fetch(`${origin}/bench/call`, { method: "POST", body });
    const text = await response.text();
    if (response.status !== 200)
      throw new Error(`${name} was answered ${response.status}: ${text}`);
    // Written by the entry.
    return JSON.parse(text) as Answer;
  };
  const cold = await call(true, COLD_CALLS);
  const warm = await call(false, WARM_CALLS);
  const told = new Set([...cold.told, ...warm.told]);
  if (told.size !== 1) throw new Error(`${name} answers ${[...told].join(" and ")}`);
  return { coldMs: cold.ms, warmMs: warm.ms };
}

function tell(rounds: ReadonlyMap<string, readonly Round[]>): number {
  console.log(
    `medians of ${ROUNDS} rounds (least to most), ${COLD_CALLS} cold calls and ${WARM_CALLS} warm ones in each\n`,
  );
  console.log(
    `${"".padEnd(12)}${"cold: ms".padEnd(24)}${"bare: ms".padEnd(24)}${"ratio".padEnd(24)}${"warm: ms".padEnd(24)}bare: ms`,
  );
  const ratios: number[] = [];
  for (const [name, measured] of rounds) {
    const of = (figure: (round: Round) => number) => spread(measured.map(figure));
    const ratio = of(({ product, plain }) => product.coldMs / plain.coldMs);
    ratios.push(ratio.median);
    const cells = [
      told(
        of(({ product }) => product.coldMs),
        1,
      ),
      told(
        of(({ plain }) => plain.coldMs),
        1,
      ),
      told(ratio, 2),
      told(
        of(({ product }) => product.warmMs),
        2,
      ),
      told(
        of(({ plain }) => plain.warmMs),
        2,
      ),
    ];
    console.log(
      name.padEnd(12) +
        cells
          .map((cell) => cell.padEnd(24))
          .join("")
          .trimEnd(),
    );
  }
  const worst = Math.max(...ratios);
  console.log(
    `\ngoal: a cold call of at most ${COLD_RATIO_MAX} times that in a bare Worker   ${worst.toFixed(2)} at worst`,
  );
  return worst <= COLD_RATIO_MAX ? 0 : 1;
}
