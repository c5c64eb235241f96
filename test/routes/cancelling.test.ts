// A call ends when nobody waits for it, and when the rollout that brought its version takes it back.
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import {
  EXECUTE,
  eventually,
  execute,
  request,
  serve,
  start,
  steer,
  until,
} from "#test/builders/deployments.ts";
import { ORIGIN } from "#test/builders/client.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { ADMIN, login } from "#test/builders/users.ts";
import { runnerOf } from "#stores/objects.ts";
import hostile from "#test/fixtures/hostile.wat";

const LOOP = { functionName: "loop" };

function running(nodeId: string | undefined, calls: number) {
  const runner = runnerOf(env, nodeId ?? "");
  return eventually(
    () => runner.inFlight(),
    (inFlight) => inFlight === calls,
    5_000,
  );
}

test("a call stops on its node when its client goes away", async () => {
  const { region, nodes } = await place(1);
  const id = await module(hostile);
  await serve(id, region);
  const { body } = await login(ADMIN);
  const client = new AbortController();
  const asked = exports.default.fetch(
    new Request(`${ORIGIN}${EXECUTE}`, {
      method: "POST",
      signal: client.signal,
      headers: { Authorization: `Bearer ${body.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ ...LOOP, moduleId: id }),
    }),
  );
  await running(nodes[0], 1);
  client.abort();
  await expect(asked).rejects.toThrow("abort");
  await running(nodes[0], 0);
});

test("a call of a version that an abort withdraws is told so", async () => {
  const { region, nodes } = await place(1);
  const id = await module(hostile);
  const strategyConfig = { stages: [100], evaluationPeriod: "PT60S" };
  const given = { strategyConfig, healthCheck: { enabled: false } };
  const deployment = await start(request(id, region, given));
  await eventually(
    () => execute({ moduleId: id, functionName: "grow" }),
    ({ status }) => status === 200,
  );
  const asked = execute({ ...LOOP, moduleId: id });
  await running(nodes[0], 1);
  await steer(deployment, "abort");
  const { status, body, headers } = await asked;
  expect([status, body.error?.code]).toEqual([503, "MODULE_WITHDRAWN"]);
  expect(headers.get("Retry-After")).toBe("1");
  await until(deployment, "RolledBack");
});
