// A lattice: what it acknowledged survives it, what drifts is repaired, and what comes twice is done once.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import * as control from "#control/workloads.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { queryEvents } from "#stores/events.ts";
import { heartbeatOf, latticeOf, runnerOf } from "#stores/objects.ts";
import { reportInvocations } from "#stores/nodes.ts";
import { listWorkloads } from "#stores/workloads.ts";
import { database } from "#stores/database.ts";
import { eventually } from "#test/builders/deployments.ts";
import { place } from "#test/builders/nodes.ts";
import { module, versions } from "#test/builders/modules.ts";
import { BY, nodesOf, phase, ready, spec, stands, workload } from "#test/builders/workloads.ts";
import { admin } from "#test/builders/users.ts";
import { wordCount } from "#test/examples/bytes.ts";

const latticeStub = (namespace: string) => env.LATTICES.getByName(namespace);

async function lose(node: string): Promise<void> {
  await heartbeatOf(env, node).report(
    node,
    { said: "offline", isBeat: false, usage: null },
    Date.now(),
  );
}

async function restore(node: string): Promise<void> {
  await heartbeatOf(env, node).report(node, { said: null, isBeat: true, usage: null }, Date.now());
}

const held = async (node: string, namespace: string) =>
  (await runnerOf(env, node).inventory(namespace, node)).instances;

describe("a lattice", () => {
  it("spreads replicas over nodes, and each runner holds what it is told to", async () => {
    const { region, nodes } = await place(3);
    const made = await workload(region);
    const { id, namespace } = made.workload;
    await phase(id, "running");
    const instances = await ready(id);
    expect(nodesOf(instances)).toEqual([...nodes].sort());
    for (const { node, id: instance } of instances) {
      expect(await held(node ?? "", namespace)).toEqual([instance]);
    }
  });

  it("goes on after an eviction with what it acknowledged", async () => {
    const { region } = await place(2);
    const { workload: made } = await workload(region);
    await evictDurableObject(latticeStub(made.namespace));
    const record = await phase(made.id, "running");
    expect(record.status).toMatchObject({ desired: 3, current: 3 });
    await evictDurableObject(latticeStub(made.namespace));
    expect(await ready(made.id)).toHaveLength(3);
  });

  it("starts nothing twice, however often its alarm comes", async () => {
    const { region } = await place(2);
    const { workload: made } = await workload(region);
    await phase(made.id, "running");
    const before = await control.workloadInstances(env, made.id);
    const stub = latticeStub(made.namespace);
    await runInDurableObject(stub, (_, state) => state.storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(stub);
    await runInDurableObject(stub, (_, state) => state.storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(stub);
    expect(await control.workloadInstances(env, made.id)).toEqual(before);
  });

  it("replaces what stood on a lost node, and doubles nothing when it is back", async () => {
    const { region, nodes } = await place(3);
    const [lost = "", ...others] = nodes;
    const { workload: made } = await workload(region);
    await phase(made.id, "running");
    await lose(lost);
    await stands(made.id, ({ status }) => status.current === 3 && status.counts.lost === 1);
    const elsewhere = nodesOf(await ready(made.id));
    expect(elsewhere).toHaveLength(3);
    expect(elsewhere.every((node) => others.includes(node))).toBe(true);
    await restore(lost);
    await stands(made.id, ({ status }) => status.counts.lost + status.counts.draining === 0);
    await eventually(
      async () => [await ready(made.id), await held(lost, made.namespace)] as const,
      ([instances, here]) => instances.length === 3 && here.length === 0,
    );
  });

  it("replaces an instance that its runner has forgotten, at the node's next beat", async () => {
    const { region, nodes } = await place(1);
    const [node = ""] = nodes;
    const { workload: made } = await workload(region, {
      kind: { type: "deployment", replicas: 2 },
    });
    await phase(made.id, "running");
    const [victim = ""] = await held(node, made.namespace);
    await runInDurableObject(runnerOf(env, node), (_, state) => {
      state.storage.sql.exec("delete from instances where id = ?", victim);
    });
    await evictDurableObject(runnerOf(env, node));
    await runDurableObjectAlarm(runnerOf(env, node));
    const record = await stands(
      made.id,
      ({ status }) => status.current === 2 && status.failures.length > 0,
    );
    expect(record.status.failures[0]).toMatchObject({
      instance: victim,
      reason: "It vanished from its node.",
    });
    expect(await held(node, made.namespace)).not.toContain(victim);
  });

  it("stops what runs on a node though nobody here knows it", async () => {
    const { region, nodes } = await place(1);
    const [node = ""] = nodes;
    const { workload: made } = await workload(region, {
      kind: { type: "deployment", replicas: 1 },
    });
    await phase(made.id, "running");
    const lattice = latticeOf(env, made.namespace);
    const [known = ""] = await held(node, made.namespace);
    await runInDurableObject(runnerOf(env, node), (_, state) => {
      state.storage.sql.exec(
        "insert into instances select 'workload-gone.7', replace(held, ?, 'workload-gone.7') from instances",
        known,
      );
    });
    await evictDurableObject(runnerOf(env, node));
    await runDurableObjectAlarm(runnerOf(env, node));
    await eventually(
      () => held(node, made.namespace),
      (instances) => instances.length === 1,
    );
    expect(await held(node, made.namespace)).toEqual([known]);
    expect(await lattice.read(made.id)).not.toBeNull();
  });

  it("answers at once when it removes, and drains its instances", async () => {
    const { region, nodes } = await place(1);
    const { workload: made } = await workload(region);
    await phase(made.id, "running");
    await control.removeWorkload(env, made.id);
    await expect(control.getWorkload(env, made.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const page = { limit: 10, offset: 0, namespace: made.namespace };
    expect((await listWorkloads(database(env), page)).total).toBe(0);
    await eventually(
      () => held(nodes[0] ?? "", made.namespace),
      (instances) => instances.length === 0,
    );
  });

  it("refuses a change of a version that doesn't stand any more", async () => {
    const { region } = await place(1);
    const { workload: made, resourceVersion } = await workload(region);
    const labels = { tier: "web" };
    const by = { change: { labels }, ifMatch: resourceVersion, principal: BY };
    expect((await control.changeWorkload(env, made.id, by)).resourceVersion).toBe(2);
    await expect(control.changeWorkload(env, made.id, by)).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });

  it("refuses a second workload of one name and owner, and an unknown module", async () => {
    const { region } = await place(1);
    const first = await spec(region);
    await control.createWorkload(env, first, { principal: BY });
    await expect(control.createWorkload(env, first, { principal: BY })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    const other = { ...first, name: "other", moduleId: "nowhere-v1.0.0" };
    await expect(control.createWorkload(env, other, { principal: BY })).rejects.toMatchObject({
      code: "MODULE_NOT_FOUND",
    });
  });

  it("scales both ways, and starts the new before the old stops when the version changes", async () => {
    const { region } = await place(2);
    const { workload: made } = await workload(region);
    await phase(made.id, "running");
    await control.scaleWorkload(env, made.id, { replicas: 5, principal: BY });
    await stands(made.id, ({ status }) => status.current === 5);
    await control.scaleWorkload(env, made.id, { replicas: 2, principal: BY });
    await stands(made.id, ({ status }) => status.phase === "running" && status.counts.ready === 2);
    const moduleId = await module();
    const least: number[] = [];
    await control.changeWorkload(env, made.id, {
      change: { moduleId },
      ifMatch: null,
      principal: BY,
    });
    await stands(made.id, ({ status }) => {
      least.push(status.counts.ready);
      return status.current === 2 && status.counts.ready === 2;
    });
    expect(Math.min(...least)).toBeGreaterThanOrEqual(2);
    expect((await ready(made.id)).every((one) => one.moduleId === moduleId)).toBe(true);
  });

  it("puts one on each node of a daemonset, and on a node that comes later", async () => {
    const { region, nodes } = await place(2);
    const { workload: made } = await workload(region, {
      kind: { type: "daemonset", perNode: 1 },
      update: { surge: 0, unavailable: 1 },
    });
    await phase(made.id, "running");
    expect(nodesOf(await ready(made.id))).toEqual([...nodes].sort());
    const by = await admin();
    const { body } = await by.post<{ nodeId: string }>("/api/v1/wasm/nodes", {
      nodeId: `${region}-late`,
      hostname: "late.example.com",
      region,
    });
    await stands(made.id, ({ status }) => status.current === 3);
    expect(nodesOf(await ready(made.id))).toContain(body.nodeId);
  });

  it("sends no calls to an instance that is told to be unhealthy, and puts another in its place", async () => {
    const { region } = await place(2);
    const timing = { startMs: 60_000, unhealthyMs: 100, drainMs: 1_000 };
    const { workload: made } = await workload(region, { timing });
    await phase(made.id, "running");
    const [ill] = await ready(made.id);
    const report = { instance: ill?.id ?? "", fault: "GET /health answered 500." };
    await control.reportHealth(env, made.namespace, [report]);
    expect(await ready(made.id)).toHaveLength(2);
    const record = await stands(made.id, ({ status }) => status.current === 3);
    expect(record.status.failures[0]).toMatchObject({ instance: ill?.id, reason: report.fault });
    expect((await ready(made.id)).map(({ id }) => id)).not.toContain(ill?.id);
  });

  it("is found by its name, and in lists by what it is", async () => {
    const { region } = await place(1);
    const { workload: made } = await workload(region);
    const { namespace, name, owner, id } = made;
    await phase(id, "running");
    expect((await control.findWorkload(env, { namespace, name, owner }))?.workload.id).toBe(id);
    expect(await control.findWorkload(env, { namespace, name, owner: "nobody" })).toBeNull();
    const filter = { namespace, phase: "running", limit: 10, offset: 0 } as const;
    const listed = await eventually(
      () => control.listWorkloads(env, filter),
      ({ total }) => total === 1,
    );
    expect(listed.workloads[0]?.workload.name).toBe(name);
  });

  it("tells what happened to its workloads and to their instances, each once", async () => {
    const { region } = await place(1);
    const kind = { type: "deployment", replicas: 1 } as const;
    const { workload: made } = await workload(region, { kind });
    await phase(made.id, "running");
    await control.removeWorkload(env, made.id);
    const filter = { ...EVERY_EVENT, app: made.name };
    const told = await eventually(
      () => queryEvents(env, { filter, since: null, limit: 50 }),
      ({ events }) => events.some(({ type }) => type === "instance.stopped"),
    );
    expect(told.events.map(({ type }) => type).reverse()).toEqual([
      "workload.created",
      "workload.deploying",
      "instance.started",
      "workload.running",
      "workload.removed",
      "workload.updating",
      "instance.stopped",
    ]);
  });

  it("gives each instance its workload's configuration, and calls it by its id", async () => {
    const { region } = await place(1);
    const moduleId = await module(wordCount, { wasiVersion: "preview1" });
    const config = { GREETING: "good night" };
    const { workload: made } = await workload(region, { moduleId, config });
    await phase(made.id, "running");
    const [{ id: instance, node } = { id: "", node: "" }] = await ready(made.id);
    const call = { moduleId, functionName: "greet", parameters: null, timeoutMs: 5_000 };
    const answer = await runnerOf(env, node ?? "").invoke({ ...call, instance });
    expect(answer).toMatchObject({
      result: { returnValue: expect.stringContaining("good night") },
    });
    const other = await runnerOf(env, node ?? "").invoke({ ...call, instance: "nobody.1" });
    expect(other).toEqual({ type: "notAssigned" });
  });

  it("runs a job's program to its end, and tells that it completed", async () => {
    const { region } = await place(1);
    const moduleId = await module(wordCount, { wasiVersion: "preview1" });
    const run = { completions: 2, parallelism: 1, retries: 0 };
    const entry = { functionName: "count", parameters: { text: "one two" } };
    const kind = { type: "job", run } as const;
    const { workload: made } = await workload(region, { moduleId, entry, kind });
    const record = await phase(made.id, "completed");
    expect(record.status.runs).toMatchObject([{ succeeded: 2, failed: 0, outcome: "completed" }]);
  });

  it("tells why a job failed", async () => {
    const { region } = await place(1);
    const run = { completions: 1, parallelism: 1, retries: 0 };
    const entry = { functionName: "fail", parameters: null };
    const { workload: made } = await workload(region, { entry, kind: { type: "job", run } });
    const record = await phase(made.id, "failed");
    expect(record.status.failures[0]?.reason).toMatch(/unreachable/i);
  });

  it("places a latency-aware workload where its module was measured to answer fastest", async () => {
    const { region, nodes } = await place(3);
    const { old, next } = await versions();
    const measured = [40, 4, 9];
    for (const [at, node] of nodes.entries()) {
      const p95Ms = measured[at] ?? 0;
      const totals = [{ moduleId: old, calls: 10, errors: 0, p95Ms }];
      await reportInvocations(database(env), node, totals);
    }
    const given = await spec(region, { moduleId: next, kind: { type: "deployment", replicas: 1 } });
    const placement = { ...given.placement, strategy: "latency-aware" } as const;
    const made = await control.createWorkload(env, { ...given, placement }, { principal: BY });
    await phase(made.workload.id, "running");
    expect(nodesOf(await ready(made.workload.id))).toEqual([nodes[1]]);
  });

  it("tells why an instance can't start, and tries it again", async () => {
    const { region } = await place(1);
    const entry = { functionName: "nowhere", parameters: null };
    const run = { completions: 1, parallelism: 1, retries: 1 };
    const { workload: made } = await workload(region, { entry, kind: { type: "job", run } });
    const record = await phase(made.id, "failed");
    expect(record.status.failures).toHaveLength(2);
    expect(record.status.failures[0]?.reason).toContain("exports no function nowhere");
  });
});
