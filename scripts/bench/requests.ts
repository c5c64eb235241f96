// Requests over NATS, which wadm answers, beside a WebSocket that a bare Worker echoes: several clients, each of which
// sends its next one when it has its answer.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "#scripts/record/figures.ts";
import { prepareState, soundModule } from "./fixture.ts";
import { summed } from "./load.ts";
import type { Measured } from "./load.ts";
import { operationsOf, rateFigure, sideBySide } from "./rounds.ts";
import { startServer } from "./server.ts";
import { Wire } from "./wire.ts";
import { countsOf, difference, toldUses, usesOf } from "./uses.ts";

const CLIENTS = 8;
/** What the object takes of one message, to what a socket takes that is echoed. */
const GOAL = 0.2;
/** 20 messages that come in are billed as one request of an object. */
const MESSAGES_PER_REQUEST = 20;

export async function benchRequests(
  port: number,
): Promise<{ status: number; figures: readonly Figure[] }> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const wasm = await soundModule();
  const { admin } = await prepareState({ port, stateDirectory, wasm });
  const server = await startServer({ port, stateDirectory, wasm, rateLimitScale: "1000000" });
  const each = <Item>(make: () => Promise<Item>): Promise<Item[]> =>
    Promise.all(Array.from({ length: CLIENTS }, make));
  const nats = await each(() => Wire.nats(`${server.product.replace("http", "ws")}/nats`, admin));
  const echoed = await each(() => Wire.open(`${server.bare.replace("http", "ws")}/echo`));
  try {
    const figures: Figure[] = [];
    for (const { name, subject } of SUBJECTS) {
      console.log(`\n${name}: ${subject}, ${CLIENTS} clients`);
      const { rounds, used, idle } = await sideBySide({
        name: "NATS",
        product: over(nats, (wire) => wire.request(subject, "")),
        bare: over(echoed, (wire) => wire.echo(subject)),
        counts: () => countsOf(server),
      });
      const operations = operationsOf(rounds);
      const uses = usesOf(difference(used, idle), { operations, requests: 0 });
      const messages = { ...uses, objectCalls: uses.objectCalls + 1 / MESSAGES_PER_REQUEST };
      console.log(`\none, its message with it: ${toldUses(messages)}`);
      figures.push(
        rateFigure(rounds, {
          what: name,
          yardstick: "a bare Worker's WebSocket, echoed",
          uses: messages,
        }),
      );
    }
    const share = figures[0]?.ratio?.median ?? 0;
    console.log(
      `\ngoal: ${GOAL} of the echo for what the object answers itself   ${share.toFixed(3)}`,
    );
    return { status: share >= GOAL ? 0 : 1, figures };
  } finally {
    for (const wire of [...nats, ...echoed]) wire.close();
    await server.stop();
    rmSync(stateDirectory, { recursive: true });
  }
}

const SUBJECTS = [
  // Nobody listens there: the object says so, and asks nobody.
  { name: "a NATS request without a responder", subject: "nobody.listens" },
  { name: "a NATS request for the list of models", subject: "wadm.api.default.model.list" },
] as const;

function over(
  wires: readonly Wire[],
  send: (wire: Wire) => Promise<void>,
): (forMs: number) => Promise<Measured> {
  return async (forMs) => {
    const latencies: number[] = [];
    const began = performance.now();
    const one = async (wire: Wire): Promise<void> => {
      while (performance.now() - began < forMs) {
        const sentAt = performance.now();
        await send(wire);
        latencies.push(performance.now() - sentAt);
      }
    };
    await Promise.all(wires.map(one));
    return summed(latencies, performance.now() - began);
  };
}
