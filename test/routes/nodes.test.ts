// Edge nodes: taken into service with a probe, measured, disabled, and let go when nothing needs them.
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Answer, Client, Json, Problem } from "#test/builders/client.ts";
import {
  ROUTE_SETTLE_MS,
  baking,
  create,
  deploy,
  execute,
  request,
  serve,
  start,
  underTraffic,
  steer,
} from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { NODES, node, place, registerNode } from "#test/builders/nodes.ts";
import type { Node, NodeHealth } from "#test/builders/nodes.ts";
import { unique, user } from "#test/builders/users.ts";

let by: Client;

beforeAll(async () => {
  by = await user("Admin");
});

function enable(nodeId: string, isEnabled: boolean): Promise<Answer<Node>> {
  return by.send("PUT", `${NODES}/${nodeId}`, { json: { isEnabled } });
}

function remove(nodeId: string): Promise<Answer<Problem>> {
  return by.send("DELETE", `${NODES}/${nodeId}`);
}

async function health(nodeId: string): Promise<NodeHealth> {
  return (await by.get<NodeHealth>(`${NODES}/${nodeId}/health`)).body;
}

describe("a registered node", () => {
  test("gets the documented defaults", async () => {
    const { body } = await registerNode({ nodeId: "plain", hostname: "plain.example.com" });
    const { body: found } = await by.get(`${NODES}/${body.nodeId}`);
    expect(found).toEqual({
      ...body,
      port: 8080,
      zone: null,
      runtime: "workerd",
      runtimeVersion: null,
      wasiVersion: "preview2",
      hardware: null,
      maxModules: 1000,
      isEnabled: true,
    });
  });

  test("is Healthy because its probe ran", async () => {
    const before = Date.now();
    const { body } = await registerNode();
    const { status, lastHeartbeat } = await health(body.nodeId);
    expect([body.status, status]).toEqual(["Healthy", "Healthy"]);
    expect(Date.parse(lastHeartbeat ?? "")).toBeGreaterThanOrEqual(before);
  });

  test("is refused when its id is taken", async () => {
    const { status, body } = await registerNode({ nodeId: await node("us-west") });
    expect([status, body]).toMatchObject([409, { error: { code: "CONFLICT" } }]);
  });

  test.each<[string, Json, RegExp]>([
    ["an id with a space", { nodeId: "edge 1" }, /^nodeId: /],
    ["a port beyond 65535", { port: 65_536 }, /^port: /],
    ["a region in capitals", { region: "US-EAST" }, /^region: /],
    ["an unknown runtime", { runtime: "Lucet" }, /^runtime: /],
    ["hardware without cores", { hardware: { cpuCores: 0 } }, /^hardware.cpuCores: /],
    ["no room for modules", { maxModules: 0 }, /^maxModules: /],
    ["an empty hostname", { hostname: "" }, /^hostname: /],
    ["an unknown field", { colour: "red" }, /colour/],
  ])("is refused for %s", async (_, given, detail) => {
    const { status, body } = await by.post<Problem>(NODES, {
      nodeId: unique("node"),
      hostname: "edge.example.com",
      region: "us-east",
      ...given,
    });
    expect([status, body.error.details]).toEqual([400, [expect.stringMatching(detail)]]);
  });

  test.each([`${NODES}/none`, `${NODES}/none/health`])(
    "that is none is not found at %s",
    async (path) => {
      const { status, body } = await by.get<Problem>(path);
      expect([status, body.error.code]).toEqual([404, "NOT_FOUND"]);
    },
  );
});

describe("the list of nodes", () => {
  test("is filtered by region, ordered by id, and paged", async () => {
    const { region, nodes } = await place(2);
    const { body } = await by.get<{ nodes: Node[]; total: number }>(
      `${NODES}?region=${region}&limit=1&offset=1`,
    );
    expect([body.nodes.map(({ nodeId }) => nodeId), body.total]).toEqual([[nodes.sort()[1]], 2]);
  });

  test("is filtered by status", async () => {
    const { region } = await place(1);
    const { body } = await by.get(`${NODES}?region=${region}&status=Unhealthy`);
    expect(body).toMatchObject({ nodes: [], total: 0 });
  });
});

describe("a node's health", () => {
  test("is measured: what it loaded shows at its next beat", async () => {
    const { region, nodes } = await place(1);
    const [nodeId = ""] = nodes;
    const empty = await health(nodeId);
    await serve(await module(), region);
    await runDurableObjectAlarm(env.RUNNERS.getByName(nodeId));
    const { modulesLoaded, memoryUsageMB } = await health(nodeId);
    expect([empty.modulesLoaded, empty.memoryUsageMB, modulesLoaded]).toEqual([0, 0, 1]);
    expect(memoryUsageMB).toBeGreaterThan(0);
  });
});

describe("a disabled node", () => {
  test("says Unhealthy, and Healthy again once it is enabled", async () => {
    const nodeId = await node("eu-west");
    const disabled = await enable(nodeId, false);
    const enabled = await enable(nodeId, true);
    expect([disabled.body.status, enabled.body.status]).toEqual(["Unhealthy", "Healthy"]);
  });

  test("is not chosen for calls", async () => {
    const { region, nodes } = await place(2);
    const [off = "", on = ""] = nodes;
    const moduleId = await module();
    await serve(moduleId, region);
    await enable(off, false);
    await scheduler.wait(ROUTE_SETTLE_MS);
    const chosen = new Set<string>();
    for (let call = 0; call < 10; call += 1) {
      const { body } = await execute({ moduleId, functionName: "echo" });
      chosen.add(body.executedOn);
    }
    expect([...chosen]).toEqual([on]);
  });

  test("is no target of a deployment", async () => {
    const { region, nodes } = await place(1);
    await enable(nodes[0] ?? "", false);
    const { status, body } = await create(request(await module(), region));
    expect([status, body]).toMatchObject([
      400,
      { error: { details: [`targetRegions: ${region} has no node that is enabled and healthy.`] } },
    ]);
  });

  test("is refused without isEnabled", async () => {
    const nodeId = await node("eu-west");
    const { status } = await by.send("PUT", `${NODES}/${nodeId}`, { json: {} });
    expect(status).toBe(400);
  });
});

describe("deleting a node", () => {
  test("that nothing needs leaves nothing of it", async () => {
    const nodeId = await node("eu-west");
    expect((await remove(nodeId)).status).toBe(204);
    expect((await by.get(`${NODES}/${nodeId}`)).status).toBe(404);
  });

  test("drains it: not one call fails meanwhile, and none reaches it after", async () => {
    const { region, nodes } = await place(2);
    const [leaving = "", staying = ""] = nodes;
    const moduleId = await module();
    await serve(moduleId, region);
    const call = { moduleId, functionName: "echo" };
    const { answers } = await underTraffic(call, () => remove(leaving));
    const after = await execute(call);
    expect(answers.filter(({ body }) => !body.success)).toEqual([]);
    expect(after.body.executedOn).toBe(staying);
  });

  test("is refused while it is the last that holds a module", async () => {
    const { region, nodes } = await place(1);
    await serve(await module(undefined, { name: "lonely" }), region);
    const { status, body } = await remove(nodes[0] ?? "");
    expect([status, body.error.details]).toEqual([
      409,
      [`It is the last node of lonely in ${region}.`],
    ]);
  });

  test("is refused while a deployment is active on it", async () => {
    const { region, nodes } = await place(2);
    const strategyConfig = { stages: [100], evaluationPeriod: "PT30S" };
    const id = await start(request(await module(), region, { strategyConfig }));
    await baking(id);
    const { status, body } = await remove(nodes[0] ?? "");
    await steer(id, "abort");
    expect([status, body.error.details]).toEqual([
      409,
      [expect.stringContaining(`Deployment ${id} of`)],
    ]);
  });

  test("that is none is not found", async () => {
    expect((await remove("none")).status).toBe(404);
  });
});

test("targetNodes overrides the regions: only the named node takes the module", async () => {
  const { region, nodes } = await place(2);
  const [named = ""] = nodes;
  const body = request(await module(), region, { targetNodes: [named] });
  const { succeededNodes } = await deploy(body);
  expect(succeededNodes).toEqual([named]);
});
