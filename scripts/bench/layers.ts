// Where the time of a warm /execute goes: the same call through more and more of its layers, one at a time over one
// connection, so that a difference of medians is what a layer adds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MODULE_NAME, prepareState, soundModule } from "./fixture.ts";
import { Connections, measure } from "./load.ts";
import type { Target } from "./load.ts";
import { childrenUs } from "./processor.ts";
import { bareOf, executeOf, layerOf, startServer } from "./server.ts";
import type { Server } from "./server.ts";
import { spread, told } from "./statistics.ts";

const ROUNDS = 5;
const ROUND_MS = 700;
/** The same again with so many connections: what the two cores can do at once. */
const BUSY_CONNECTIONS = 8;

const BARE = "bare: a Worker with one instance";
const FRESH = "bare: a fresh instance for each call";
const LEAST = "… over one session, with answers in text";
const HOPS = "… so, with one instance for all calls";
const WHOLE = "/execute";

export async function benchLayers(port: number): Promise<number> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const wasm = await soundModule();
  const { admin } = await prepareState({ port, stateDirectory, wasm });
  const server = await startServer({ port, stateDirectory, wasm, rateLimitScale: "1000000" });
  const [one, many] = [new Connections(1), new Connections(BUSY_CONNECTIONS)];
  try {
    const results = layersOf(server, admin).map(([name, target]) => ({
      name,
      target,
      p50s: [] as number[],
      rates: [] as number[],
      costs: [] as number[],
    }));
    for (const { target } of results) await measure(many, target, ROUND_MS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { target, p50s, rates, costs } of results) {
        p50s.push((await measure(one, target, ROUND_MS)).p50Ms);
        const before = childrenUs();
        const { perSecond, requests } = await measure(many, target, ROUND_MS);
        const after = childrenUs();
        rates.push(perSecond);
        if (before !== null && after !== null) costs.push((after - before) / requests);
      }
    }
    console.log(
      `medians of ${ROUNDS} rounds (least to most)\n${"".padEnd(62)}p50 ms over 1 connection   req/s over ${BUSY_CONNECTIONS}            workerd's µs a call`,
    );
    for (const { name, p50s, rates, costs } of results) {
      console.log(
        `${name.padEnd(62)}${told(spread(p50s), 3).padEnd(27)}${told(spread(rates)).padEnd(24)}${told(spread(costs))}`,
      );
    }
    const shareOf = (wanted: string): string => {
      const [bare, other] = [BARE, wanted].map((one) => results.find(({ name }) => name === one));
      const byRate = other?.rates.map((rate, round) => rate / (bare?.rates[round] ?? rate)) ?? [];
      const byCost = spread(bare?.costs ?? []).least / spread(other?.costs ?? []).least;
      return `${told(spread(byRate), 3).padEnd(28)}${byCost.toFixed(3)}`;
    };
    console.log(`
of the bare Worker's calls                                 by the rounds' rates        by what workerd took at least
  a fresh instance for each call, and nothing else         ${shareOf(FRESH)}
  an object and an isolate, with one instance for all      ${shareOf(HOPS)}
  an object and an isolate by themselves, at their least   ${shareOf(LEAST)}
  /execute                                                 ${shareOf(WHOLE)}`);
    return 0;
  } finally {
    one.close();
    many.close();
    await server.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}

function layersOf(server: Server, token: string): [string, Target][] {
  const call = {
    node: "workerd-us-east-1",
    moduleId: `${MODULE_NAME}-v1.0.0`,
    functionName: "add",
    parameters: [2, 3],
  };
  return [
    [BARE, bareOf(server)],
    [FRESH, bareOf(server, "/fresh")],
    ["the product's Worker, answering at once", layerOf(server, "/bench/empty")],
    ["+ an object that answers at once", layerOf(server, "/bench/hop")],
    ["(without an object) + an isolate that calls the guest", layerOf(server, "/bench/loader")],
    ["+ an object + an isolate that calls the guest", layerOf(server, "/bench/hop-loader")],
    ["… with the isolate's stub kept", layerOf(server, "/bench/hop-loader-kept")],
    ["… with the stub kept, and answers in text", layerOf(server, "/bench/hop-loader-text")],
    [LEAST, layerOf(server, "/bench/hop-loader-session")],
    [HOPS, layerOf(server, "/bench/hop-loader-instance")],
    ["… with an instance made at once", layerOf(server, "/bench/hop-loader-sync")],
    ["… with a deadline by setTimeout", layerOf(server, "/bench/hop-loader-timer")],
    ["… with a deadline by scheduler.wait", layerOf(server, "/bench/hop-loader-wait")],
    ["the product's runner and guest, nothing before it", layerOf(server, "/bench/runner", call)],
    [WHOLE, executeOf(server, token)],
  ];
}
