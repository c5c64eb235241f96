// The module that the bench begins with inside workerd, as text: it imports the product's bundle, which is there only.

export const GUEST_ENTRY = `import { DurableObject } from "cloudflare:workers";
import product from "./index.js";
export * from "./index.js";

/** Loads Workers that have one module and nothing else, from where the product has its own: R2. */
export class LayersObject extends DurableObject {
  #names = new Map();
  #loads = 0;
  renew(name) {
    this.#names.set(name, \`\${name}:\${this.#loads += 1}\`);
  }
  async call(name) {
    const stub = this.env.LOADER.get(this.#names.get(name), async () => {
      const object = await this.env.ARTIFACTS.get(\`bench/\${name}\`);
      const bytes = await object.arrayBuffer();
      let at = 0;
      const modules = JSON.parse(object.customMetadata.index).map(([name, length]) => {
        const piece = bytes.slice(at, (at += length));
        return [name, name.endsWith(".wasm") ? { wasm: piece } : { js: new TextDecoder().decode(piece) }];
      });
      return {
        compatibilityDate: "2026-11-17",
        mainModule: "main.js",
        modules: Object.fromEntries(modules),
        env: {},
        globalOutbound: null,
      };
    });
    return stub.getEntrypoint().call();
  }
}

async function productCall(env, { name, asked }) {
  const runner = env.RUNNERS.getByName("one");
  const moduleId = \`\${name}-v1.0.0\`;
  if (asked.path === undefined) {
    const answer = await runner.invoke({ moduleId, ...asked, timeoutMs: 30_000 });
    return answer.result?.returnValue ?? JSON.stringify(answer);
  }
  const request = { method: "GET", url: "http://bench" + asked.path, headers: [], body: null };
  const { response } = await runner.serve({ id: crypto.randomUUID(), moduleId, timeoutMs: 30_000 }, request);
  return new TextDecoder().decode(response.body);
}

async function anew(env, { name, isPlain }) {
  if (isPlain) await env.LAYERS.getByName("layers").renew(name);
  else await env.RUNNERS.getByName("one").renew(\`\${name}-v1.0.0\`);
}

const call = (env, given) =>
  given.isPlain ? env.LAYERS.getByName("layers").call(given.name) : productCall(env, given);

/** Warm calls are timed together, since the clock has a grain of a millisecond. */
async function measure(env, { times, isCold, ...given }) {
  const told = new Set();
  let sum = 0;
  for (let round = 0; round < (isCold ? times : 1); round += 1) {
    if (isCold) await anew(env, given);
    const startedAt = performance.now();
    for (let left = isCold ? 1 : times; left > 0; left -= 1) told.add(await call(env, given));
    sum += performance.now() - startedAt;
  }
  return { ms: sum / times, told: [...told] };
}

export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/bench/put") {
      const { name, modules } = await request.json();
      const pieces = modules.map(({ base64 }) => Uint8Array.fromBase64(base64));
      const index = JSON.stringify(modules.map(({ name }, at) => [name, pieces[at].length]));
      await env.ARTIFACTS.put(\`bench/\${name}\`, await new Blob(pieces).arrayBuffer(), { customMetadata: { index } });
      return new Response();
    }
    if (pathname !== "/bench/call") return product.fetch(request, env, context);
    return Response.json(await measure(env, await request.json()));
  },
};`;
