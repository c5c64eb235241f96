// Calls by a module's name reach the instances of workloads, and rollouts keep their shares beside them.
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import * as control from "#control/workloads.ts";
import { database } from "#stores/database.ts";
import { latenciesOf } from "#stores/nodes.ts";
import {
  ROUTE_SETTLE_MS,
  deploy,
  eventually,
  execute,
  request,
  start,
  steer,
  until,
} from "#test/builders/deployments.ts";
import { versions } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { phase, stands, workload } from "#test/builders/workloads.ts";

const call = (moduleId: string) => ({ moduleId, functionName: "echo", parameters: { hi: 1 } });

async function answers(moduleId: string, calls = 12) {
  return Promise.all(Array.from({ length: calls }, () => execute(call(moduleId))));
}

it("a call by the module's name reaches every node that an instance runs on", async () => {
  const { region, nodes } = await place(2);
  const { name, old } = await versions();
  const { workload: made } = await workload(region, { moduleId: old });
  await phase(made.id, "running");
  const reached = await eventually(
    async () => (await answers(name)).map(({ body }) => body.executedOn),
    (all) => new Set(all).size === 2 && all.every((node) => nodes.includes(node)),
  );
  expect(reached).toHaveLength(12);
  const measured = await eventually(
    () => latenciesOf(database(env), name),
    (all) => all.length === 2,
  );
  expect(measured.every(({ moduleId, p95Ms }) => moduleId === old && p95Ms > 0)).toBe(true);
});

it("no call fails while a workload scales down, and none is answered once it is removed", async () => {
  const { region } = await place(3);
  const { name, old } = await versions();
  const { workload: made } = await workload(region, { moduleId: old });
  await phase(made.id, "running");
  await eventually(
    () => execute(call(name)),
    ({ status }) => status === 200,
  );
  const change = { replicas: 1, principal: { username: "dev", role: "Developer" } } as const;
  await control.scaleWorkload(env, made.id, change);
  const deadline = Date.now() + 3_000;
  const statuses = new Set<number>();
  while (Date.now() < deadline) {
    for (const { status } of await answers(name, 4)) statuses.add(status);
    await scheduler.wait(20);
  }
  expect([...statuses]).toEqual([200]);
  await stands(made.id, ({ status }) => status.counts.ready === 1 && status.phase === "running");
  await control.removeWorkload(env, made.id);
  const gone = await eventually(
    () => execute(call(name)),
    ({ status }) => status !== 200,
  );
  expect(gone.status).toBe(404);
});

it("a rollout of a new version gives it its share alone beside a workload's, and gives all back", async () => {
  const { region } = await place(2);
  const { name, old, next } = await versions();
  const { workload: made } = await workload(region, { moduleId: old });
  await phase(made.id, "running");
  await eventually(
    () => execute(call(name)),
    ({ status }) => status === 200,
  );
  const strategyConfig = { stages: [20, 100], evaluationPeriod: "PT20S" };
  const id = await start(
    request(next, region, { strategyConfig, healthCheck: { enabled: false } }),
  );
  const seen = await eventually(
    async () => (await answers(name, 60)).map(({ body }) => body.moduleId),
    (all) => all.includes(next),
  );
  expect(seen.filter((version) => version === old).length).toBeGreaterThan(20);
  await steer(id, "abort");
  await until(id, "RolledBack");
  await scheduler.wait(ROUTE_SETTLE_MS);
  const after = await answers(name);
  expect(after.every(({ status, body }) => status === 200 && body.moduleId === old)).toBe(true);
});

it("a rollout that completed keeps its version when the workload beside it is removed", async () => {
  const { region } = await place(1);
  const { name, old, next } = await versions();
  const { workload: made } = await workload(region, { moduleId: old });
  await phase(made.id, "running");
  await deploy(request(next, region, { healthCheck: { enabled: false } }));
  await scheduler.wait(ROUTE_SETTLE_MS);
  expect((await answers(name)).every(({ body }) => body.moduleId === next)).toBe(true);
  expect((await execute(call(old))).body.moduleId).toBe(old);
  await control.removeWorkload(env, made.id);
  await scheduler.wait(ROUTE_SETTLE_MS);
  expect((await execute(call(name))).status).toBe(200);
});
