// A workload's change that goes out by a rollout: it counts once that is complete, and what is taken back has changed
// nothing.
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { changeWorkload, getWorkload } from "#control/workloads.ts";
import { database } from "#stores/database.ts";
import { latticeOf } from "#stores/objects.ts";
import { readRoutes } from "#stores/routes.ts";
import type { Client, Json } from "#test/builders/client.ts";
import {
  ROUTE_SETTLE_MS,
  eventually,
  execute,
  start,
  request,
  steer,
  underTraffic,
  until,
} from "#test/builders/deployments.ts";
import { module, versions } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { admin, shift, unique } from "#test/builders/users.ts";
import { BY } from "#test/builders/workloads.ts";
import ill from "#test/fixtures/ill.wat";
import sound from "#test/fixtures/sound.wat";

type Told = {
  readonly id: string;
  readonly status: string;
  readonly module: string;
  readonly replicas: number;
  readonly nodes: string[];
  readonly instances: { readonly id: string; readonly node: string }[];
  readonly target_nodes: string[] | null;
  readonly strategy: string | null;
  readonly rollout: {
    deployment_id: string;
    module: string;
    status: string;
    message: string;
  } | null;
  readonly resource_version: number;
};

const CANARY = {
  strategy: "canary",
  strategy_config: { stages: [50, 100], evaluationPeriod: "PT1S" },
};
const SLOW = {
  strategy: "canary",
  strategy_config: { stages: [50, 100], evaluationPeriod: "PT1M" },
};
const AT_ONCE = {
  strategy: "blue-green",
  strategy_config: { healthCheckTimeout: "PT0S", keepBlueEnvironment: false },
};

const reader = shift("Viewer", 290);
let by: Client;

beforeAll(async () => {
  by = await admin();
});

async function running(region: string, given: Json) {
  const constraints = [{ key: "region", operator: "In", values: [region] }];
  const body = { name: unique("web"), namespace: unique("space"), type: "deployment", replicas: 2 };
  const sent = { ...body, placement: { constraints }, ...given };
  const made = await by.post<Told>("/api/v1/workloads", sent);
  expect([made.status, made.body]).toMatchObject([201, {}]);
  const path = `/api/v1/workloads/${made.body.id}`;
  const read = async () => (await (await reader()).get<Told>(path)).body;
  const becomes = (hoped: (told: Told) => boolean) => eventually(read, hoped, 20_000);
  const change = (json: Json) => by.send<Told>("PUT", path, { json });
  await becomes(({ status }) => status === "running");
  return { ...body, path, id: made.body.id, read, becomes, change };
}

const isOver = ({ rollout, status }: Told) =>
  rollout?.status === "complete" && status === "running";
const image = (moduleId: string) => moduleId.replace(/-v(?=\d)/, ":");
const call = (moduleId: string) => ({ moduleId, functionName: "echo", parameters: { hi: 1 } });

test("a changed image goes out by the workload's strategy, and counts when that is complete", async () => {
  const { region } = await place(2);
  const { name, old, next } = await versions();
  const web = await running(region, { image: image(old), ...AT_ONCE });
  const { result: during, answers } = await underTraffic(call(name), async () => {
    const put = await web.change({ image: image(next), replicas: 3 });
    expect([put.status, put.body]).toMatchObject([200, { status: "updating" }]);
    const told = await web.read();
    await evictDurableObject(env.LATTICES.getByName(web.namespace));
    await web.becomes(isOver);
    await scheduler.wait(ROUTE_SETTLE_MS);
    return told;
  });
  expect(during).toMatchObject({
    status: "updating",
    module: old,
    replicas: 2,
    rollout: { module: next, status: "rolling", message: null },
  });
  expect(await until(during.rollout?.deployment_id ?? "", "Completed")).toMatchObject({
    strategy: "BlueGreen",
  });
  const after = await web.read();
  expect(after).toMatchObject({ module: next, replicas: 3, strategy: "blue-green" });
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => body.moduleId))).toEqual(new Set([old, next]));
  const last = await Promise.all(Array.from({ length: 12 }, () => execute(call(name))));
  expect(last.every(({ body }) => body.moduleId === next)).toBe(true);
  const entries = (await readRoutes(database(env), name)).flatMap((route) => route.entries);
  expect(entries.every(({ isBorrowed }) => isBorrowed === true)).toBe(true);
  expect((await by.send("DELETE", web.path)).status).toBe(200);
});

test("an image whose health function fails is taken back with the reason, and changes nothing", async () => {
  const { region } = await place(1);
  const { old, next } = await versions(sound, ill);
  const web = await running(region, { image: image(old), ...CANARY });
  const before = await web.read();
  await web.change({ image: image(next), replicas: 3, env: { GREETING: "hi" } });
  const after = await web.becomes(({ rollout }) => rollout?.status === "taken-back");
  expect(after).toMatchObject({
    status: "running",
    module: old,
    replicas: 2,
    instances: before.instances.map(({ id }) => ({ id })),
    rollout: { module: next, message: expect.stringContaining("expected") },
  });
});

test("while a rollout is under way another image is refused, and other changes count then and after", async () => {
  const { region } = await place(1);
  const { old, next } = await versions();
  const web = await running(region, { image: image(old), ...CANARY });
  await web.change({ image: image(next), replicas: 3, env: { GREETING: "hi" } });
  const { deployment_id: deployment } = (await web.read()).rollout ?? { deployment_id: "" };
  const again = await web.change({ image: image(old) });
  expect([again.status, again.body]).toMatchObject([
    409,
    { code: "CONFLICT", message: expect.stringContaining(deployment) },
  ]);
  expect((await web.change({ replicas: 1 })).status).toBe(200);
  expect(await web.read()).toMatchObject({ module: old, replicas: 1 });
  expect(await web.becomes(isOver)).toMatchObject({ module: next, replicas: 1 });
  const { workload } = await getWorkload(env, web.id);
  expect(workload).toMatchObject({ config: { GREETING: "hi" }, details: { image: image(next) } });
  expect(workload.update).toEqual({ surge: 1, unavailable: 0 });
});

test("a deployment that is aborted leaves the workload where it was", async () => {
  const { region, nodes } = await place(2);
  const web = await running(region, { image: image(await module()) });
  const before = await web.read();
  const sent = { nodes: nodes.slice(0, 1), ...SLOW };
  const { body } = await by.post<{ deployment_id: string }>(`${web.path}/deploy`, sent);
  expect(await web.read()).toMatchObject({ status: "deploying", target_nodes: null });
  await steer(body.deployment_id, "abort");
  const after = await web.becomes(({ rollout }) => rollout?.status === "taken-back");
  expect(after).toMatchObject({
    status: "running",
    target_nodes: null,
    strategy: null,
    instances: before.instances,
  });
  expect((await by.send("DELETE", web.path)).status).toBe(200);
});

test("a complete deployment moves the workload, and its rollback brings it back", async () => {
  const { region, nodes } = await place(2);
  const web = await running(region, { image: image(await module()) });
  const sent = { nodes: nodes.slice(0, 1), ...AT_ONCE };
  const { body } = await by.post<{ deployment_id: string }>(`${web.path}/deploy`, sent);
  const isThere = (told: Told) => isOver(told) && told.nodes.length === 1;
  expect(await web.becomes(isThere)).toMatchObject({
    nodes: sent.nodes,
    target_nodes: sent.nodes,
    strategy: "blue-green",
  });
  await web.change({ replicas: 4 });
  const { status, body: said } = await steer(body.deployment_id, "rollback", by);
  expect([status, said]).toMatchObject([200, {}]);
  const isBack = (told: Told) => told.rollout?.status === "taken-back";
  expect(await web.becomes(isBack)).toMatchObject({
    target_nodes: null,
    strategy: null,
    replicas: 4,
  });
});

test("after a deployment a changed image goes out by its strategy, or at once where none is named", async () => {
  const { region, nodes } = await place(1);
  const { name, old, next } = await versions();
  const last = await module(sound, { name, version: "3.0.0" });
  const web = await running(region, { image: image(old) });
  await by.post(`${web.path}/deploy`, { nodes, ...AT_ONCE });
  await web.becomes(isOver);
  await web.change({ image: image(next) });
  await web.becomes((told) => isOver(told) && told.module === next);
  await by.post(`${web.path}/deploy`, { nodes, ...AT_ONCE });
  await web.becomes((told) => isOver(told) && told.target_nodes !== null);
  await web.change({ image: image(last), strategy: null });
  expect(await web.becomes(({ status }) => status === "running")).toMatchObject({
    module: last,
    rollout: null,
  });
  const answer = await eventually(
    () => execute(call(name)),
    ({ body }) => body.moduleId === last,
  );
  expect(answer.status).toBe(200);
});

test("another environment of the same image goes out by the strategy too, and calls by its name are answered throughout", async () => {
  const { region } = await place(2);
  const { name, old } = await versions();
  const web = await running(region, { image: image(old), ...AT_ONCE });
  const { answers } = await underTraffic(call(name), async () => {
    await web.change({ env: { GREETING: "hi" } });
    const { rollout } = await web.read();
    expect(rollout).toMatchObject({ module: old, status: "rolling" });
    expect((await getWorkload(env, web.id)).workload.config).toEqual({});
    await web.becomes(isOver);
    const told = await until(rollout?.deployment_id ?? "", "Completed");
    expect(told).toMatchObject({ moduleId: old, previousModuleId: old });
    await scheduler.wait(ROUTE_SETTLE_MS);
  });
  expect((await getWorkload(env, web.id)).workload.config).toEqual({ GREETING: "hi" });
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => body.moduleId))).toEqual(new Set([old]));
  const entries = (await readRoutes(database(env), name)).flatMap((route) => route.entries);
  expect(entries).toMatchObject([{ moduleId: old, weight: 100, isBorrowed: true }]);
  await web.change({ replicas: 3 });
  expect((await web.becomes(({ status }) => status === "running")).rollout?.status).toBe(
    "complete",
  );
});

test("a rollout to another module, or of one that others run, is refused by name", async () => {
  const { region } = await place(1);
  const { old, next } = await versions();
  const web = await running(region, { image: image(old), ...CANARY });
  const foreign = await web.change({ image: image(await module()) });
  expect([foreign.status, foreign.body]).toMatchObject([
    400,
    { details: { image: expect.stringContaining("strategy null") } },
  ]);
  const beside = await running(region, { image: image(old) });
  const shared = await web.change({ image: image(next) });
  expect([shared.status, shared.body]).toMatchObject([
    409,
    { message: expect.stringContaining(`${beside.namespace}/${beside.name}`) },
  ]);
  expect(await web.read()).toMatchObject({ module: old, rollout: null, resource_version: 1 });
});

test("a rollout whose end was not told is heard of by the sweep", async () => {
  const { region } = await place(1);
  const { old, next } = await versions();
  const web = await running(region, { image: image(old), ...CANARY });
  const deployment = await start(request(next, region));
  await steer(deployment, "abort");
  await until(deployment, "RolledBack");
  const { workload } = await getWorkload(env, web.id);
  const begun = { deployment, moduleId: next, purpose: "update", stage: "rolling" } as const;
  const rollout = { ...begun, to: workload, from: null, message: null };
  await changeWorkload(env, web.id, { change: { rollout }, ifMatch: null, principal: BY });
  await latticeOf(env, web.namespace).wake();
  expect((await web.read()).rollout).toMatchObject({ status: "taken-back" });
});

test.each([
  [{ strategy: "sideways" }, "strategy"],
  [{ strategy: "canary", strategy_config: { stages: [50] } }, "strategy_config.stages"],
  [{ strategy: "rolling", strategy_config: { autoPromote: false } }, "strategy_config.autoPromote"],
  [{ strategy_config: { stages: [100] } }, "strategy_config"],
])("a strategy that can't be meant is refused by its field: %j", async (given, field) => {
  const body = { name: "web", type: "deployment", image: "web", ...given };
  const { status, body: told } = await by.post<{ details: Json }>("/api/v1/workloads", body);
  expect([status, Object.keys(told.details)]).toEqual([400, [field]]);
});
