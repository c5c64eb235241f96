// A node's hands: what they hold and count survives eviction; alarms may come twice.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Assignment } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { digestOf } from "#stores/artifacts.ts";
import { heartbeatOf, runnerOf } from "#stores/objects.ts";
import sound from "#test/fixtures/sound.wat";

const BY = { owner: "deploy-1", turn: 1 };

let assignment: Assignment;

beforeAll(async () => {
  await env.ARTIFACTS.put("sound/1.0.0/module.wasm", sound);
  assignment = {
    moduleId: "sound-v1.0.0",
    name: "sound",
    version: "1.0.0",
    digest: await digestOf(sound),
    sizeBytes: sound.length,
    convention: "json",
    signatures: [
      { name: "echo", style: "json", parameters: [], results: [] },
      { name: "fail", style: "json", parameters: [], results: [] },
    ],
    limits: DEFAULT_LIMITS,
  };
});

async function started(name: string) {
  const runner = runnerOf(env, name);
  expect(await runner.start(name)).toBe(true);
  return runner;
}

const call = (functionName: string) => ({
  moduleId: "sound-v1.0.0",
  functionName,
  parameters: { hello: 1 },
  timeoutMs: 5_000,
});

describe("a runner", () => {
  it("refuses a version that isn't assigned to it", async () => {
    const runner = await started("refusing");
    expect(await runner.invoke(call("echo"))).toEqual({ type: "notAssigned" });
  });

  it("runs what it holds, and still does after an eviction", async () => {
    const runner = await started("evicted");
    expect(await runner.load(assignment, BY)).toBeNull();
    await evictDurableObject(runner);
    const answer = await runner.invoke(call("echo"));
    expect(answer).toMatchObject({ type: "result", result: { returnValue: '{"hello":1}' } });
  });

  it("keeps its counters over an eviction once they were flushed", async () => {
    const runner = await started("counting");
    await runner.load(assignment, BY);
    await runner.invoke(call("echo"));
    await runner.invoke(call("fail"));
    await scheduler.wait(1_300);
    await evictDurableObject(runner);
    const counters = await runner.read(["sound-v1.0.0"]);
    expect(counters["sound-v1.0.0"]).toMatchObject({ calls: 2, errors: 1, crashes: 1 });
  });

  it("never counts less than it told, though it is lost right after", async () => {
    const runner = await started("telling");
    await runner.load(assignment, BY);
    await runner.invoke(call("fail"));
    const told = await runner.read(["sound-v1.0.0"]);
    await evictDurableObject(runner);
    expect(await runner.read(["sound-v1.0.0"])).toEqual(told);
  });

  it("measures a version's calls with their memory, and runs it in a new isolate when it is renewed", async () => {
    const runner = await started("measured");
    expect(await runner.load(assignment, BY)).toBeNull();
    await runner.invoke(call("echo"));
    await runner.renew("sound-v1.0.0");
    expect(await runner.invoke(call("echo"))).toMatchObject({ type: "result" });
    const measured = await runner.measure("sound-v1.0.0");
    expect(measured).toMatchObject({ counters: { calls: 2, errors: 0 }, inFlight: 0 });
    expect(measured.memoryBytes).toBeGreaterThan(0);
    expect(measured.memoryBytes).toBeLessThanOrEqual(measured.memoryBytesMax);
    expect(measured.gasPerMs).toBeGreaterThan(0);
  });

  it("doesn't count a caller's mistake", async () => {
    const runner = await started("blameless");
    await runner.load(assignment, BY);
    await runner.invoke(call("nowhere"));
    const counters = await runner.read(["sound-v1.0.0"]);
    expect(counters["sound-v1.0.0"]).toMatchObject({ calls: 0, errors: 0 });
  });

  it("ignores a load that arrives after the unload of a later turn", async () => {
    const runner = await started("fenced");
    await runner.load(assignment, BY);
    await runner.unload("sound-v1.0.0", { ...BY, turn: 3 });
    await runner.load(assignment, { ...BY, turn: 2 });
    expect(await runner.invoke(call("echo"))).toEqual({ type: "notAssigned" });
  });

  it("lets go of a retired version at its time, and of a reloaded one not at all", async () => {
    const runner = await started("retiring");
    await runner.load(assignment, BY);
    await runner.retire("sound-v1.0.0", { ...BY, turn: 2 }, Date.now() - 1);
    await runDurableObjectAlarm(runner);
    expect(await runner.invoke(call("echo"))).toEqual({ type: "notAssigned" });
    const later = { owner: "deploy-2", turn: 1 };
    await runner.load(assignment, later);
    await runDurableObjectAlarm(runner);
    expect(await runner.invoke(call("echo"))).toMatchObject({ type: "result" });
  });

  it("refuses an artifact whose bytes are not those that were registered", async () => {
    const runner = await started("suspicious");
    await env.ARTIFACTS.put("tampered/1.0.0/module.wasm", sound);
    const tampered = { ...assignment, moduleId: "tampered-v1.0.0", name: "tampered", digest: "00" };
    const fault = await runner.load(tampered, BY);
    expect(fault?.code).toBe("ARTIFACT_CORRUPT");
  });

  it("runs again once an artifact that could not be read is back, though the loader has seen it fail", async () => {
    const runner = await started("healing");
    const bytes = new Uint8Array([...sound, 0, 2, 1, 0x68]);
    const healing = {
      ...assignment,
      moduleId: "healing-v1.0.0",
      name: "healing",
      digest: await digestOf(bytes),
    };
    await env.ARTIFACTS.put("healing/1.0.0/module.wasm", sound);
    await runInDurableObject(runner, (_, state) => {
      state.storage.sql.exec(
        "insert into assignments (module_id, owner, turn, assignment) values ('healing-v1.0.0', 'deploy-1', 1, ?)",
        JSON.stringify(healing),
      );
    });
    await evictDurableObject(runner);
    const asked = { ...call("echo"), moduleId: "healing-v1.0.0" };
    expect(await runner.invoke(asked)).toMatchObject({ fault: { code: "ARTIFACT_CORRUPT" } });
    await env.ARTIFACTS.put("healing/1.0.0/module.wasm", bytes);
    expect(await runner.invoke(asked)).toMatchObject({ type: "result" });
  });

  it("beats once for each alarm and sets the next one, however often the alarm comes", async () => {
    const runner = await started("beating");
    const first = await heartbeatOf(env, "beating").read();
    expect(await runDurableObjectAlarm(runner)).toBe(true);
    expect(await runDurableObjectAlarm(runner)).toBe(true);
    const later = await heartbeatOf(env, "beating").read();
    expect(later.lastBeatAt).toBeGreaterThanOrEqual(first.lastBeatAt);
    expect(later.status).toBe("Healthy");
    const next = await runInDurableObject(runner, (_, state) => state.storage.getAlarm());
    expect(next).toBeGreaterThan(Date.now());
  });

  it("measures its own rate when it starts, tells it, and keeps it over an eviction", async () => {
    const runner = await started("measuring");
    const told = (await heartbeatOf(env, "measuring").read()).usage?.gasPerMs;
    expect(told).toBeGreaterThanOrEqual(1_000_000);
    expect(told).toBeLessThanOrEqual(20_000_000);
    const kept = () =>
      runInDurableObject(runner, (_, state) => state.storage.kv.get<number>("gasPerMs"));
    expect(await kept()).toBe(told);
    await evictDurableObject(runner);
    expect(await kept()).toBe(told);
  });

  it("tells its CPU by the gas that its guests used, and its counters know the gas", async () => {
    const runner = await started("working");
    await runner.load(assignment, BY);
    const answer = await runner.invoke(call("echo"));
    const gasUsed = answer.type === "result" ? answer.result.gasUsed : null;
    await runner.invoke(call("fail"));
    const counters = await runner.read(["sound-v1.0.0"]);
    expect(counters["sound-v1.0.0"]).toMatchObject({ calls: 2, gasUsed, gas: { 0: 1 } });
    await runDurableObjectAlarm(runner);
    const { usage } = await heartbeatOf(env, "working").read();
    expect(usage?.cpuUsagePercent).toBeGreaterThan(0);
    expect(usage?.cpuUsagePercent).toBeLessThan(1);
  });

  it("refuses one version more than its maxModules, and takes one that it holds again", async () => {
    const runner = await started("narrow");
    await runner.start("narrow", 1);
    expect(await runner.load(assignment, BY)).toBeNull();
    const other = { ...assignment, moduleId: "sound-v1.0.1" };
    const fault = await runner.load(other, BY);
    expect(fault?.message).toContain("holds 1 module versions; its maxModules is 1");
    expect(await runner.load(assignment, { ...BY, turn: 2 })).toBeNull();
    await runner.unload(assignment.moduleId, { ...BY, turn: 3 });
    expect(await runner.load(other, BY)).toBeNull();
  });

  it("stops beating when it is taken out of service", async () => {
    const runner = await started("leaving");
    await runner.stop();
    expect(await runDurableObjectAlarm(runner)).toBe(false);
    expect(await runner.load(assignment, BY)).toMatchObject({ code: "UNAVAILABLE" });
  });
});
