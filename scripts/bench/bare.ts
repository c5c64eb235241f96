// The bare Worker, as text: each path is a yardstick, which does what somebody would write who needs only that.
import { scriptOf } from "./sources.ts";

const PASSWORD = new URL("../../workers/control/password.ts", import.meta.url);

/** Its modules beside `guest.wasm`, the entry first. */
export function bareModules() {
  return [
    { type: "ESModule" as const, path: "bare.js", contents: SOURCE },
    { type: "ESModule" as const, path: "password.js", contents: scriptOf(PASSWORD) },
  ];
}

const SOURCE = `import guest from "./guest.wasm";
import { hashPassword, verifyPassword } from "./password.js";

const { exports } = new WebAssembly.Instance(guest, {});
let hash = null;

const plain = ${JSON.stringify(`import { WorkerEntrypoint } from "cloudflare:workers";
import guest from "./guest.wasm";
export default class extends WorkerEntrypoint {
  async call({ functionName, parameters }) {
    const { exports } = await WebAssembly.instantiate(guest, {});
    return { returnValue: String(exports[functionName](...parameters)) };
  }
}`)};

const paths = {
  // One instance, made once.
  "/": ({ functionName, parameters }) => ({ returnValue: String(exports[functionName](...parameters)) }),
  // An instance for each call.
  "/fresh": async ({ functionName, parameters }) => {
    const { exports } = await WebAssembly.instantiate(guest, {});
    return { returnValue: String(exports[functionName](...parameters)) };
  },
  // In an isolate of its own.
  "/loaded": (given, env) =>
    env.LOADER.get("plain", () => ({
      compatibilityDate: "2026-11-17",
      mainModule: "plain.js",
      modules: { "plain.js": { js: plain }, "guest.wasm": { wasm: guest } },
      env: {},
      globalOutbound: null,
    })).getEntrypoint().call(given),
  // A beat that is read and nothing else.
  "/beat": ({ status, heartbeat }) => ({ status, heartbeat }),
  // The check of a password and nothing else, by the program's own module.
  "/password": async ({ password }) => {
    hash ??= await hashPassword(password);
    return { isRight: await verifyPassword(password, hash) };
  },
};

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname !== "/echo") return Response.json(await paths[pathname](await request.json(), env));
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", ({ data }) => server.send(data));
    return new Response(null, { status: 101, webSocket: client });
  },
};`;
