// A login beside the check of a password alone, by the program's own module: what all else of a login adds to the hash.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "#scripts/record/figures.ts";
import { LOCAL_ADMIN } from "#scripts/orchestrator.ts";
import { prepareEmpty, soundModule } from "./fixture.ts";
import { Connections } from "./load.ts";
import { inRounds, operationsOf, rateFigure } from "./rounds.ts";
import { bareOf, startServer } from "./server.ts";
import { countsOf, difference, toldUses, usesOf } from "./uses.ts";

/** The hash takes one isolate's whole attention: more of them only wait. */
const CONNECTIONS = 2;
/** A login may be slower than the hash alone by this. */
const GOAL = 0.8;

export async function benchLogin(
  port: number,
): Promise<{ status: number; figures: readonly Figure[] }> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const wasm = await soundModule();
  await prepareEmpty({ port, stateDirectory });
  const server = await startServer({ port, stateDirectory, wasm, rateLimitScale: "1000000" });
  const connections = new Connections(CONNECTIONS);
  try {
    const { username, password } = LOCAL_ADMIN;
    const { rounds, used, idle } = await inRounds(connections, {
      name: "login",
      product: {
        url: `${server.product}/api/v1/authentication/login`,
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ username, password }),
      },
      bare: bareOf(server, "/password", { password }),
      counts: () => countsOf(server),
    });
    const uses = usesOf(difference(used, idle), { operations: operationsOf(rounds) });
    const figure = rateFigure(rounds, {
      what: "a login",
      yardstick: "a bare Worker with the password hash",
      uses,
    });
    const share = figure.ratio?.median ?? 0;
    console.log(`\na login: ${toldUses(uses)}
goal: ${GOAL} of what the hash alone allows   ${share.toFixed(3)}`);
    return { status: share >= GOAL ? 0 : 1, figures: [figure] };
  } finally {
    connections.close();
    await server.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}
