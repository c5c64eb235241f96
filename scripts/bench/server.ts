// What is measured, in one Miniflare: the product exactly as it was bundled, behind an entry module that counts its
// use of bindings, and beside it a bare Worker that runs the same module from a static import.
import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import type { V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";
import { MODULE_NAME } from "./fixture.ts";
import type { Target } from "./load.ts";
import { bareModules } from "./bare.ts";
import { countingSource, entrySource } from "./sources.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUNDLE = join(ROOT, ".build/worker");

export type Server = {
  /** Each one's address; empty where it was not wanted. */
  readonly product: string;
  readonly bare: string;
  readonly stop: () => Promise<void>;
};

export type ServerOptions = {
  /** The product's; the bare Worker listens on the next one. */
  readonly port: number;
  /** As an orchestrator left it. */
  readonly stateDirectory: string;
  readonly rateLimitScale: string;
  readonly wasm: Uint8Array;
  /** One of the two alone; both without. */
  readonly only?: "product" | "bare";
  /** The module that the product begins with; else the one that counts and has the layers. */
  readonly entry?: string;
};

export async function startServer(options: ServerOptions): Promise<Server> {
  const { port, stateDirectory, rateLimitScale, wasm, only, entry } = options;
  // Wrangler's own type of this loses all names to an index signature.
  const workerOptions = workerOptionsOf(join(ROOT, "wrangler.toml"))
    .workerOptions as V4WorkerOptionsShape;
  const secret = readFileSync(join(stateDirectory, "jwt-secret"), "utf8");
  const host = "127.0.0.1";
  const product = {
    ...workerOptions,
    name: "edgeloom",
    modulesRoot: BUNDLE,
    modules: productModules(wasm, entry),
    durableObjects: {
      ...workerOptions.durableObjects,
      LAYERS: { className: "LayersObject", useSQLite: true },
    },
    bindings: {
      ...workerOptions.bindings,
      ENVIRONMENT: "development",
      RATE_LIMIT_SCALE: rateLimitScale,
      EDGELOOM_JWT_SECRET: secret,
    },
    unsafeDirectSockets: [{ host, port }],
  };
  const bare = {
    name: "bare",
    compatibilityDate: workerOptions.compatibilityDate ?? "2026-11-17",
    compatibilityFlags: ["nodejs_compat"],
    workerLoaders: { LOADER: {} },
    modules: [
      ...bareModules(),
      { type: "CompiledWasm" as const, path: "guest.wasm", contents: wasm },
    ],
    unsafeDirectSockets: [{ host, port: port + 1 }],
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host,
      port: 0,
      resourcePersistencePath: stateDirectory,
      cf: false,
      log: new Log(LogLevel.ERROR),
      telemetry: { enabled: false },
      workers: [...(only === "bare" ? [] : [product]), ...(only === "product" ? [] : [bare])],
    }),
  );
  await miniflare.ready;
  const urlOf = async ({ name }: { name: string }): Promise<string> =>
    (await miniflare.unsafeGetDirectURL(name)).origin;
  return {
    product: only === "bare" ? "" : await urlOf(product),
    bare: only === "product" ? "" : await urlOf(bare),
    stop: () => miniflare.dispose(),
  };
}

function productModules(wasm: Uint8Array, entry = entrySource()) {
  const types: Readonly<Record<string, "ESModule" | "CompiledWasm" | "Text" | "Data">> = {
    ".js": "ESModule",
    ".wasm": "CompiledWasm",
    ".txt": "Text",
    ".bin": "Data",
  };
  const bundled = readdirSync(BUNDLE).flatMap((name) => {
    const type = types[extname(name)];
    return type === undefined ? [] : [{ type, path: join(BUNDLE, name) }];
  });
  return [
    { type: "ESModule" as const, path: join(BUNDLE, "bench-entry.js"), contents: entry },
    { type: "ESModule" as const, path: join(BUNDLE, "counting.js"), contents: countingSource() },
    { type: "CompiledWasm" as const, path: join(BUNDLE, "guest.wasm"), contents: wasm },
    ...bundled,
  ];
}

const EXECUTE = { moduleId: MODULE_NAME, functionName: "add", parameters: [2, 3] };

export function executeOf({ product }: Server, token: string): Target {
  return {
    url: `${product}/api/v1/wasm/execute`,
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify(EXECUTE),
  };
}

export function bareOf({ bare }: Server, path = "/", body: object = EXECUTE): Target {
  return jsonTo(`${bare}${path}`, body);
}

/** One of the layers that the entry module offers. */
export function layerOf({ product }: Server, path: string, body: object = EXECUTE): Target {
  return jsonTo(`${product}${path}`, body);
}

function jsonTo(url: string, body: object): Target {
  const headers = { "Content-Type": "application/json" };
  return { url, method: "POST", headers, body: JSON.stringify(body) };
}
