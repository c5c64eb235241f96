// Registered modules: lists, details, status, counts, and what keeps one from being let go.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Client, Json, Problem } from "#test/builders/client.ts";
import {
  ROUTE_SETTLE_MS,
  create,
  deploy,
  eventually,
  execute,
  request,
  serve,
  start,
  steer,
  until,
} from "#test/builders/deployments.ts";
import { MODULES, module, versions } from "#test/builders/modules.ts";
import type { Module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { admin, unique, user } from "#test/builders/users.ts";
import preview1 from "#test/fixtures/preview1.wat";

let by: Client;
let region = "";

beforeAll(async () => {
  by = await user("Admin");
  ({ region } = await place(1));
});

async function patch(moduleId: string, status: string): Promise<number> {
  const answer = await by.send("PATCH", `${MODULES}/${moduleId}`, { json: { status } });
  return answer.status;
}

function remove(moduleId: string) {
  return by.send<Problem>("DELETE", `${MODULES}/${moduleId}`);
}

describe("the list of modules", () => {
  const name = unique("listed");

  async function list(query: string): Promise<{ versions: string[]; total: number }> {
    const { body } = await by.get<{ modules: { version: string }[]; total: number }>(
      `${MODULES}?name=${name}${query}`,
    );
    return { versions: body.modules.map(({ version }) => version), total: body.total };
  }

  beforeAll(async () => {
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) await module(undefined, { name, version });
    await patch(`${name}-v1.0.0`, "Disabled");
  });

  test("has the newest first", async () => {
    expect(await list("")).toEqual({ versions: ["1.2.0", "1.1.0", "1.0.0"], total: 3 });
  });

  test("is filtered by status", async () => {
    expect(await list("&status=Disabled")).toEqual({ versions: ["1.0.0"], total: 1 });
  });

  test("comes in pages, with the total of all", async () => {
    expect(await list("&limit=1&offset=1")).toEqual({ versions: ["1.1.0"], total: 3 });
  });

  test("is empty beyond its end", async () => {
    expect(await list("&offset=3")).toEqual({ versions: [], total: 3 });
  });

  test.each(["limit=0", "limit=101", "limit=ten", "offset=-1", "status=Retired", "colour=red"])(
    "refuses ?%s",
    async (query) => {
      const { status, body } = await by.get<Problem>(`${MODULES}?${query}`);
      expect([status, body.error.details.length]).toEqual([400, 1]);
    },
  );
});

describe("a module", () => {
  test("that nobody registered is not found", async () => {
    const { status, body } = await by.get<Problem>(`${MODULES}/none-v1.0.0`);
    expect([status, body.error.code]).toEqual([404, "MODULE_NOT_FOUND"]);
  });

  test("that is deleted is gone, and so are its bytes", async () => {
    const name = unique("module");
    const id = await module(undefined, { name });
    expect((await remove(id)).status).toBe(204);
    expect((await remove(id)).status).toBe(404);
    expect(await env.ARTIFACTS.head(`${name}/1.0.0/module.wasm`)).toBeNull();
  });

  test("is not deleted while a deployment of it is unfinished", async () => {
    const id = await module();
    const { body: pending } = await create(request(id, region));
    const { status, body } = await remove(id);
    expect([status, body.error.details]).toEqual([
      409,
      [`Deployment ${pending.deploymentId} is not finished.`],
    ]);
  });

  test("is not deleted while a route leads to it", async () => {
    const id = await module();
    await serve(id, region);
    const { status, body } = await remove(id);
    expect([status, body.error.details]).toEqual([409, [`It is deployed in region ${region}.`]]);
  });

  test("is deleted once its deployment was aborted", async () => {
    const id = await module();
    const { body } = await create(request(id, region));
    await steer(body.deploymentId, "abort");
    expect((await remove(id)).status).toBe(204);
  });
});

describe("a module's status", () => {
  test("Deprecated lets it run", async () => {
    const id = await module();
    await serve(id, region);
    await patch(id, "Deprecated");
    const { body } = await execute({ moduleId: id, functionName: "echo", parameters: 1 });
    expect(body).toMatchObject({ success: true, returnValue: "1" });
  });

  test("Deprecated keeps it from being newly deployed", async () => {
    const id = await module();
    await patch(id, "Deprecated");
    const { status, body } = await create(request(id, region));
    expect([status, body]).toMatchObject([
      409,
      { error: { code: "CONFLICT", message: expect.stringContaining("Deprecated") } },
    ]);
  });

  test("Disabled keeps it from running, and Active lets it run again", async () => {
    const id = await module();
    await serve(id, region);
    const call = { moduleId: id, functionName: "echo" };
    await patch(id, "Disabled");
    await scheduler.wait(ROUTE_SETTLE_MS);
    expect(await execute(call)).toMatchObject({
      status: 409,
      body: { error: { code: "MODULE_DISABLED" } },
    });
    await patch(id, "Active");
    await scheduler.wait(ROUTE_SETTLE_MS);
    expect((await execute(call)).status).toBe(200);
  });

  test("Disabled keeps it from being deployed", async () => {
    const id = await module();
    await patch(id, "Disabled");
    expect((await create(request(id, region))).status).toBe(409);
  });

  test("is one of three", async () => {
    expect(await patch(await module(), "Retired")).toBe(400);
  });

  test("of a module that does not exist is not found", async () => {
    expect(await patch("none-v1.0.0", "Active")).toBe(404);
  });
});

describe("a module's counts", () => {
  test("tell how often it was deployed and how often called", async () => {
    const { old, next } = await versions();
    await serve(old, region);
    for (let call = 0; call < 3; call += 1) {
      await execute({ moduleId: old, functionName: "echo", parameters: call });
    }
    await execute({ moduleId: old, functionName: "fail" });
    await deploy(request(next, region));
    const counted = async (): Promise<Module> => (await by.get<Module>(`${MODULES}/${old}`)).body;
    const body = await eventually(counted, ({ invocationCount }) => invocationCount > 0);
    expect(body).toMatchObject({ deploymentCount: 1, invocationCount: 4 });
  });
});

describe("a module's bytes", () => {
  test("that were changed in storage are never loaded", async () => {
    const name = unique("tampered");
    const id = await module(undefined, { name });
    const other = await module();
    const stolen = await env.ARTIFACTS.get(`${other.replace("-v", "/")}/module.wasm`);
    await env.ARTIFACTS.put(`${name}/1.0.0/module.wasm`, (await stolen?.arrayBuffer()) ?? "");
    const { errorMessage } = await until(await start(request(id, region)), "Failed");
    expect(errorMessage).toMatch(/was registered with SHA-256 [0-9a-f]{64} and now has/);
  });

  test("that import what WASI preview 1 offers are registered and deployed", async () => {
    const id = await module(preview1, { wasiVersion: "preview1" });
    const { status } = await create(request(id, region));
    expect(status).toBe(201);
  });
});

test("metadata comes back as it was given", async () => {
  const metadata: Json = { nested: { list: [1, "two", null] }, ключ: "значение" };
  const id = await module(undefined, { metadata });
  const { body } = await (await admin()).get<Module>(`${MODULES}/${id}`);
  expect(body.metadata).toEqual(metadata);
});
