// The whole program from nothing to its first answered call, beside a bare Worker that loads the same module into an
// isolate in the plainest way: in turn, each in a process of workerd of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "#scripts/record/figures.ts";
import { prepareState, soundModule } from "./fixture.ts";
import { Connections, expectSuccess } from "./load.ts";
import type { Target } from "./load.ts";
import { bareOf, executeOf, startServer } from "./server.ts";
import type { Server } from "./server.ts";
import { spread, told } from "./statistics.ts";
import { countsOf, toldUses, usesOf } from "./uses.ts";
import type { Uses } from "#scripts/record/prices.ts";

const ROUNDS = 9;

type Start = { readonly startMs: number; readonly firstMs: number; readonly secondMs: number };

export async function benchCold(
  port: number,
): Promise<{ status: number; figures: readonly Figure[] }> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const wasm = await soundModule();
  const { admin } = await prepareState({ port, stateDirectory, wasm });
  const options = { port, stateDirectory, wasm, rateLimitScale: "1000000" };
  const [ours, theirs]: [Start[], Start[]] = [[], []];
  let uses: Uses | null = null;
  try {
    console.log(`${ROUNDS} rounds; ms: start, first call, second call\n`);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const product = await started(
        () => startServer({ ...options, only: "product" }),
        (server) => executeOf(server, admin),
        async (server) => {
          uses = usesOf(await countsOf(server), { operations: 2 });
        },
      );
      const bare = await started(
        () => startServer({ ...options, only: "bare" }),
        (server) => bareOf(server, "/loaded"),
      );
      ours.push(product);
      theirs.push(bare);
      console.log(`${String(round).padStart(5)}   ours ${cells(product)}   bare ${cells(bare)}`);
    }
  } finally {
    rmSync(stateDirectory, { recursive: true });
  }
  return report(ours, theirs, uses);
}

async function started(
  start: () => Promise<Server>,
  targetOf: (server: Server) => Target,
  then: (server: Server) => Promise<void> = () => Promise.resolve(),
): Promise<Start> {
  const connections = new Connections(1);
  const beganAt = performance.now();
  const server = await start();
  const startMs = performance.now() - beganAt;
  const call = async (): Promise<number> => {
    const sentAt = performance.now();
    expectSuccess(await connections.send(targetOf(server)));
    return performance.now() - sentAt;
  };
  try {
    const [firstMs, secondMs] = [await call(), await call()];
    await then(server);
    return { startMs, firstMs, secondMs };
  } finally {
    connections.close();
    await server.stop();
  }
}

function report(ours: readonly Start[], theirs: readonly Start[], uses: Uses | null) {
  const figureOf = (what: string, yardstick: string, ms: (start: Start) => number): Figure => ({
    what,
    unit: "ms",
    ours: spread(ours.map(ms)),
    yardstick: { what: yardstick, ...spread(theirs.map(ms)) },
    ratio: spread(ours.map((start, at) => ms(start) / ms(theirs[at] ?? start))),
    uses: null,
  });
  const figures = [
    figureOf("the program's start", "a bare Worker's start", ({ startMs }) => startMs),
    figureOf(
      "the first call of all",
      "the first call of a bare Worker that loads the module",
      ({ firstMs }) => firstMs,
    ),
    figureOf(
      "both together",
      "both together of the bare Worker",
      ({ startMs, firstMs }) => startMs + firstMs,
    ),
  ];
  console.log("\nmedians (least to most)");
  for (const { what, ours, yardstick, ratio } of figures) {
    console.log(
      `  ${what.padEnd(24)} ${told(ours)} ms   bare ${yardstick === null ? "" : told(yardstick)} ms   ratio ${ratio === null ? "" : told(ratio, 2)}`,
    );
  }
  if (uses !== null) console.log(`\none of the first two calls: ${toldUses(uses)}`);
  return { status: 0, figures };
}

function cells({ startMs, firstMs, secondMs }: Start): string {
  return [startMs, firstMs, secondMs].map((ms) => ms.toFixed(1).padStart(7)).join(" ");
}
