// POST /wasm/execute: which version and node answer, and every way in which none can.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { guestIsolate } from "#guest/isolate.ts";
import type { Answer, Json, Problem } from "#test/builders/client.ts";
import {
  ROUTE_SETTLE_MS,
  execute,
  request,
  serve,
  start,
  steer,
  until,
} from "#test/builders/deployments.ts";
import { module, versions } from "#test/builders/modules.ts";
import { NODES, place } from "#test/builders/nodes.ts";
import { unique, user } from "#test/builders/users.ts";
import numbers from "#test/fixtures/numbers.wat";
import sound from "#test/fixtures/sound.wat";
import program from "#test/wasi1/fixtures/report.wasi";

let region = "";
let nodes: string[] = [];

beforeAll(async () => {
  ({ region, nodes } = await place(2));
});

async function failure(body: Json): Promise<[number, string, string]> {
  const answer = (await execute(body)) as unknown as Answer<Problem>;
  const { code, message } = answer.body.error;
  return [answer.status, code, message];
}

describe("a call", () => {
  test("by a version's id is answered by that version", async () => {
    const { old, next } = await versions();
    await serve(old, region);
    await serve(next, region);
    expect((await execute({ moduleId: next, functionName: "echo" })).body.moduleId).toBe(next);
  });

  test("by a module's name is answered by what is deployed", async () => {
    const { name, old } = await versions();
    await serve(old, region);
    expect((await execute({ moduleId: name, functionName: "echo" })).body.moduleId).toBe(old);
  });

  test("names the node that answered, one of its region", async () => {
    const id = await module();
    await serve(id, region);
    const { body } = await execute({ moduleId: id, functionName: "echo", targetRegion: region });
    expect(nodes).toContain(body.executedOn);
  });

  test("with a stickyKey stays with its version while weights are split", async () => {
    const { name, old, next } = await versions();
    await serve(old, region);
    const strategyConfig = { stages: [50, 100], evaluationPeriod: "PT0.1S", autoPromote: false };
    const id = await start(request(next, region, { strategyConfig }));
    await until(id, "Paused");
    const answeredBy = async (stickyKey: string): Promise<string> =>
      (await execute({ moduleId: name, functionName: "echo", stickyKey })).body.moduleId;
    const keys = Array.from({ length: 20 }, (_, index) => `customer-${index}`);
    const once = await Promise.all(keys.map(answeredBy));
    const again = await Promise.all(keys.map(answeredBy));
    await steer(id, "abort");
    expect(again).toEqual(once);
    expect(new Set(once)).toEqual(new Set([old, next]));
  });

  test("goes only where the weights lead", async () => {
    const { name, old, next } = await versions();
    await serve(old, region);
    await serve(next, region);
    await scheduler.wait(ROUTE_SETTLE_MS);
    const call = { moduleId: name, functionName: "echo" };
    const answers = await Promise.all(Array.from({ length: 30 }, () => execute(call)));
    expect(new Set(answers.map(({ body }) => body.moduleId))).toEqual(new Set([next]));
  });
});

describe("a call that can't be made is told why", () => {
  test("for a version that is not registered", async () => {
    expect(await failure({ moduleId: "ghost-v1.0.0", functionName: "echo" })).toEqual([
      404,
      "MODULE_NOT_FOUND",
      "Module ghost-v1.0.0 is not registered.",
    ]);
  });

  test("for a name that is not registered", async () => {
    const [status, code] = await failure({ moduleId: "ghost", functionName: "echo" });
    expect([status, code]).toEqual([404, "MODULE_NOT_FOUND"]);
  });

  test("for a version that is deployed nowhere", async () => {
    const [status, code, message] = await failure({
      moduleId: await module(),
      functionName: "echo",
    });
    expect([status, code]).toEqual([404, "MODULE_NOT_DEPLOYED"]);
    expect(message).toContain("not deployed anywhere");
  });

  test("for a region where it is not deployed, with those where it is", async () => {
    const id = await module();
    await serve(id, region);
    const body = { moduleId: id, functionName: "echo", targetRegion: "apac-south" };
    expect(await failure(body)).toEqual([
      404,
      "MODULE_NOT_DEPLOYED",
      `Module ${id} is not deployed in region apac-south; it is in ${region}.`,
    ]);
  });

  test("for a function that it does not export, with those that it does", async () => {
    const id = await module();
    await serve(id, region);
    expect(await failure({ moduleId: id, functionName: "resize" })).toEqual([
      404,
      "FUNCTION_NOT_FOUND",
      `${id} exports no function resize that can be called; it has health_check, echo, fail, add.`,
    ]);
  });

  test("for a module whose nodes are all disabled", async () => {
    const alone = await place(1);
    const id = await module();
    await serve(id, alone.region);
    const admin = await user("Admin");
    await admin.send("PUT", `${NODES}/${alone.nodes[0]}`, { json: { isEnabled: false } });
    const [status, code, message] = await failure({ moduleId: id, functionName: "echo" });
    expect([status, code]).toEqual([503, "NO_HEALTHY_NODE"]);
    expect(message).toContain(alone.region);
  });

  test("for a timeout beyond the module's own limit", async () => {
    const id = await module(sound, { limits: { maxExecutionTimeSeconds: 2 } });
    await serve(id, region);
    const [status, code, message] = await failure({
      moduleId: id,
      functionName: "echo",
      timeout: 3,
    });
    expect([status, code]).toEqual([400, "VALIDATION_ERROR"]);
    expect(message).toContain("maxExecutionTimeSeconds");
  });

  test("for a call that took longer than its timeout", async () => {
    const id = await module(program, { wasiVersion: "preview1" });
    await serve(id, region);
    // It waits for longer than that, and waiting takes no gas.
    const call = { moduleId: id, functionName: "sleep", timeout: 0.02 };
    const [status, code] = await failure(call);
    expect([status, code]).toEqual([504, "EXECUTION_TIMEOUT"]);
  });

  test("for more calls at a time than the module allows, with when to try again", async () => {
    const alone = await place(1);
    const id = await module(numbers, { limits: { maxConcurrentInvocations: 1 } });
    await serve(id, alone.region);
    const call = { moduleId: id, functionName: "spin", parameters: [50_000_000] };
    const answers = await Promise.all(Array.from({ length: 6 }, () => execute(call)));
    const [refused, ...more] = answers.filter(({ status }) => status === 503);
    expect(answers.some(({ body }) => body.success)).toBe(true);
    expect([refused?.body, more.length > 0]).toMatchObject([
      { error: { code: "CONCURRENCY_LIMIT", retryAfter: 1 } },
      true,
    ]);
  });

  test.each<[string, Json, RegExp]>([
    ["no function", { functionName: undefined }, /^functionName: /],
    ["a timeout of nothing", { timeout: 0 }, /^timeout: /],
    ["a timeout beyond all limits", { timeout: 301 }, /^timeout: /],
    ["a region in capitals", { targetRegion: "US" }, /^targetRegion: /],
    ["an empty stickyKey", { stickyKey: "" }, /^stickyKey: /],
    ["an unknown field", { function: "echo" }, /function/],
  ])("for %s", async (_, given, detail) => {
    const { status, body } = await execute({ moduleId: "any", functionName: "echo", ...given });
    const { error } = body as unknown as Problem;
    expect([status, error.details]).toEqual([400, [expect.stringMatching(detail)]]);
  });

  test("for an id that is neither a name nor a version's", async () => {
    const [status, code] = await failure({ moduleId: "a/b", functionName: "echo" });
    expect([status, code]).toEqual([400, "VALIDATION_ERROR"]);
  });
});

describe("a guest's isolate", () => {
  /** Runs a script in an isolate put together exactly as a guest's is. */
  async function inGuestIsolate(script: string): Promise<unknown> {
    const loader: Pick<WorkerLoader, "get"> = {
      get: (_, code) =>
        env.LOADER.get(unique("spy"), async () => {
          const main = `export default { async fetch() { return Response.json(await (async () => { ${script} })()); } };`;
          const given = await code();
          return { ...given, modules: { ...given.modules, "harness.js": { js: main } } };
        }),
    };
    // Only `get` of the loader is used.
    const stub = guestIsolate(
      { LOADER: loader as WorkerLoader },
      {
        digest: "spy",
        entry: "core",
        limits: DEFAULT_LIMITS,
        prepared: async () => ({ entry: "core", parts: [] }),
      },
    );
    return (await stub.fetch("https://guest/")).json();
  }

  test("has no network", async () => {
    const script = `try { return (await fetch("https://example.com")).status; } catch (error) { return String(error); }`;
    expect(await inGuestIsolate(script)).toMatch(/not permitted to access the internet/);
  });

  test("has no bindings", async () => {
    const script = `return Object.keys((await import("cloudflare:workers")).env);`;
    expect(await inGuestIsolate(script)).toEqual([]);
  });
});
