// An app through the ingress beside the same handler in a bare Worker: requests per second and latency in one run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import type { Figure } from "#scripts/record/figures.ts";
import { startOrchestrator } from "#scripts/orchestrator.ts";
import { APP, connect, startApp, teapot } from "./fixture.ts";
import { Connections } from "./load.ts";
import type { Target } from "./load.ts";
import { inRounds, rateFigure, ratioOf } from "./rounds.ts";
import { spread } from "./statistics.ts";

const CONNECTIONS = 8;
const GOAL = 0.6;

export async function benchIngress(
  port: number,
): Promise<{ status: number; figures: readonly Figure[] }> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-bench-"));
  const variables = { RATE_LIMIT_SCALE: "1000000" };
  const orchestrator = await startOrchestrator({ port, stateDirectory, variables, quiet: true });
  const bare = bareWorker(teapot(), port + 1);
  const connections = new Connections(CONNECTIONS);
  try {
    const bareUrl = (await bare.ready).origin;
    await startApp(await connect(orchestrator.url));
    const { rounds } = await inRounds(connections, {
      name: "ingress",
      product: teaAt(`${orchestrator.url}/run/${APP}`),
      bare: teaAt(bareUrl),
    });
    const { median } = spread(rounds.map(ratioOf));
    console.log(`\ngoal: ${GOAL} of the bare Worker's requests   ${median.toFixed(3)}`);
    const figure = rateFigure(rounds, {
      what: "a request to an app",
      yardstick: "a bare Worker with the module",
      uses: null,
    });
    return { status: median >= GOAL ? 0 : 1, figures: [figure] };
  } finally {
    connections.close();
    await Promise.all([orchestrator.stop(), bare.dispose()]);
    rmSync(stateDirectory, { recursive: true });
  }
}

function teaAt(url: string): Target {
  return { url: `${url}/tea`, method: "GET", headers: {}, body: "" };
}

function bareWorker(wasm: Buffer, port: number): Miniflare {
  return new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port,
      cf: false,
      log: new Log(LogLevel.ERROR),
      telemetry: { enabled: false },
      compatibilityDate: "2026-11-17",
      modules: [
        { type: "ESModule", path: "bare.js", contents: BARE },
        { type: "CompiledWasm", path: "guest.wasm", contents: wasm },
      ],
    }),
  );
}

/** The same module by the same convention, with an instance of its own for each request as the product gives it. */
const BARE = `import guest from "./guest.wasm";
const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

export default {
  async fetch(request) {
    const { pathname: path, search, href: url } = new URL(request.url);
    const headers = Object.fromEntries(request.headers);
    const given = { method: request.method, url, path, query: search.slice(1), headers };
    const { memory, cabi_realloc, handle_http } = new WebAssembly.Instance(guest, {}).exports;
    const document = encoder.encode(JSON.stringify(given));
    const at = cabi_realloc(0, 0, 1, document.length);
    new Uint8Array(memory.buffer, at, document.length).set(document);
    const packed = handle_http(at, document.length);
    const answered = new Uint8Array(memory.buffer, Number(packed >> 32n), Number(packed & 0xffffffffn));
    const { status = 200, headers: named = {}, body = null } = JSON.parse(decoder.decode(answered));
    const told = new Headers();
    for (const [name, value] of Object.entries(named))
      for (const one of [value].flat()) told.append(name, one);
    return new Response(body, { status, headers: told });
  },
};`;
