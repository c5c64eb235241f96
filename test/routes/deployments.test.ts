// Deployments as they are asked for: validation, claims on a target, approval, lists.
import { beforeAll, describe, expect, test } from "vitest";
import { serverWith } from "#test/builders/client.ts";
import type { Client, Json, Problem } from "#test/builders/client.ts";
import {
  DEPLOYMENTS,
  baking,
  create,
  read,
  request,
  serve,
  start,
  steer,
  until,
} from "#test/builders/deployments.ts";
import type { Deployment } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { unique, user } from "#test/builders/users.ts";
import numbers from "#test/fixtures/numbers.wat";

let admin: Client;
let developer: Client;
let region = "";
let moduleId = "";

beforeAll(async () => {
  admin = await user("Admin");
  developer = await user("Developer");
  ({ region } = await place(1));
  moduleId = await module();
});

describe("a deployment is refused", () => {
  async function details(body: Json): Promise<readonly string[]> {
    const answer = await create(body);
    const { error } = answer.body as unknown as Problem;
    expect([answer.status, error.code]).toEqual([400, "VALIDATION_ERROR"]);
    return error.details;
  }

  const config = (strategy: string, strategyConfig: Json): Json => ({ strategy, strategyConfig });

  test.each<[string, Json, RegExp]>([
    ["an unknown strategy", config("Recreate", {}), /^strategy: expected strategy to be Canary/],
    ["stages that shrink", config("Canary", { stages: [50, 25, 100] }), /^strategyConfig.stages: /],
    ["stages that end early", config("Canary", { stages: [50] }), /^strategyConfig.stages: .*100/],
    ["half a percent", config("Canary", { stages: [0.5, 100] }), /^strategyConfig.stages.0: /],
    [
      "no duration",
      config("Canary", { evaluationPeriod: "5m" }),
      /^strategyConfig.evaluationPeriod: /,
    ],
    ["a month", config("Rolling", { batchDelay: "P1M" }), /^strategyConfig.batchDelay: /],
    ["another's field", config("Rolling", { stages: [100] }), /^strategyConfig: .*stages/],
    ["no batch", config("Rolling", { batchSize: 0 }), /^strategyConfig.batchSize: /],
    ["all on B", config("ABTesting", { variantBPercentage: 100 }), /^strategyConfig.variantB/],
    [
      "an unknown metric",
      config("ABTesting", { winnerCriteria: { metric: "beauty" } }),
      /^strategyConfig.winnerCriteria.metric: /,
    ],
    ["no target", { targetRegions: [] }, /^targetRegions: expected at least one region/],
    ["a region without nodes", { targetRegions: ["sea"] }, /^targetRegions: sea has no node/],
    ["a node that is none", { targetNodes: ["ghost"] }, /^targetNodes: ghost is not a registered/],
    ["a health check of no time", { healthCheck: { timeoutSeconds: 0 } }, /^healthCheck.timeoutS/],
    [
      "a health function that the module lacks",
      { healthCheck: { functionName: "pulse" } },
      /^healthCheck: module .* exports no function pulse/,
    ],
    ["an unknown field", { canary: true }, /canary/],
    ["no strategyConfig", { strategyConfig: undefined }, /^strategyConfig: /],
  ])("for %s, with the path to it", async (_, given, detail) => {
    expect(await details(request(moduleId, region, given))).toEqual([
      expect.stringMatching(detail),
    ]);
  });

  test("with every fault in details at once", async () => {
    const body = request("", "US", config("Canary", { stages: [5], evaluationPeriod: "soon" }));
    const found = await details(body);
    expect(found.map((detail) => detail.split(":")[0])).toEqual([
      "moduleId",
      "targetRegions.0",
      "strategyConfig.stages",
      "strategyConfig.evaluationPeriod",
    ]);
  });

  test("for a health function that needs parameters", async () => {
    const id = await module(numbers);
    const found = await details(request(id, region, { healthCheck: { functionName: "add" } }));
    expect(found).toEqual([expect.stringContaining("needs parameters for add")]);
  });

  test("for a module that is not registered", async () => {
    const { status, body } = await create(request("ghost-v1.0.0", region));
    expect([status, body]).toMatchObject([404, { error: { code: "MODULE_NOT_FOUND" } }]);
  });
});

test("a reason is some text, or isn't given", async () => {
  const id = (await create(request(await module(), region))).body.deploymentId;
  const steering = await admin.post(`${DEPLOYMENTS}/${id}/approve`, { reason: " " });
  expect([steering.status, steering.body]).toMatchObject([
    400,
    { error: { code: "VALIDATION_ERROR", details: [expect.stringContaining("reason")] } },
  ]);
});

describe("one rollout at a time", () => {
  const strategyConfig = { stages: [100], evaluationPeriod: "PT30S" };

  test("a second one of the same module and target is refused, and told which is active", async () => {
    const id = await start(
      request(await module(undefined, { name: "busy" }), region, { strategyConfig }),
    );
    const next = await module(undefined, { name: "busy", version: "2.0.0" });
    const { status, body } = await create(request(next, region));
    await steer(id, "abort");
    expect([status, body]).toMatchObject([
      409,
      { error: { code: "CONFLICT", message: expect.stringContaining(id) } },
    ]);
  });

  test("of two that wait, the second to be executed is refused, and stays Pending", async () => {
    const body = request(await module(), region, { strategyConfig });
    const first = await create(body);
    const second = await create(body);
    await steer(first.body.deploymentId, "execute");
    const { status, body: refused } = await steer(second.body.deploymentId, "execute");
    await steer(first.body.deploymentId, "abort");
    expect([status, refused]).toMatchObject([
      409,
      { error: { message: expect.stringContaining(first.body.deploymentId) } },
    ]);
    expect((await read(second.body.deploymentId)).status).toBe("Pending");
  });

  test("another region is another target", async () => {
    const elsewhere = await place(1);
    const id = await module();
    const first = await start(request(id, region, { strategyConfig }));
    await baking(first);
    const { status } = await create(request(id, elsewhere.region));
    await steer(first, "abort");
    expect(status).toBe(201);
  });
});

describe("executing", () => {
  async function pending(): Promise<string> {
    return (await create(request(await module(), region))).body.deploymentId;
  }

  function execute(by: Client, id: string, approvedBy?: string) {
    const body = approvedBy === undefined ? {} : { approvedBy };
    return by.post<Deployment & Problem>(`${DEPLOYMENTS}/${id}/execute`, body);
  }

  /** The same app where ENVIRONMENT is production. */
  function inProduction(by: Client): Client {
    return by.at(serverWith({ ENVIRONMENT: "production" }));
  }

  test("names nobody as approver who has not approved", async () => {
    const { status, body } = await execute(developer, await pending(), admin.username);
    expect([status, body.error.code]).toEqual([403, "FORBIDDEN"]);
  });

  test("does not let a Developer approve by naming himself", async () => {
    const { status } = await execute(developer, await pending(), developer.username);
    expect(status).toBe(403);
  });

  test("takes the Admin who approved before", async () => {
    const id = await pending();
    await steer(id, "approve", admin);
    const { status } = await execute(developer, id, admin.username);
    expect(status).toBe(202);
    expect(await read(id)).toMatchObject({
      approvedBy: admin.username,
      approvedAt: expect.any(String),
    });
  });

  test("by an Admin who names himself approves it", async () => {
    const id = await pending();
    await execute(admin, id, admin.username);
    expect((await read(id)).approvedBy).toBe(admin.username);
  });

  test("twice is refused", async () => {
    const id = await pending();
    await execute(developer, id);
    expect((await execute(developer, id)).status).toBe(409);
  });

  test("twice at the same time begins one rollout", async () => {
    const id = await pending();
    const answers = await Promise.all([execute(developer, id), execute(admin, id)]);
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([202, 409]);
    await until(id, "Completed");
  });

  test("in production is refused to a Developer", async () => {
    const { status, body } = await execute(inProduction(developer), await pending());
    expect([status, body.error.message]).toEqual([403, expect.stringContaining("In production")]);
  });

  test("in production is an Admin's", async () => {
    const id = await pending();
    const { status } = await execute(inProduction(admin), id, admin.username);
    expect(status).toBe(202);
    await until(id, "Completed");
  });

  test.each(["execute", "approve", "rollback", "pause", "plan", "events"])(
    "or any word (%s) to a deployment that is none is not found",
    async (word) => {
      const path = `${DEPLOYMENTS}/deploy-none/${word}`;
      const reads = word === "plan" || word === "events";
      const { status } = reads ? await admin.get(path) : await admin.post(path, {});
      expect(status).toBe(404);
    },
  );
});

describe("the list of deployments", () => {
  test("is filtered by module and status, newest first, in pages", async () => {
    const id = await module(undefined, { name: unique("listed") });
    const completed = await serve(id, region);
    const { body: second } = await create(request(id, region));
    const { body: third } = await create(request(id, region));
    const list = async (query: string): Promise<[string[], number]> => {
      const { body } = await admin.get<{ deployments: Deployment[]; total: number }>(
        `${DEPLOYMENTS}?moduleId=${id}${query}`,
      );
      return [body.deployments.map(({ deploymentId }) => deploymentId), body.total];
    };
    expect(await list("&limit=2")).toEqual([[third.deploymentId, second.deploymentId], 3]);
    expect(await list("&status=Completed")).toEqual([[completed.deploymentId], 1]);
  });

  test("refuses a status that is none", async () => {
    const { status, body } = await admin.get<Problem>(`${DEPLOYMENTS}?status=Done`);
    expect([status, body.error.details]).toEqual([400, [expect.stringMatching(/^status: /)]]);
  });
});
