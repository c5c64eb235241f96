// A workload that was deployed leaves nothing in service when it is removed, and takes nothing of others with it.
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { database } from "#stores/database.ts";
import { readRoutes } from "#stores/routes.ts";
import { deployWorkload } from "#control/workload-rollout.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { Client } from "#test/builders/client.ts";
import { deploy, request, serve, until } from "#test/builders/deployments.ts";
import { versions } from "#test/builders/modules.ts";
import { node, place } from "#test/builders/nodes.ts";
import { admin } from "#test/builders/users.ts";
import { BY, phase, workload } from "#test/builders/workloads.ts";

const AT_ONCE: Strategy = {
  name: "BlueGreen",
  healthCheckTimeoutMs: 0,
  keepBlueEnvironment: false,
  blueRetentionPeriodMs: 0,
};

let by: Client;

beforeAll(async () => {
  by = await admin();
});

async function deployed(region: string, moduleId: string, nodes: readonly string[]) {
  const made = await workload(region, { moduleId });
  const { id } = made.workload;
  await phase(id, "running");
  const of = { nodes, strategy: AT_ONCE, principal: BY, now: Date.now() };
  const { deploymentId } = await deployWorkload(env, id, of);
  return { id, deploymentId, path: `/api/v1/workloads/${id}` };
}

test("a removed workload's service ends, and its node may go", async () => {
  const { region, nodes } = await place(1);
  const { name, old } = await versions();
  const { path, deploymentId } = await deployed(region, old, nodes);
  await until(deploymentId, "Completed");
  expect(await readRoutes(database(env), name)).toHaveLength(1);
  expect((await by.send("DELETE", path)).status).toBe(200);
  await until(deploymentId, "RolledBack");
  expect(await readRoutes(database(env), name)).toEqual([]);
  expect((await by.send("DELETE", `/api/v1/nodes/${nodes[0]}`)).status).toBe(200);
});

test("what stood before a removed workload stands again", async () => {
  const { region, nodes } = await place(1);
  const { name, old, next } = await versions();
  await serve(old, region);
  const before = await readRoutes(database(env), name);
  const { path, deploymentId } = await deployed(region, next, nodes);
  await until(deploymentId, "Completed");
  expect((await by.send("DELETE", path)).status).toBe(200);
  expect(await readRoutes(database(env), name)).toEqual(before);
});

test("a workload whose route another deployment changed is kept, and the route is named", async () => {
  const { region, nodes } = await place(1);
  const { name, old } = await versions();
  const { path, deploymentId } = await deployed(region, old, nodes);
  await until(deploymentId, "Completed");
  await node(region);
  await deploy(request(old, region, { healthCheck: { enabled: false } }));
  const routes = await readRoutes(database(env), name);
  const refused = await by.send("DELETE", path);
  expect([refused.status, refused.body]).toMatchObject([
    409,
    { code: "CONFLICT", details: { route: expect.stringContaining(region) } },
  ]);
  expect(await readRoutes(database(env), name)).toEqual(routes);
  expect((await by.get(path)).status).toBe(200);
});
