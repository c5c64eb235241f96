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
import type { Problem } from "#test/builders/client.ts";
import { MODULES, module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { ADMIN, login } from "#test/builders/users.ts";
import { runnerOf } from "#stores/objects.ts";
import { courier } from "#test/examples/bytes.ts";
import hostile from "#test/fixtures/hostile.wat";

type Bytes = Uint8Array<ArrayBuffer>;

const LOOP = { functionName: "loop" };

function running(nodeId: string | undefined, calls: number) {
  const runner = runnerOf(env, nodeId ?? "");
  return eventually(
    () => runner.inFlight(),
    (inFlight) => inFlight === calls,
    5_000,
  );
}

/** A request of the admin's, and what breaks it off. */
async function asking(path: string, init: RequestInit) {
  const { body } = await login(ADMIN);
  const client = new AbortController();
  const headers = { Authorization: `Bearer ${body.token}`, "Content-Type": "application/json" };
  const request = new Request(`${ORIGIN}${path}`, { ...init, headers, signal: client.signal });
  return { asked: exports.default.fetch(request), leave: () => client.abort() };
}

const spinPath = (id: string): string => `${MODULES}/${id}/http/spin`;

test.each<[string, Bytes, (id: string) => [path: string, init: RequestInit]]>([
  [
    "call",
    hostile,
    (id) => [EXECUTE, { method: "POST", body: JSON.stringify({ ...LOOP, moduleId: id }) }],
  ],
  ["request to a component", courier, (id) => [spinPath(id), {}]],
])("a %s stops on its node when its client goes away", async (_, bytes, path) => {
  const { region, nodes } = await place(1);
  const id = await module(bytes);
  await serve(id, region);
  const { asked, leave } = await asking(...path(id));
  await running(nodes[0], 1);
  leave();
  await expect(asked).rejects.toThrow("abort");
  await running(nodes[0], 0);
});

test("a request to a component that an abort withdraws is told so", async () => {
  const { region, nodes } = await place(1);
  const id = await module(courier);
  const strategyConfig = { stages: [100], evaluationPeriod: "PT60S" };
  const given = { strategyConfig, healthCheck: { enabled: false } };
  const deployment = await start(request(id, region, given));
  const ask = async (path: string) => (await asking(`${MODULES}/${id}/http${path}`, {})).asked;
  await eventually(
    () => ask("/health"),
    ({ status }) => status === 200,
  );
  const asked = ask("/spin");
  await running(nodes[0], 1);
  await steer(deployment, "abort");
  const response = await asked;
  const { error } = await response.json<Problem>();
  expect([response.status, error.code]).toEqual([503, "MODULE_WITHDRAWN"]);
  await until(deployment, "RolledBack");
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
