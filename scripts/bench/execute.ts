// A warm /execute beside a bare Worker that runs the same module: requests per second and latency in interleaved
// rounds of one Miniflare run, and what the warm path asks of D1, R2 and Durable Objects.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareState, soundModule } from "./fixture.ts";
import { Connections, expectSuccess, measure } from "./load.ts";
import type { Measured } from "./load.ts";
import { bareOf, executeOf, startServer } from "./server.ts";
import type { Server } from "./server.ts";
import { spread, told } from "./statistics.ts";

const ROUNDS = 7;
const ROUND_MS = 3_000;
const WARM_MS = 3_000;
const CONNECTIONS = 8;
/** So many calls a minute are documented; each lease of the budget is one call of an object. */
const DOCUMENTED_CALLS = 1_000;
const LEASES_MAX = 0.05;

type Counts = Readonly<Record<string, number>>;

export async function benchExecute(port: number): Promise<number> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const wasm = await soundModule();
  const tokens = await prepareState({ port, stateDirectory, wasm });
  const serve = (scale: string): Promise<Server> =>
    startServer({ port, stateDirectory, wasm, rateLimitScale: scale });
  const connections = new Connections(CONNECTIONS);
  try {
    const fast = await serve("1000000");
    const isFrugal = await compare(fast, connections, tokens.admin).finally(fast.stop);
    const limited = await serve("1");
    const leases = await countLeases(limited, connections, tokens.caller).finally(limited.stop);
    return isFrugal && leases <= LEASES_MAX ? 0 : 1;
  } finally {
    connections.close();
    rmSync(stateDirectory, { recursive: true });
  }
}

async function compare(server: Server, connections: Connections, token: string): Promise<boolean> {
  const product = executeOf(server, token);
  const bare = bareOf(server);
  for (const target of [product, bare]) await measure(connections, target, WARM_MS);
  const rounds: { product: Measured; bare: Measured }[] = [];
  const used: Counts[] = [];
  console.log(`${ROUNDS} rounds of ${ROUND_MS / 1000} s each, ${CONNECTIONS} connections\n`);
  console.log(
    "round      /execute: req/s  p50 ms  p99 ms      bare: req/s  p50 ms  p99 ms     ratio",
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const turns = round % 2 === 0 ? (["product", "bare"] as const) : (["bare", "product"] as const);
    const results: { product?: Measured; bare?: Measured } = {};
    for (const turn of turns) {
      if (turn === "bare") {
        results.bare = await measure(connections, bare, ROUND_MS);
        continue;
      }
      const before = await countsOf(server);
      results.product = await measure(connections, product, ROUND_MS);
      used.push(difference(await countsOf(server), before));
    }
    const { product: ours, bare: theirs } = results;
    if (ours === undefined || theirs === undefined) throw new Error("a round without a result");
    rounds.push({ product: ours, bare: theirs });
    console.log(
      `${String(round + 1).padStart(5)}      ${cells(ours)}           ${cells(theirs)}     ${(ours.perSecond / theirs.perSecond).toFixed(3)}`,
    );
  }
  const of = (figure: (round: (typeof rounds)[number]) => number, digits = 2): string =>
    told(spread(rounds.map(figure)), digits);
  console.log(`
median over the rounds (least to most):
  /execute  ${of(({ product }) => product.perSecond, 0)} req/s, p50 ${of(({ product }) => product.p50Ms)} ms, p99 ${of(({ product }) => product.p99Ms)} ms
  bare      ${of(({ bare }) => bare.perSecond, 0)} req/s, p50 ${of(({ bare }) => bare.p50Ms)} ms, p99 ${of(({ bare }) => bare.p99Ms)} ms
  ratio     ${of(({ product, bare }) => product.perSecond / bare.perSecond, 3)}`);
  const requests = rounds.reduce((sum, { product }) => sum + product.requests, 0);
  return tellUse(sumOf(used), { requests, seconds: (ROUNDS * ROUND_MS) / 1000 });
}

/** What the requests asked for, and what objects asked for by themselves meanwhile. True when the goal is met. */
function tellUse(used: Counts, over: { requests: number; seconds: number }): boolean {
  const { requests, seconds } = over;
  console.log(`\nbindings used in ${requests} warm requests of ${seconds} s:`);
  for (const [what, count] of Object.entries(used).sort(([a], [b]) => a.localeCompare(b))) {
    console.log(
      `  ${what.padEnd(34)} ${String(count).padStart(8)}   ${(count / requests).toFixed(4)} per request, ${(count / seconds).toFixed(1)} per second`,
    );
  }
  const runner = (used["request RUNNERS call"] ?? 0) / requests;
  const leases = (used["request QUOTAS call"] ?? 0) / requests;
  const reads = used["request ARTIFACTS read"] ?? 0;
  const refreshes = (used["request DB query"] ?? 0) / QUERIES_PER_REFRESH / seconds;
  console.log(`
goal: no D1 query but the route's refresh, at most 1 per second     ${refreshes.toFixed(2)} refreshes per second
goal: no R2 read                                                    ${reads}
goal: 1 object call per request                                     ${runner.toFixed(4)}
goal: at most ${LEASES_MAX} leases per request                              ${leases.toFixed(4)}`);
  return (
    refreshes * seconds <= seconds + ROUNDS && reads === 0 && runner < 1.001 && leases <= LEASES_MAX
  );
}

/** One refresh is one batch: the module's routes, versions and nodes. */
const QUERIES_PER_REFRESH = 3;

/** As many calls as the document allows in a minute, at its own scale: what the budget costs when it is spent. */
async function countLeases(
  server: Server,
  connections: Connections,
  token: string,
): Promise<number> {
  const target = executeOf(server, token);
  let left = DOCUMENTED_CALLS;
  const before = await countsOf(server);
  await connections.keepBusy(
    () => left > 0,
    async () => {
      left -= 1;
      expectSuccess(await connections.send(target));
    },
  );
  const used = difference(await countsOf(server), before)["request QUOTAS call"] ?? 0;
  const { status } = await connections.send(target);
  console.log(
    `\nat the documented limit: ${used} leases for ${DOCUMENTED_CALLS} calls, ${(used / DOCUMENTED_CALLS).toFixed(4)} per request; call ${DOCUMENTED_CALLS + 1} was answered ${status}`,
  );
  return used / DOCUMENTED_CALLS;
}

async function countsOf({ product }: Server): Promise<Counts> {
  const response = await fetch(`${product}/bench/counts`);
  // Written by counting.ts.
  return (await response.json()) as Counts;
}

function difference(after: Counts, before: Counts): Counts {
  return Object.fromEntries(
    Object.entries(after).map(([what, count]) => [what, count - (before[what] ?? 0)]),
  );
}

function sumOf(all: readonly Counts[]): Counts {
  const sum: Record<string, number> = {};
  for (const [what, count] of all.flatMap((counts) => Object.entries(counts))) {
    sum[what] = (sum[what] ?? 0) + count;
  }
  return sum;
}

function cells({ perSecond, p50Ms, p99Ms }: Measured): string {
  return `${perSecond.toFixed(0).padStart(10)}  ${p50Ms.toFixed(2).padStart(6)}  ${p99Ms.toFixed(2).padStart(6)}`;
}
