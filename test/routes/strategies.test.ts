// The five strategies, each from its request to Completed, and the plan that tells it before.
import { beforeAll, describe, expect, test } from "vitest";
import type { Json } from "#test/builders/client.ts";
import {
  DEPLOYMENTS,
  create,
  deploy,
  events,
  execute,
  read,
  request,
  serve,
  start,
  underTraffic,
  until,
} from "#test/builders/deployments.ts";
import type { Plan } from "#test/builders/deployments.ts";
import { module, versions } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { admin } from "#test/builders/users.ts";
import slow from "#test/fixtures/slow.wat";
import sound from "#test/fixtures/sound.wat";

const regions: string[] = [];
const nodes: string[] = [];

beforeAll(async () => {
  for (const size of [2, 2]) {
    const made = await place(size);
    regions.push(made.region);
    nodes.push(...made.nodes);
  }
});

function over(moduleId: string, strategy: string, strategyConfig: Json): Json {
  return { moduleId, targetRegions: regions, strategy, strategyConfig };
}

async function planOf(body: Json): Promise<Plan> {
  const { body: created } = await create(body);
  const path = `${DEPLOYMENTS}/${created.deploymentId}/plan`;
  return (await (await admin()).get<Plan>(path)).body;
}

describe("each strategy brings a module to every node", () => {
  test.each<[string, Json]>([
    ["Canary", { stages: [25, 100], evaluationPeriod: "PT0.1S" }],
    ["BlueGreen", { healthCheckTimeout: "PT0.1S" }],
    ["Rolling", { batchSize: 2, batchDelay: "PT0.1S" }],
    ["Regional", { interRegionDelay: "PT0.1S" }],
  ])("%s", async (strategy, config) => {
    const completed = await deploy(over(await module(), strategy, config));
    expect(completed).toMatchObject({
      status: "Completed",
      strategy,
      progressPercent: 100,
      currentStage: "Complete",
      succeededNodes: expect.arrayContaining(nodes),
      failedNodes: [],
      errorMessage: null,
      completedAt: expect.any(String),
      estimatedCompletionTime: null,
    });
  });

  test("ABTesting, once B has won under traffic", async () => {
    const { name, old, next } = await versions(slow, sound);
    const [region = ""] = regions;
    await serve(old, region);
    const config = {
      variantBPercentage: 50,
      experimentDuration: "PT1.5S",
      winnerCriteria: { metric: "avg_latency_ms", threshold: 10 },
      minimumSampleSize: 3,
    };
    const { result } = await underTraffic({ moduleId: name, functionName: "echo" }, async () => {
      const body = { ...over(next, "ABTesting", config), targetRegions: [region] };
      return until(await start({ ...body, gates: { minimumSampleSize: 3 } }), "Completed");
    });
    const judged = (await events(result.deploymentId)).flatMap(({ evidence }) => evidence);
    expect(judged).toContainEqual(
      expect.objectContaining({ gate: "experiment", reason: expect.stringContaining("B wins") }),
    );
  });

  test("ABTesting withdraws B while the sample is too small", async () => {
    const { old, next } = await versions();
    const [region = ""] = regions;
    await serve(old, region);
    const config = { experimentDuration: "PT0.1S", minimumSampleSize: 1000 };
    const body = { ...over(next, "ABTesting", config), targetRegions: [region] };
    const { errorMessage } = await until(await start(body), "RolledBack");
    expect(errorMessage).toMatch(/^Experiment inconclusive: 1000 calls of each variant are needed/);
  });
});

describe("the plan", () => {
  test("of a Canary has the stages as waves", async () => {
    const config = { stages: [10, 50, 100], evaluationPeriod: "PT5M" };
    const plan = await planOf(over(await module(), "Canary", config));
    expect(plan.waves.map(({ label, nodes, bake }) => [label, nodes.length, bake])).toEqual([
      ["10% rollout", 1, "PT5M"],
      ["50% rollout", 2, "PT5M"],
      ["100% rollout", 4, "PT5M"],
    ]);
    expect(plan.duration).toBe("PT15M");
  });

  test("of a Regional follows the order that it is given", async () => {
    const regionOrder = regions.toReversed();
    const plan = await planOf(over(await module(), "Regional", { regionOrder }));
    expect(plan.waves.map(({ label }) => label)).toEqual(
      regionOrder.map((region) => `Region ${region}`),
    );
  });

  test("of a BlueGreen gives green no traffic before the switch", async () => {
    const { old, next } = await versions();
    await serve(old, regions[0] ?? "");
    const plan = await planOf(over(next, "BlueGreen", {}));
    expect(
      plan.waves.map(({ sharePercentByRegion }) => Object.values(sharePercentByRegion)),
    ).toEqual([
      [0, 0],
      [100, 100],
    ]);
  });

  test("tells the version that it would replace", async () => {
    const { old, next } = await versions();
    const [region = ""] = regions;
    await serve(old, region);
    expect((await planOf(request(next, region))).previousModuleId).toBe(old);
  });

  test("is told before anything runs: no node holds the version", async () => {
    const moduleId = await module();
    await planOf(over(moduleId, "Canary", {}));
    const { status, body } = await execute({ moduleId, functionName: "echo" });
    expect([status, body]).toMatchObject([404, { error: { code: "MODULE_NOT_DEPLOYED" } }]);
  });

  test("of a bare request has the documented defaults", async () => {
    const plans = {
      Canary: await planOf(over(await module(), "Canary", {})),
      Rolling: await planOf(over(await module(), "Rolling", {})),
      ABTesting: await planOf(over(await module(), "ABTesting", {})),
    };
    expect(plans.Canary.waves.map(({ label }) => label)).toEqual([
      "10% rollout",
      "25% rollout",
      "50% rollout",
      "100% rollout",
    ]);
    expect(plans.Rolling.waves.map(({ bake }) => bake)).toEqual([
      "PT30S",
      "PT30S",
      "PT30S",
      "PT30S",
    ]);
    expect(plans.ABTesting.waves[0]?.bake).toBe("PT2H");
  });
});

describe("while a rollout runs", () => {
  test("its stage, progress and estimate follow the true state", async () => {
    const config = { stages: [50, 100], evaluationPeriod: "PT0.1S", autoPromote: false };
    const id = await start(over(await module(), "Canary", config));
    const paused = await until(id, "Paused");
    expect(paused).toMatchObject({
      currentStage: "50% rollout",
      progressPercent: 50,
      succeededNodes: expect.any(Array),
      estimatedCompletionTime: null,
    });
    expect(paused.succeededNodes.length).toBe(2);
  });

  test("the estimate lies ahead by at least the bakes that are left", async () => {
    const config = { stages: [50, 100], evaluationPeriod: "PT1M" };
    const id = await start(over(await module(), "Canary", config));
    const { estimatedCompletionTime } = await read(id);
    expect(Date.parse(estimatedCompletionTime ?? "") - Date.now()).toBeGreaterThan(100_000);
  });
});
