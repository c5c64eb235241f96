// Calls that are ended from outside: their client has gone, or their version was taken away.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Assignment, CallAnswer } from "#domain/execution.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { SESSION_MS } from "#guest/isolate.ts";
import { digestOf } from "#stores/artifacts.ts";
import { runnerOf } from "#stores/objects.ts";
import hostile from "#test/fixtures/hostile.wat";
import sleeper from "#test/fixtures/sleeper.wat";

const BY = { owner: "deploy-1", turn: 1 };
const PROMPT_MS = 2_000;

async function loaded(nodeId: string, bytes: Uint8Array<ArrayBuffer>) {
  const name = nodeId;
  await env.ARTIFACTS.put(`${name}/1.0.0/module.wasm`, bytes);
  const functions = ["loop", "sleep", "nap"];
  const assignment: Assignment = {
    moduleId: `${name}-v1.0.0`,
    name,
    version: "1.0.0",
    digest: await digestOf(bytes),
    sizeBytes: bytes.length,
    convention: bytes === hostile ? "numbers" : "reactor",
    signatures: functions.map((name) => ({ name, style: "numbers", parameters: [], results: [] })),
    limits: DEFAULT_LIMITS,
  };
  const runner = runnerOf(env, nodeId);
  await runner.start(nodeId);
  expect(await runner.load(assignment, BY)).toBeNull();
  const call = (functionName: string, id: string = crypto.randomUUID()) => ({
    id,
    moduleId: assignment.moduleId,
    functionName,
    parameters: [],
    timeoutMs: 20_000,
  });
  return { runner, call, moduleId: assignment.moduleId };
}

type Runner = Awaited<ReturnType<typeof loaded>>["runner"];

/** Once a call runs, does what ends it; what it then answers, and how long after. */
async function ended(runner: Runner, running: Promise<CallAnswer>, end: () => Promise<void>) {
  while ((await runner.inFlight()) === 0) await scheduler.wait(5);
  await scheduler.wait(50);
  const since = performance.now();
  await end();
  const answer = await running;
  expect(performance.now() - since).toBeLessThan(PROMPT_MS);
  expect(await runner.inFlight()).toBe(0);
  return answer;
}

test.each([
  ["computes", "loop", hostile],
  ["sleeps", "sleep", sleeper],
])("a call that %s ends once its client is gone", async (...[, functionName, bytes]) => {
  const { runner, call } = await loaded(`gone-${functionName}`, bytes);
  const asked = call(functionName);
  const answer = await ended(runner, runner.invoke(asked), () => runner.cancel(asked.id));
  expect(answer).toMatchObject({ type: "fault", fault: { code: "CLIENT_GONE" } });
});

test("a call goes on past the session that it came over", async () => {
  const { runner, call } = await loaded("napping", sleeper);
  const since = performance.now();
  const answers = await Promise.all([1, 2, 3].map(() => runner.invoke(call("nap"))));
  for (const answer of answers)
    expect(answer).toMatchObject({ type: "result", result: { failure: null, returnValue: null } });
  expect(performance.now() - since).toBeGreaterThan(2 * SESSION_MS);
  expect(await runner.invoke(call("nap"))).toMatchObject({ type: "result" });
});

test.each([
  ["computes", "loop", hostile],
  ["sleeps", "sleep", sleeper],
])("a call that %s ends once its version is withdrawn", async (...[, functionName, bytes]) => {
  const { runner, call, moduleId } = await loaded(`withdrawn-${functionName}`, bytes);
  const answer = await ended(runner, runner.invoke(call(functionName)), () =>
    runner.unload(moduleId, { ...BY, turn: 2 }),
  );
  expect(answer).toMatchObject({
    type: "fault",
    fault: { code: "MODULE_WITHDRAWN", retryAfterSeconds: 1 },
  });
});

test("a call ends once its node is taken out of service", async () => {
  const { runner, call } = await loaded("stopped", hostile);
  const answer = await ended(runner, runner.invoke(call("loop")), () => runner.stop());
  expect(answer).toMatchObject({ type: "fault", fault: { code: "MODULE_WITHDRAWN" } });
});

test("an unload that comes late ends nothing, and a cancelled neighbour takes no other call along", async () => {
  const { runner, call, moduleId } = await loaded("others", hostile);
  const [one, other] = [call("loop"), call("loop")];
  const [first, second] = [runner.invoke(one), runner.invoke(other)];
  while ((await runner.inFlight()) < 2) await scheduler.wait(5);
  await runner.unload(moduleId, { ...BY, turn: 0 });
  await runner.cancel(one.id);
  expect(await first).toMatchObject({ fault: { code: "CLIENT_GONE" } });
  expect(await runner.inFlight()).toBe(1);
  await runner.cancel("of a call that nobody knows");
  await runner.cancel(other.id);
  expect(await second).toMatchObject({ fault: { code: "CLIENT_GONE" } });
});

test("an ended call is nobody's error, and its gas is counted as the node's work", async () => {
  const { runner, call, moduleId } = await loaded("counted", hostile);
  const asked = call("loop");
  const answer = await ended(runner, runner.invoke(asked), () => runner.cancel(asked.id));
  expect(answer).toMatchObject({ gasUsed: expect.any(Number) });
  expect((await runner.read([moduleId]))[moduleId]).toMatchObject({ calls: 0, errors: 0 });
});

test("a sleep ends at the call's deadline", async () => {
  const { runner, call } = await loaded("sleeping", sleeper);
  const answer = await runner.invoke({ ...call("sleep"), timeoutMs: 100 });
  expect(answer).toMatchObject({ fault: { code: "EXECUTION_TIMEOUT" } });
});
