// ANY /wasm/modules/{id}/http/{path}: a module of each kind that serves HTTP, through the route and a runner.
import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { ORIGIN } from "#test/builders/client.ts";
import type { Problem } from "#test/builders/client.ts";
import { execute, serve } from "#test/builders/deployments.ts";
import { MODULES, module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { admin, login, ADMIN } from "#test/builders/users.ts";
import { courier, teapot, visitor } from "#test/examples/bytes.ts";
import numbers from "#test/fixtures/numbers.wat";

const ids = { courier: "", teapot: "", visitor: "", numbers: "" };
let token = "";

beforeAll(async () => {
  const { region } = await place(1);
  const limits = { maxExecutionTimeSeconds: 2, maxCpuPercent: 10 };
  ids.courier = await module(courier, { limits });
  ids.teapot = await module(teapot);
  ids.visitor = await module(visitor, { wasiVersion: "preview1" });
  ids.numbers = await module(numbers);
  for (const id of Object.values(ids)) await serve(id, region);
  token = (await login(ADMIN)).body.token;
});

function ask(kind: keyof typeof ids, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token}`);
  const url = `${ORIGIN}${MODULES}/${ids[kind]}/http${path}`;
  return exports.default.fetch(new Request(url, { ...init, headers }));
}

async function problem(response: Response): Promise<Problem["error"]> {
  return (await response.json<Problem>()).error;
}

describe("a component", () => {
  test("answers with its own status, headers and body", async () => {
    const response = await ask("courier", "/");
    expect([response.status, await response.text()]).toEqual([200, "Hello from a component.\n"]);
    expect(response.headers.get("content-type")).toBe("text/plain");
    expect(Number(response.headers.get("x-edgeloom-gas"))).toBeGreaterThan(0);
    expect((await ask("courier", "/nothing")).status).toBe(404);
  });

  test("gets a body of any size as it comes and sends it back as it goes", async () => {
    const sent = crypto.getRandomValues(new Uint8Array(65_536));
    let left = 40;
    const body = new ReadableStream({
      pull(controller) {
        if (left === 0) controller.close();
        else controller.enqueue(sent);
        left -= 1;
      },
    });
    const response = await ask("courier", "/echo", { method: "POST", body });
    const echoed = new Uint8Array(await response.arrayBuffer());
    expect(echoed.length).toBe(40 * sent.length);
    expect(echoed.subarray(-sent.length)).toEqual(sent);
  });

  test("is heard while it still writes", async () => {
    const startedAt = Date.now();
    const response = await ask("courier", "/ticks");
    const arrivals: number[] = [];
    const reader = response.body?.getReader();
    for (;;) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) break;
      arrivals.push(Date.now() - startedAt);
    }
    const [first = 0] = arrivals;
    expect(arrivals.length).toBeGreaterThanOrEqual(5);
    expect((arrivals.at(-1) ?? 0) - first).toBeGreaterThan(300);
  });

  test.each(["GET", "PUT", "PATCH", "PROPFIND"])("gets the method %s", async (method) => {
    const told = await (await ask("courier", "/method", { method })).text();
    expect(told.toUpperCase()).toBe(method);
  });

  test.each([
    ["traps", "/trap", "GUEST_TRAP"],
    ["says nothing", "/silent", "without a response"],
    ["runs out of gas", "/spin", "GUEST_GAS"],
  ])("that %s is a 502 that names the cause", async (_, path, cause) => {
    const response = await ask("courier", path);
    expect(response.status).toBe(502);
    const error = await problem(response);
    expect(error.code).toBe("GUEST_FAILED");
    expect(JSON.stringify(error)).toContain(cause);
  });

  test("can't be called as a function by its handler", async () => {
    const functionName = "wasi:http/incoming-handler@0.2.0#handle";
    const { status, body } = await execute({ moduleId: ids.courier, functionName });
    expect([status, (body as unknown as Problem).error.code]).toEqual([404, "FUNCTION_NOT_FOUND"]);
  });
});

describe("a core module with handle_http", () => {
  test("gives a response as JSON, with a header more than once", async () => {
    const tea = await ask("teapot", "/tea");
    expect([tea.status, await tea.text()]).toEqual([200, "Here you are.\n"]);
    expect(tea.headers.getSetCookie()).toEqual(["cup=1", "sugar=0"]);
    expect((await ask("teapot", "/coffee")).status).toBe(418);
  });

  test("gets the body as text", async () => {
    const response = await ask("teapot", "/echo", { method: "POST", body: 'say "hé"\n' });
    expect(await response.text()).toBe('say "hé"\n');
  });
});

describe("a program", () => {
  test("gets CGI variables and a body on stdin, and writes its response to stdout", async () => {
    const response = await ask("visitor", "/a%20b?c=d", {
      method: "POST",
      headers: { "Content-Type": "text/x", "User-Agent": "tester", Proxy: "http://evil" },
      body: "hello",
    });
    expect(response.status).toBe(201);
    expect(await response.text()).toBe(
      "POST /a b?c=d\ntype=text/x length=5\nagent=tester proxy=\nhello",
    );
  });

  test("redirects by a Location alone", async () => {
    const response = await ask("visitor", "/moved", { redirect: "manual" });
    const prefix = `${MODULES}/${ids.visitor}/http/`;
    expect([response.status, response.headers.get("location")]).toEqual([302, prefix]);
  });

  test.each([
    ["/nonsense", "is no header"],
    ["/fail", "exit code 3"],
  ])("that answers %s with no response is a 502 that says so", async (path, cause) => {
    const response = await ask("visitor", path);
    expect(response.status).toBe(502);
    expect((await problem(response)).message).toContain(cause);
  });

  test("refuses a body that it could not take whole", async () => {
    const body = new Uint8Array(4 * 1024 * 1024 + 1);
    const response = await ask("visitor", "/", { method: "POST", body });
    expect([response.status, (await problem(response)).code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  });
});

test("a module that serves no HTTP is refused with the reason", async () => {
  const response = await ask("numbers", "/");
  expect(response.status).toBe(400);
  expect((await problem(response)).message).toContain("serves no HTTP");
});

test("nobody asks without a token", async () => {
  const url = `${ORIGIN}${MODULES}/${ids.courier}/http/`;
  expect((await exports.default.fetch(new Request(url))).status).toBe(401);
});

test("counts a request as a call of its version", async () => {
  const by = await admin();
  const before = (await by.get(`${MODULES}/${ids.teapot}`)).body["invocationCount"];
  await ask("teapot", "/tea");
  await expect
    .poll(async () => (await by.get(`${MODULES}/${ids.teapot}`)).body["invocationCount"], {
      timeout: 5_000,
    })
    .toBeGreaterThan(Number(before));
});
