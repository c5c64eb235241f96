// A rollout on its way: gates that catch a bad version, the verbs that steer it, and the way back.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Client, Json } from "#test/builders/client.ts";
import {
  DEPLOYMENTS,
  ROUTE_SETTLE_MS,
  baking,
  create,
  deploy,
  events,
  execute,
  request,
  serve,
  start,
  steer,
  underTraffic,
  until,
} from "#test/builders/deployments.ts";
import type { Deployment } from "#test/builders/deployments.ts";
import { module, versions } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { unique, user } from "#test/builders/users.ts";
import broken from "#test/fixtures/broken.wat";
import ill from "#test/fixtures/ill.wat";
import sound from "#test/fixtures/sound.wat";

let region = "";
let nodes: string[] = [];
let operator: Client;

beforeAll(async () => {
  ({ region, nodes } = await place(2));
  operator = await user("Operator");
});

function canary(moduleId: string, config: Json, given: Json = {}): Json {
  const strategyConfig = { stages: [50, 100], evaluationPeriod: "PT0.1S", ...config };
  return request(moduleId, region, { strategyConfig, ...given });
}

async function rollback(id: string): Promise<Deployment> {
  const { body } = await operator.post<Deployment>(`${DEPLOYMENTS}/${id}/rollback`, {
    reason: "it is slow",
  });
  return body;
}

async function answeredBy(moduleName: string): Promise<string> {
  const { body } = await execute({ moduleId: moduleName, functionName: "echo" });
  return body.moduleId;
}

describe("a bad version", () => {
  test("is caught by a gate under traffic, and the version before answers again", async () => {
    const { name, old, next } = await versions(sound, broken);
    await serve(old, region);
    const call = { moduleId: name, functionName: "echo" };
    const { result, answers } = await underTraffic(call, async () => {
      const id = await start(canary(next, { evaluationPeriod: "PT1.5S" }));
      return until(id, "RolledBack");
    });
    expect(answers.some(({ body }) => body.success)).toBe(true);
    expect(answers.some(({ body }) => body.error?.code === "GUEST_TRAP")).toBe(true);
    expect(result).toMatchObject({
      previousModuleId: old,
      progressPercent: 0,
      succeededNodes: [],
      errorMessage: expect.stringMatching(/^(Error|Crash) rate: /),
    });
    await scheduler.wait(ROUTE_SETTLE_MS);
    expect(await answeredBy(name)).toBe(old);
  });

  test("whose health function says something else gets no traffic at all", async () => {
    const { name, old, next } = await versions(sound, ill);
    await serve(old, region);
    const id = await start(canary(next, { failureThreshold: 2 }));
    const { errorMessage, failedNodes } = await until(id, "RolledBack");
    expect(errorMessage).toMatch(
      /^Health checks failed at stage 50%: expected "OK", got "ILL" on node .*, 2 times in a row\.$/,
    );
    expect(failedNodes.length).toBe(1);
    expect((await events(id)).map(({ to }) => to)).not.toContain("baking");
    expect(await answeredBy(name)).toBe(old);
  });

  test("that replaces nothing ends as Failed", async () => {
    const id = await start(canary(await module(ill), { failureThreshold: 1 }));
    const { previousModuleId } = await until(id, "Failed");
    expect(previousModuleId).toBeNull();
  });

  test("is taken off every node, those that had succeeded too", async () => {
    const { old, next } = await versions(sound, ill);
    await serve(old, region);
    await until(await start(canary(next, { failureThreshold: 1 })), "RolledBack");
    const { status } = await execute({ moduleId: next, functionName: "echo" });
    expect(status).toBe(404);
  });

  test("waits for a person where autoRollbackEnabled is false", async () => {
    const body = canary(await module(ill), { failureThreshold: 1 }, { autoRollbackEnabled: false });
    const id = await start(body);
    const { errorMessage } = await until(id, "Paused");
    await steer(id, "abort");
    expect(errorMessage).toMatch(/^Health checks failed/);
  });

  test("pauses a Rolling deployment after its batch was taken back", async () => {
    const { old, next } = await versions(sound, ill);
    await serve(old, region);
    const given = { strategy: "Rolling", strategyConfig: { failureThreshold: 1 } };
    const id = await start(request(next, region, given));
    const { failedNodes } = await until(id, "Paused");
    await steer(id, "abort");
    expect(failedNodes.length).toBe(1);
  });
});

describe("a person's word", () => {
  test("promotes a stage that waits for it", async () => {
    const id = await start(canary(await module(), { autoPromote: false }));
    await until(id, "Paused");
    await steer(id, "promote", operator);
    expect((await until(id, "Completed")).succeededNodes.length).toBe(nodes.length);
  });

  test("pauses a rollout, and resumes it to its end", async () => {
    const id = await start(canary(await module(), { evaluationPeriod: "PT0.5S" }));
    const paused = await steer(id, "pause", operator);
    expect([paused.status, paused.body.status]).toEqual([200, "Paused"]);
    await scheduler.wait(700);
    expect((await steer(id, "resume", operator)).body.status).toBe("InProgress");
    await until(id, "Completed");
  });

  test("aborts a rollout: no route leads to the candidate", async () => {
    const { name, old, next } = await versions();
    await serve(old, region);
    const id = await start(canary(next, { stages: [100], evaluationPeriod: "PT30S" }));
    await baking(id);
    await steer(id, "abort", operator);
    await until(id, "RolledBack");
    await scheduler.wait(ROUTE_SETTLE_MS);
    expect(await answeredBy(name)).toBe(old);
  });

  test("aborts a deployment that never began", async () => {
    const { body } = await create(canary(await module(), {}));
    const aborted = await steer(body.deploymentId, "abort", operator);
    expect([aborted.status, aborted.body.status]).toEqual([200, "RolledBack"]);
  });

  test("retries a wave that failed, once its cause is gone", async () => {
    const name = unique("healed");
    const id = await module(sound, { name });
    const key = `${name}/1.0.0/module.wasm`;
    const bytes = await (await env.ARTIFACTS.get(key))?.arrayBuffer();
    const { objects } = await env.ARTIFACTS.list({ prefix: ".prepared/" });
    await env.ARTIFACTS.delete([key, ...objects.map(({ key }) => key)]);
    const deployment = await start(canary(id, {}, { autoRollbackEnabled: false }));
    await until(deployment, "Paused");
    await env.ARTIFACTS.put(key, bytes ?? "");
    await steer(deployment, "retry", operator);
    expect((await until(deployment, "Completed")).failedNodes).toEqual([]);
  });

  test.each(["pause", "resume", "promote", "retry", "abort", "approve", "execute"])(
    "%s is refused once the rollout is over",
    async (verb) => {
      const id = await completed();
      const by = await admins();
      const { status, body } = await steer(id, verb, by);
      expect([status, body]).toMatchObject([409, { error: { code: "CONFLICT" } }]);
    },
  );

  let over: Promise<string> | null = null;
  let admin: Promise<Client> | null = null;

  function completed(): Promise<string> {
    over ??= module()
      .then((id) => serve(id, region))
      .then(({ deploymentId }) => deploymentId);
    return over;
  }

  function admins(): Promise<Client> {
    admin ??= user("Admin");
    return admin;
  }
});

describe("the way back", () => {
  test("of a Completed deployment restores the version before, answers when it is done", async () => {
    const { name, old, next } = await versions();
    await serve(old, region);
    const { deploymentId } = await deploy(canary(next, {}));
    expect(await rollback(deploymentId)).toEqual({
      deploymentId,
      status: "RolledBack",
      previousModuleId: old,
      rollbackCompletedAt: expect.any(String),
    });
    await scheduler.wait(ROUTE_SETTLE_MS);
    expect(await answeredBy(name)).toBe(old);
  });

  test("is refused where a later deployment has changed the routes", async () => {
    const { name, old, next } = await versions();
    const first = await serve(old, region);
    await serve(next, region);
    const path = `${DEPLOYMENTS}/${first.deploymentId}/rollback`;
    const { status, body } = await operator.post(path, {});
    expect([status, body]).toMatchObject([
      409,
      {
        error: {
          message: expect.stringContaining(`The routes of ${name} in ${region} were changed`),
        },
      },
    ]);
  });

  test("of a first version takes it out of service", async () => {
    const id = await module();
    const { deploymentId } = await serve(id, region);
    await rollback(deploymentId);
    await scheduler.wait(ROUTE_SETTLE_MS);
    expect((await execute({ moduleId: id, functionName: "echo" })).status).toBe(404);
  });
});

describe("the events", () => {
  test("name for each transition its actor and reason, without a gap", async () => {
    const { old, next } = await versions();
    await serve(old, region);
    const { deploymentId } = await deploy(canary(next, {}));
    await rollback(deploymentId);
    const told = await events(deploymentId);
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index));
    expect(told.filter(({ actor, reason }) => actor === "" || reason === "")).toEqual([]);
    expect(told).toContainEqual(
      expect.objectContaining({
        from: "completed",
        actor: operator.username,
        reason: "it is slow",
      }),
    );
  });

  test("begin with who created and who executed it", async () => {
    const created = await create(canary(await module(), {}));
    const { deploymentId, createdBy } = created.body;
    const by = await user("Developer");
    await steer(deploymentId, "execute", by);
    await until(deploymentId, "Completed");
    const told = (await events(deploymentId)).slice(0, 3);
    expect(told.map(({ actor, from, to }) => [actor, from, to])).toEqual([
      [createdBy, "none", "pending"],
      [by.username, "pending", "claiming"],
      ["system", "claiming", "loading"],
    ]);
  });

  test("carry the numbers that a gate decided by", async () => {
    const { deploymentId } = await deploy(canary(await module(), {}));
    const judged = (await events(deploymentId)).filter(({ from }) => from === "judging");
    expect(judged.map(({ evidence }) => evidence.map(({ gate }) => gate))).toEqual([
      ["health", "errorRate", "latency", "crashes", "memory", "gas"],
      ["health", "errorRate", "latency", "crashes", "memory", "gas"],
    ]);
  });
});
