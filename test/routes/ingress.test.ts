// ANY /run/{app}/{path}: the public's requests to apps, with instances of the examples on real nodes.
import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { REQUEST_BYTES_MAX } from "#data/ingress.ts";
import { guestRequest } from "#data/serve.ts";
import { APPS, appOf, send, specOf, start } from "#test/builders/apps.ts";
import { ORIGIN } from "#test/builders/client.ts";
import type { Json, Problem } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { unique } from "#test/builders/users.ts";
import { courier, teapot } from "#test/examples/bytes.ts";

const HEALTH = { teapot: "/tea", courier: "/health" };
let nodes: string[] = [];

beforeAll(async () => {
  ({ nodes } = await place(3));
});

async function registered(kind: keyof typeof HEALTH, more: Json = {}): Promise<string> {
  const [name, moduleName] = [unique("app"), unique(kind)];
  await module(kind === "teapot" ? teapot : courier, { name: moduleName });
  const healthCheck = { path: HEALTH[kind], periodSeconds: 1, initialDelaySeconds: 0 };
  const spec = specOf(name, `${moduleName}:1.0.0`, { healthCheck, ...more });
  const { status, body } = await send("POST", `${APPS}/register`, { json: spec });
  if (status !== 201) throw new Error(`no app: ${JSON.stringify(body)}`);
  return name;
}

async function running(kind: keyof typeof HEALTH, replicas: number): Promise<string> {
  const name = await registered(kind, { scaling: { mode: "manual" } });
  const { status, body } = await start(name, { replicas, timeout: 20 });
  if (status !== 200) throw new Error(`not started: ${JSON.stringify(body)}`);
  return name;
}

/** From an address of the app's own, without a token. */
function visit(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("CF-Connecting-IP", `address-of-${path.split("/")[0]}`);
  return exports.default.fetch(new Request(`${ORIGIN}/run/${path}`, { ...init, headers }));
}

async function problem(response: Response): Promise<Problem["error"]> {
  return (await response.json<Problem>()).error;
}

describe("an app that runs", () => {
  let cup = "";
  let post = "";
  beforeAll(async () => {
    cup = await running("teapot", 2);
    post = await running("courier", 1);
  });

  test("answers anybody with its own status, headers and body", async () => {
    const tea = await visit(`${cup}/tea`);
    expect([tea.status, await tea.text()]).toEqual([200, "Here you are.\n"]);
    expect(tea.headers.getSetCookie()).toEqual(["cup=1", "sugar=0"]);
    expect(tea.headers.get("x-request-id")).not.toBeNull();
    expect((await visit(`${cup}/coffee`)).status).toBe(418);
    expect((await visit(cup)).status).toBe(404);
  });

  test("is reached on every node that an instance stands on", async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, () => visit(`${cup}/tea`)));
    const reached = new Set(answers.map(({ headers }) => headers.get("x-edgeloom-node")));
    const { containers } = await appOf(cup);
    expect(reached).toEqual(new Set(containers.map(({ node }) => node)));
  });

  test("keeps a caller with a sticky key on one node", async () => {
    const headers = { "X-Sticky-Key": "ada" };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => visit(`${cup}/tea`, { headers })),
    );
    expect(new Set(answers.map((answer) => answer.headers.get("x-edgeloom-node"))).size).toBe(1);
  });

  test("gets a body as it comes and sends it back as it goes", async () => {
    const sent = crypto.getRandomValues(new Uint8Array(65_536));
    const response = await visit(`${post}/echo`, { method: "POST", body: endless(sent, 20) });
    const echoed = new Uint8Array(await response.arrayBuffer());
    expect(echoed.length).toBe(20 * sent.length);
    expect(echoed.subarray(-sent.length)).toEqual(sent);
  });

  test("that traps or says nothing is a 502 that names the cause", async () => {
    const response = await visit(`${post}/trap`);
    expect([response.status, JSON.stringify(await problem(response))]).toEqual([
      502,
      expect.stringContaining("GUEST_TRAP"),
    ]);
  });

  test("takes no headers and no body beyond its limits", async () => {
    const wide = await visit(`${cup}/tea`, { headers: { "X-Wide": "x".repeat(33_000) } });
    expect([wide.status, (await problem(wide)).code]).toEqual([431, "HEADERS_TOO_LARGE"]);
    const piece = new Uint8Array(1_048_576);
    const body = endless(piece, REQUEST_BYTES_MAX / piece.length + 1);
    const long = await visit(`${cup}/echo`, { method: "POST", body });
    expect([long.status, (await problem(long)).code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  });

  test("that is stopped is a 503 that says so", async () => {
    const name = await running("teapot", 1);
    await send("POST", `${APPS}/${name}/stop`, { json: { timeout: 5 } });
    const response = await visit(`${name}/tea`);
    expect([response.status, (await problem(response)).message]).toEqual([
      503,
      `App ${name} is stopped.`,
    ]);
  });
});

test("an app that nobody started is a 404", async () => {
  const response = await visit("nobody/tea");
  expect([response.status, (await problem(response)).code]).toEqual([404, "APP_NOT_FOUND"]);
});

test("an app is reached by the hosts that its annotation names, and by these alone", async () => {
  const [name, other] = [unique("app"), unique("app")];
  const [host, next] = [`${name}.apps.example`, `${name}-2.apps.example`];
  const moduleName = unique("teapot");
  await module(teapot, { name: moduleName });
  const of = (app: string, hosts: string): Json => ({
    ...specOf(app, `${moduleName}:1.0.0`, { healthCheck: { path: "/tea", periodSeconds: 1 } }),
    metadata: { name: app, annotations: { "edgeloom/hosts": hosts } },
  });
  const register = (app: string, hosts: string) =>
    send("POST", `${APPS}/register`, { json: of(app, hosts) });
  expect((await register(name, "api.example")).body).toMatchObject({
    code: "INVALID_SPEC",
    details: expect.stringContaining("APP_HOSTS"),
  });
  await register(name, host);
  await start(name, { replicas: 1, timeout: 20 });
  const asked = async (at: string): Promise<[number, string]> => {
    const response = await exports.default.fetch(new Request(`https://${at}/tea`));
    return [response.status, await response.text()];
  };
  expect(await asked(host)).toEqual([200, "Here you are.\n"]);
  expect((await asked(next))[0]).toBe(404);
  expect((await exports.default.fetch(`https://${host}/api/v1/apps`)).status).toBe(404);
  expect((await register(other, host)).body).toMatchObject({ code: "CONFLICT" });
  await send("PUT", `${APPS}/${name}/spec`, { json: of(name, next) });
  await eventually(
    async () => [(await asked(host))[0], (await asked(next))[0]],
    (statuses) => statuses.join() === "404,200",
  );
});

test("a guest sees the caller's Authorization, and who asked where", async () => {
  const headers = { Authorization: "Bearer theirs", "CF-Connecting-IP": "192.0.2.1" };
  const asked = new Request("https://shop.example/run/shop/a?b=c", { headers });
  const seen = await guestRequest(asked, { prefix: "/run/shop", isOwnAuthorization: true });
  expect(seen.url).toBe("https://shop.example/a?b=c");
  expect(Object.fromEntries(seen.headers)).toMatchObject({
    authorization: "Bearer theirs",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-host": "shop.example",
    "x-forwarded-proto": "https",
    "x-forwarded-prefix": "/run/shop",
  });
});

test("a request to an app that has scaled to zero waits for its first instance", async () => {
  const scaling = { mode: "auto", minReplicas: 0, maxReplicas: 2 };
  const name = await registered("teapot", { scaling });
  await start(name, { replicas: 1, timeout: 20 });
  const scaled = await send("POST", `${APPS}/${name}/scale`, { json: { replicas: 0 } });
  expect(scaled.status).toBe(200);
  await eventually(
    () => appOf(name),
    ({ containers }) => containers.length === 0,
  );
  const response = await visit(`${name}/tea`);
  expect([response.status, await response.text()]).toEqual([200, "Here you are.\n"]);
});

test("a node that dies under load fails only the calls that were in flight on it", async () => {
  const name = await running("courier", 3);
  const { containers } = await appOf(name);
  const victim = containers.find(({ node }) => node !== null && nodes.includes(node))?.node ?? "";
  let diedAt = Number.POSITIVE_INFINITY;
  const until = Date.now() + 2_500;
  const failed: { at: number; method: string }[] = [];
  let answered = 0;
  async function caller(method: "GET" | "POST"): Promise<void> {
    while (Date.now() < until) {
      const at = Date.now();
      const body = method === "POST" ? { body: "x" } : {};
      const response = await visit(`${name}/method`, { method, ...body });
      await response.text();
      if (response.status === 200) answered += 1;
      else failed.push({ at, method });
    }
  }
  const load = [...Array.from({ length: 3 }, () => caller("POST")), caller("GET")];
  await scheduler.wait(700);
  diedAt = Date.now();
  await runInDurableObject(env.RUNNERS.getByName(victim), (_, state) => state.abort("died")).catch(
    () => undefined,
  );
  await Promise.all(load);
  expect(answered).toBeGreaterThan(20);
  // What is idempotent is asked elsewhere; what is not fails if it was there at that moment, and only then.
  expect(failed.every(({ at, method }) => at <= diedAt && method === "POST")).toBe(true);
  expect(failed.length).toBeLessThanOrEqual(3);
});

function endless(piece: Uint8Array, times: number): ReadableStream<Uint8Array> {
  let left = times;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) controller.close();
      else controller.enqueue(piece);
      left -= 1;
    },
  });
}
