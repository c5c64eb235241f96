// A warm /execute beside a bare Worker that runs the same module: requests per second and latency in interleaved
// rounds of one Miniflare run, and what the warm path asks of D1, R2 and Durable Objects.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareState, soundModule } from "./fixture.ts";
import { Connections, expectSuccess } from "./load.ts";
import type { Figure } from "#scripts/record/figures.ts";
import { ROUNDS, ROUND_MS, inRounds, operationsOf, rateFigure, ratioOf } from "./rounds.ts";
import { bareOf, executeOf, startServer } from "./server.ts";
import type { Server } from "./server.ts";
import { spread } from "./statistics.ts";
import { countsOf, difference, usesOf } from "./uses.ts";
import type { Counts } from "./uses.ts";

const CONNECTIONS = 8;
/** So many calls a minute are documented; each lease of the budget is one call of an object. */
const DOCUMENTED_CALLS = 1_000;
const LEASES_MAX = 0.05;
const RATIO = 0.6;

export async function benchExecute(
  port: number,
): Promise<{ status: number; figures: readonly Figure[] }> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const wasm = await soundModule();
  const tokens = await prepareState({ port, stateDirectory, wasm });
  const serve = (scale: string): Promise<Server> =>
    startServer({ port, stateDirectory, wasm, rateLimitScale: scale });
  const connections = new Connections(CONNECTIONS);
  try {
    const fast = await serve("1000000");
    const { isFrugal, isFast, figure } = await compare(fast, connections, tokens.admin).finally(
      fast.stop,
    );
    const limited = await serve("1");
    const leases = await countLeases(limited, connections, tokens.caller).finally(limited.stop);
    const isMet = isFrugal && isFast && leases <= LEASES_MAX;
    return { status: isMet ? 0 : 1, figures: [figure] };
  } finally {
    connections.close();
    rmSync(stateDirectory, { recursive: true });
  }
}

async function compare(
  server: Server,
  connections: Connections,
  token: string,
): Promise<{ isFrugal: boolean; isFast: boolean; figure: Figure }> {
  const { rounds, used } = await inRounds(connections, {
    name: "/execute",
    product: executeOf(server, token),
    bare: bareOf(server),
    counts: () => countsOf(server),
  });
  const operations = operationsOf(rounds);
  const isFrugal = tellUse(used, { requests: operations, seconds: (ROUNDS * ROUND_MS) / 1000 });
  const figure = rateFigure(rounds, {
    what: "a warm /execute",
    yardstick: "a bare Worker with the module",
    uses: usesOf(used, { operations }),
  });
  const { median } = spread(rounds.map(ratioOf));
  console.log(
    `goal: ${RATIO} of the bare Worker's calls                           ${median.toFixed(3)}; what bounds it, \`npm run bench -- layers\` tells`,
  );
  return { isFrugal, isFast: median >= RATIO, figure };
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
  // Nothing else on this path reads more than one thing at once.
  const refreshes = (used["request DB batch"] ?? 0) / seconds;
  console.log(`
goal: no D1 read but the route's refresh, about 1 per second         ${refreshes.toFixed(2)} refreshes per second
goal: no R2 read                                                    ${reads}
goal: 1 object call per request                                     ${runner.toFixed(4)}
goal: at most ${LEASES_MAX} leases per request                              ${leases.toFixed(4)}`);
  return (
    refreshes * seconds <= seconds + ROUNDS && reads === 0 && runner < 1.001 && leases <= LEASES_MAX
  );
}

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
