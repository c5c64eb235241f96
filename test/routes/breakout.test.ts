// What a guest could do if a name of its own had slipped into the JavaScript that jco writes: any script runs in its
// isolate. The isolate and the gateway are the boundary then, and each way around them is tried here.
import { env, exports } from "cloudflare:workers";
import { expect, inject, test } from "vitest";
import type { Assignment } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import type { ModuleLimits } from "#domain/module.ts";
import { guestIsolate } from "#guest/isolate.ts";
import { waysOf } from "#objects/runner/outbound.ts";
import { unique } from "#test/builders/users.ts";

const port = inject("receiverPort");
const LISTED = `localhost:${port}`;

/** An isolate as a component's is, with this in place of its glue's own entry. */
function broken(script: string, given: Partial<ModuleLimits>): Fetcher {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const main = `export default { async fetch(request, env) { return Response.json(await (async () => { ${script} })().catch(String)); } };`;
  const loader: Pick<WorkerLoader, "get"> = {
    get: (_, code) =>
      env.LOADER.get(unique("broken"), async () => ({
        ...(await code()),
        mainModule: "broken.js",
        modules: { "broken.js": { js: main } },
      })),
  };
  const assignment: Assignment = {
    moduleId: unique("broken"),
    name: "broken",
    version: "1.0.0",
    digest: unique("digest"),
    sizeBytes: 1,
    convention: "component",
    signatures: [],
    limits,
  };
  return guestIsolate(
    // Only `get` of the loader is used.
    { LOADER: loader as WorkerLoader },
    {
      ...waysOf(exports, "nowhere", assignment),
      digest: assignment.digest,
      entry: "component",
      limits,
      prepared: async () => ({ entry: "component", parts: [] }),
    },
  );
}

async function run(script: string, limits: Partial<ModuleLimits> = {}): Promise<unknown> {
  return (await broken(script, limits).fetch("https://guest/")).json();
}

async function seen(key: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/seen/${key}`);
  return (await answer.json<unknown[]>()).length;
}

const listed: Partial<ModuleLimits> = { networkAccess: "AllowList", allowedHosts: [LISTED] };

test("a script reaches what its list names, so that the refusals below are the gateway's", async () => {
  const key = unique("key");
  expect(await run(`return (await fetch("http://${LISTED}/takes/${key}")).status;`, listed)).toBe(
    200,
  );
  expect(await seen(key)).toBe(1);
});

const ways: readonly [string, (target: string) => string][] = [
  ["fetch", (target) => `return (await fetch("http://${target}")).status;`],
  [
    "fetch with headers that name another host",
    (target) =>
      `return (await fetch("http://${target}", { headers: { Host: "${LISTED}", "X-Forwarded-Host": "${LISTED}", "CF-Connecting-IP": "1.1.1.1" } })).status;`,
  ],
  [
    "fetch by another place to resolve to",
    (target) =>
      `return (await fetch("http://example.com/${target}", { cf: { resolveOverride: "127.0.0.1" } })).status;`,
  ],
  [
    "an upgrade",
    (target) =>
      `return (await fetch("http://${target}", { headers: { Upgrade: "websocket" } })).status;`,
  ],
  [
    "a WebSocket",
    (target) =>
      `const socket = new WebSocket("ws://${target}"); return new Promise((resolve) => { socket.addEventListener("open", () => resolve("open")); socket.addEventListener("error", () => resolve(403)); socket.addEventListener("close", () => resolve(403)); });`,
  ],
  [
    "a TCP socket",
    (target) =>
      `const { connect } = await import("cloudflare:sockets"); const socket = connect("${target}".split("/")[0]); const writer = socket.writable.getWriter(); await writer.write(new TextEncoder().encode("GET /${target.slice(target.indexOf("/") + 1)} HTTP/1.0\\r\\n\\r\\n")); await socket.opened; return "open";`,
  ],
  [
    // It tells of a connection before there is one, so the answer counts.
    "Node's sockets",
    (target) =>
      `const { connect } = await import("node:net"); const [at, ...path] = "${target}".split("/"); const [host, port] = at.split(":"); const socket = connect(Number(port), host); socket.write("GET /" + path.join("/") + " HTTP/1.0\\r\\n\\r\\n"); return new Promise((resolve) => { socket.on("data", () => resolve("open")); socket.on("error", () => resolve(403)); socket.on("close", () => resolve(403)); });`,
  ],
  [
    "an event source",
    (target) =>
      `const source = new EventSource("http://${target}"); return new Promise((resolve) => { source.onopen = () => resolve("open"); source.onerror = () => { source.close(); resolve(403); }; });`,
  ],
];

test.each(ways)("%s reaches nothing that the list doesn't name", async (_, way) => {
  const key = unique("key");
  const target = `127.0.0.1:${port}/takes/${key}`;
  for (const limits of [listed, {}]) {
    const answer = await run(way(target), limits);
    expect([403, expect.any(String)]).toContainEqual(answer);
    expect(answer).not.toBe("open");
  }
  expect(await seen(key)).toBe(0);
});

test.each([
  `127.1:${port}`,
  `2130706433:${port}`,
  `0x7f000001:${port}`,
  `①②⑦.0.0.1:${port}`,
  `[::ffff:7f00:1]:${port}`,
  `${LISTED}@127.0.0.1:${port}`,
  `127.0.0.1:${port}\\\\@${LISTED}`,
  `localhost.:${port}`,
  `127.0.0.1.:${port}`,
])("%s is no other spelling of what the list names", async (host) => {
  const key = unique("key");
  expect(await run(`return (await fetch("http://${host}/takes/${key}")).status;`, listed)).toBe(
    403,
  );
  expect(await seen(key)).toBe(0);
});

test("a redirect from a listed host leads to no other, followed or not", async () => {
  const key = unique("key");
  const script = `return (await fetch("http://${LISTED}/elsewhere/${key}", { redirect: "follow" })).status;`;
  expect(await run(script, listed)).toBe(403);
  expect(await seen(`redirected-${key}`)).toBe(0);
});

test("a script finds no binding, no environment and no way to compile", async () => {
  const script = `
    const tried = async (run) => { try { return await run(); } catch { return "refused"; } };
    return {
      bindings: Object.keys(env),
      imported: Object.keys((await import("cloudflare:workers")).env),
      process: await tried(() => Object.keys(globalThis.process?.env ?? {})),
      evaluated: await tried(() => (0, eval)("1")),
      compiled: await tried(() => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) && "compiled"),
    };`;
  expect(await run(script)).toEqual({
    bindings: [],
    imported: [],
    process: [],
    evaluated: "refused",
    compiled: "refused",
  });
});

test("what one tenant's script leaves behind, no other finds", async () => {
  const key = `http://kept.example/${unique("key")}`;
  const leave = `globalThis.kept = "mine"; Object.prototype.kept = "mine"; await caches.default.put("${key}", new Response("mine", { headers: { "Cache-Control": "max-age=60" } })); return "left";`;
  const look = `const found = await caches.default.match("${key}"); return [String(globalThis.kept), String({}.kept), found === undefined ? "nothing" : await found.text()];`;
  await run(leave);
  const found = await run(look);
  expect(JSON.stringify(found)).not.toContain("mine");
});
