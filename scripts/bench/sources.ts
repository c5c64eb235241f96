// The modules that the bench runs inside workerd, as text: they import the product's bundle, which is there only.
import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";

const CLASSES = [
  "RolloutObject",
  "HeartbeatObject",
  "LedgerObject",
  "RunnerObject",
  "QuotaObject",
  "HubObject",
  "NatsObject",
  "LatticeObject",
  "ControllerObject",
  "AppObject",
  // Entrypoints that others call.
  "Doorkeeper",
  "Gateway",
  "HostServices",
  "LatticeService",
];

export function countingSource(): string {
  return scriptOf(new URL("counting.ts", import.meta.url));
}

/** One module as JavaScript; what it imports stays as it is. */
export function scriptOf(module: URL): string {
  return transformSync(readFileSync(module, "utf8"), { loader: "ts", target: "es2024" }).code;
}

/** The product behind counted bindings. `/bench/*` is the bench's own: the counts, and the layers one by one. */
export function entrySource(): string {
  return `import { DurableObject } from "cloudflare:workers";
import product, * as objects from "./index.js";
import guest from "./guest.wasm";
import { counted, countedClass, readCounts } from "./counting.js";
// What is not counted is exported as it is.
export * from "./index.js";

${CLASSES.map((name) => `export const ${name} = countedClass(objects.${name}, "${name}");`).join("\n")}

${layersObject}

const layers = {
  "/bench/empty": (_, { given }) => ({ returnValue: String(given.parameters.length) }),
  "/bench/hop": (env) => env.LAYERS.getByName("layers").empty(),
  "/bench/loader": (env, { given }) => isolate(env).getEntrypoint().call(given),
  "/bench/hop-loader": (env, { given }) => env.LAYERS.getByName("layers").call(given),
  "/bench/hop-loader-kept": (env, { given }) => env.LAYERS.getByName("layers").callKept(given),
  "/bench/hop-loader-text": async (env, { given }) =>
    JSON.parse(await env.LAYERS.getByName("layers").callInText(given)),
  "/bench/hop-loader-session": async (env, { given }) =>
    JSON.parse(await env.LAYERS.getByName("layers").callOverSession(given)),
  "/bench/hop-loader-instance": async (env, { given }) =>
    JSON.parse(await env.LAYERS.getByName("layers").callOneInstance(given)),
  "/bench/hop-loader-sync": (env, { given }) => env.LAYERS.getByName("layers").callSync(given),
  "/bench/hop-loader-wait": (env, { given }) => env.LAYERS.getByName("layers").callWaiting(given),
  "/bench/hop-loader-timer": (env, { given }) => env.LAYERS.getByName("layers").callTimed(given),
  "/bench/runner": (env, { given }) =>
    env.RUNNERS.getByName(given.node).invokeBriefly({ ...given, timeoutMs: 30_000 }).then(JSON.parse),
};

export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/bench/counts") return Response.json(readCounts());
    const layer = layers[pathname];
    if (layer === undefined) return product.fetch(request, counted(env, "request"), context);
    return Response.json(await layer(env, { given: await request.json() }));
  },
};`;
}

/** An object and an isolate like the runner's and the guest's, with nothing in them but the call. */
const layersObject = `const harness = ${JSON.stringify(`import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import guest from "./guest.wasm";
const { exports: kept } = new WebAssembly.Instance(guest, {});
class Session extends RpcTarget {
  #guest;
  constructor(guest) {
    super();
    this.#guest = guest;
  }
  callInText(given) {
    return this.#guest.callInText(given);
  }
  callKept({ functionName, parameters }) {
    return JSON.stringify({ returnValue: String(kept[functionName](...parameters)) });
  }
}
export default class extends WorkerEntrypoint {
  open() {
    return new Session(this);
  }
  async call({ functionName, parameters }) {
    const { exports } = await WebAssembly.instantiate(guest, {});
    return { returnValue: String(exports[functionName](...parameters)) };
  }
  async callInText(given) {
    return JSON.stringify(await this.call(given));
  }
  callSync({ functionName, parameters }) {
    const { exports } = new WebAssembly.Instance(guest, {});
    return { returnValue: String(exports[functionName](...parameters)) };
  }
}`)};

function isolate(env) {
  return env.LOADER.get("layers", () => ({
    compatibilityDate: "2026-11-17",
    mainModule: "harness.js",
    modules: { "harness.js": { js: harness }, "guest.wasm": { wasm: guest } },
    env: {},
    globalOutbound: null,
  }));
}

export class LayersObject extends DurableObject {
  #kept = null;
  #session = null;
  empty() {
    return { returnValue: "0" };
  }
  async call(given) {
    return await isolate(this.env).getEntrypoint().call(given);
  }
  async callKept(given) {
    this.#kept ??= isolate(this.env).getEntrypoint();
    return await this.#kept.call(given);
  }
  async callInText(given) {
    this.#kept ??= isolate(this.env).getEntrypoint();
    return await this.#kept.callInText(given);
  }
  async callOverSession(given) {
    this.#session ??= isolate(this.env).getEntrypoint().open();
    return await this.#session.callInText(given);
  }
  async callOneInstance(given) {
    this.#session ??= isolate(this.env).getEntrypoint().open();
    return await this.#session.callKept(given);
  }
  async callSync(given) {
    return await isolate(this.env).getEntrypoint().callSync(given);
  }
  async callTimed(given) {
    const { promise, resolve } = Promise.withResolvers();
    const timer = setTimeout(resolve, 30_000, null);
    try {
      return await Promise.race([isolate(this.env).getEntrypoint().call(given), promise]);
    } finally {
      clearTimeout(timer);
    }
  }
  async callWaiting(given) {
    const timer = new AbortController();
    const late = scheduler.wait(30_000, { signal: timer.signal }).catch(() => null);
    try {
      return await Promise.race([isolate(this.env).getEntrypoint().call(given), late]);
    } finally {
      timer.abort();
    }
  }
}`;
