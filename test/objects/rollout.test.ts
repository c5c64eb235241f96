// A rollout's shell: what it was told survives it, what it was doing goes on.
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { statusOf } from "#domain/deployment.ts";
import type { Deployment } from "#domain/deployment.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { newRollout } from "#domain/rollout/rollout.ts";
import type { Plan } from "#domain/rollout/rollout.ts";
import { planWaves } from "#domain/strategy/strategy.ts";
import { digestOf } from "#stores/artifacts.ts";
import { database } from "#stores/database.ts";
import { findDeployment, listTransitions, mirrorDeployment } from "#stores/deployments.ts";
import { insertModule } from "#stores/modules.ts";
import { rolloutOf, runnerOf } from "#stores/objects.ts";
import { readRoutes } from "#stores/routes.ts";
import sound from "#test/fixtures/sound.wat";

const db = database(env);
const TARGETS = ["r1", "r2"].map((node) => ({ node, region: "us-east" }));

let count = 0;
let moduleName = "";

beforeAll(async () => {
  for (const { node } of TARGETS) await runnerOf(env, node).start(node);
});

beforeEach(async () => {
  count += 1;
  moduleName = `sound-${count}`;
  await env.ARTIFACTS.put(`${moduleName}/1.0.0/module.wasm`, sound);
  await insertModule(db, {
    id: `${moduleName}-v1.0.0`,
    name: moduleName,
    version: "1.0.0",
    description: null,
    wasiVersion: "preview1",
    requiredInterfaces: [],
    limits: DEFAULT_LIMITS,
    metadata: {},
    files: [],
    digest: await digestOf(sound),
    sizeBytes: sound.length,
    exportedFunctions: ["health_check", "echo"],
    signatures: [
      { name: "health_check", style: "json", parameters: [], results: [] },
      { name: "echo", style: "json", parameters: [], results: [] },
    ],
    uncallable: [],
    importedInterfaces: [],
    convention: "json",
    status: "Active",
    registeredAt: 1,
    registeredBy: "ada",
  });
});

function deployment(bakeMs: number): Deployment {
  const rollout = newRollout({
    id: `deploy-${moduleName}`,
    moduleName,
    candidate: `${moduleName}-v1.0.0`,
    memoryLimitBytes: 1024 * 1024,
    strategy: { name: "Canary", stages: [50, 100], evaluationPeriodMs: bakeMs },
    health: {
      enabled: true,
      functionName: "health_check",
      expectedResult: "OK",
      timeoutMs: 1_000,
      successThreshold: 1,
      failureThreshold: 3,
    },
    gates: { minimumSample: 20, falseAlarmRate: 0.01, extensionsMax: 1 },
    autoPromote: true,
    autoRollback: true,
    createdAt: Date.now(),
    createdBy: "ada",
  });
  return { rollout, targetRegions: ["us-east"], targetNodes: [] };
}

function planOf({ rollout }: Deployment): Plan {
  const targets = { nodes: TARGETS, coverage: { "us-east": 1 }, traffic: {} };
  const before = [{ region: "us-east", entries: [] }];
  return { waves: planWaves(rollout.strategy, targets), targets: TARGETS, before, previous: null };
}

async function executed(bakeMs: number) {
  const given = deployment(bakeMs);
  const object = rolloutOf(env, given.rollout.id);
  await object.create(given);
  await object.ask({ type: "execute", actor: "ada", plan: planOf(given) });
  return { object, id: given.rollout.id };
}

describe("a rollout object", () => {
  it("is listed once it is acknowledged, and creating it again changes nothing", async () => {
    const given = deployment(100);
    const object = rolloutOf(env, given.rollout.id);
    await object.create(given);
    await object.create({ ...given, targetRegions: ["elsewhere"] });
    expect((await findDeployment(db, given.rollout.id))?.targetRegions).toEqual(["us-east"]);
  });

  it("completes, with a route whose weights sum to 100", async () => {
    const { object } = await executed(100);
    const ended = await object.settled(10_000);
    expect(ended === null ? null : statusOf(ended.rollout)).toBe("Completed");
    const [route] = await readRoutes(db, moduleName);
    expect(route?.entries.map(({ weight }) => weight)).toEqual([100]);
  });

  it("goes on after an eviction in the middle of a wave", async () => {
    const { object } = await executed(600);
    for (let evictions = 0; evictions < 4; evictions += 1) {
      await scheduler.wait(150);
      await evictDurableObject(object);
      await object.read();
    }
    const ended = await object.settled(15_000);
    expect(ended === null ? null : statusOf(ended.rollout)).toBe("Completed");
  });

  it("takes an alarm twice as it takes it once", async () => {
    const { object, id } = await executed(300);
    for (let alarms = 0; alarms < 6; alarms += 1) {
      await Promise.all([runDurableObjectAlarm(object), object.wake()]);
      await scheduler.wait(50);
    }
    await object.settled(10_000);
    const { transitions } = await listTransitions(db, id, { limit: 100, offset: 0 });
    expect(transitions.map(({ sequence }) => sequence)).toEqual(
      transitions.map((_, index) => index),
    );
    expect(transitions.filter(({ to }) => to === "completed")).toHaveLength(1);
  });

  it("records every transition with actor and reason, without a gap", async () => {
    const { object, id } = await executed(100);
    await object.settled(10_000);
    const { transitions } = await listTransitions(db, id, { limit: 100, offset: 0 });
    expect(transitions.length).toBeGreaterThan(10);
    expect(transitions.every(({ actor, reason }) => actor !== "" && reason !== "")).toBe(true);
  });

  it("isn't listed as ended before its last transition is recorded", async () => {
    const { object, id } = await executed(100);
    const ended = await object.settled(10_000);
    const listed = await findDeployment(db, id);
    const late = { ...(ended ?? deployment(1)) };
    const rollout = { ...late.rollout, id: `${id}-late` };
    const transition = {
      sequence: 1,
      at: 1,
      actor: "ada",
      from: "a",
      to: "b",
      reason: "c",
      evidence: [],
    };
    await mirrorDeployment(db, { ...late, rollout }, transition);
    expect(await findDeployment(db, rollout.id)).toBeNull();
    expect(listed?.rollout.phase.name).toBe("completed");
  });

  it("says why a verb doesn't apply", async () => {
    const given = deployment(100);
    const object = rolloutOf(env, given.rollout.id);
    await object.create(given);
    const outcome = await object.ask({ type: "resume", actor: "ada", reason: null });
    expect(outcome).toMatchObject({ fault: { code: "CONFLICT" } });
  });

  it("refuses a second rollout of the same target while one is active", async () => {
    await executed(5_000);
    const second = deployment(100);
    const rollout = { ...second.rollout, id: `${second.rollout.id}-again` };
    const object = rolloutOf(env, rollout.id);
    await object.create({ ...second, rollout });
    const outcome = await object.ask({ type: "execute", actor: "ada", plan: planOf(second) });
    expect(outcome).toMatchObject({ fault: { code: "CONFLICT" } });
    expect("fault" in outcome && outcome.fault.message).toContain(`deploy-${moduleName}`);
  });
});
