// An application's upgrade by a policy of type rollout.edgeloom.dev/v1, under requests that come all the while.
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { getDeployment, listDeployments } from "#control/deployments.ts";
import { sweepModels } from "#control/models.ts";
import { statusOf } from "#domain/deployment.ts";
import { ORIGIN } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { unique } from "#test/builders/users.ts";
import { TRANSPORTS } from "#test/builders/wadm.ts";
import type { Ask, Transport } from "#test/builders/wadm.ts";
import { counter } from "#test/examples/bytes.ts";

type Status = { version: string; status: { type: string; message: string } };

const application = (of: {
  version: string;
  image: string;
  region: string;
  greeting: string;
  health: string;
}) => `
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: { name: app, annotations: { version: "${of.version}" } }
spec:
  components:
    - name: web
      type: component
      properties:
        image: ${of.image}
        config: [{ name: words, properties: { greeting: ${of.greeting} } }]
      traits:
        - type: spreadscaler
          properties: { instances: 2, spread: [{ name: here, requirements: { region: ${of.region} } }] }
        - type: link
          properties: { target: store, namespace: wasi, package: keyvalue, interfaces: [store, atomics] }
    - name: store
      type: capability
      properties: { image: "ghcr.io/wasmcloud/keyvalue-nats:0.3.1" }
    - name: server
      type: capability
      properties: { image: "ghcr.io/wasmcloud/http-server:0.23.0" }
      traits:
        - type: link
          properties: { target: web, namespace: wasi, package: http, interfaces: [incoming-handler] }
  policies:
    - name: with-care
      type: rollout.edgeloom.dev/v1
      properties:
        strategy: Canary
        strategyConfig: { stages: [40, 100], evaluationPeriod: PT1S }
        gates: { minimumSample: 5 }
        health: { path: /health${of.health} }
`;

describe("an upgrade with a rollout policy", () => {
  let ask: Ask;
  let lattice: string;
  let name: string;
  let region: string;
  beforeAll(async () => {
    const [, http] = TRANSPORTS as [Transport, Transport];
    ({ ask, lattice } = await http.open());
    ({ region } = await place(2));
    name = unique("counter");
    for (const version of ["1.0.0", "1.1.0"]) await module(counter, { name, version });
  });
  const deploy = async (
    version: string,
    greeting: string,
    { image = version, health = "" }: { image?: string; health?: string } = {},
  ) => {
    await ask(
      "put",
      null,
      application({ version, image: `${name}:${image}`, region, greeting, health }),
    );
    return ask("deploy", "app");
  };
  const status = () => ask<Status>("status", "app");
  /** The sweep is what goes on with a model. */
  const becomes = (type: string) =>
    eventually(
      async () => {
        await sweepModels(env);
        return status();
      },
      (told) => told.status.type === type,
    );
  const visit = async () => {
    const headers = { "CF-Connecting-IP": unique("address") };
    const url = `${ORIGIN}/run/${lattice}:8000/basket`;
    const response = await exports.default.fetch(new Request(url, { headers }));
    const version = response.headers.get("x-edgeloom-version")?.split("-v").at(-1) ?? "";
    return { status: response.status, version, text: await response.text() };
  };

  test("gets its share, then all, and no request fails or is counted twice", async () => {
    await deploy("1.0.0", "Visits");
    await becomes("deployed");
    await eventually(visit, (one) => one.status === 200);
    const seen: Awaited<ReturnType<typeof visit>>[] = [];
    const over = new AbortController();
    const load = Array.from({ length: 3 }, async () => {
      while (!over.signal.aborted) {
        seen.push(await visit());
        await scheduler.wait(10);
      }
    });
    await deploy("1.1.0", "Counted");
    const begun = await status();
    await becomes("deployed").finally(() => over.abort());
    await Promise.all(load);
    expect(begun).toMatchObject({
      version: "1.1.0",
      status: { type: "reconciling", message: expect.stringContaining(`brings ${name}-v1.1.0`) },
    });
    expect(
      new Set(seen.map((one) => `${one.status} ${one.version} ${one.text.split(" ")[0]}`)),
    ).toEqual(new Set(["200 1.0.0 Visits", "200 1.1.0 Counted"]));
    const counts = seen.map(({ text }) => Number(text.split(" ")[1]));
    expect(new Set(counts).size).toBe(counts.length);
    expect(await visit()).toMatchObject({ status: 200, version: "1.1.0" });
  });

  test("that fails its probe is taken back with the reason, and what ran before can be deployed again", async () => {
    await deploy("1.2.0", "Wrong", { image: "1.0.0", health: ", expectedStatusCodes: [418]" });
    const told = await becomes("failed");
    expect(told.status.message).toMatch(/was taken back: .*HTTP 200/);
    expect(await visit()).toMatchObject({ status: 200, version: "1.1.0" });
    await ask("deploy", "app", { version: "1.1.0" });
    expect(await becomes("deployed")).toMatchObject({ version: "1.1.0" });
    expect(await visit()).toMatchObject({
      version: "1.1.0",
      text: expect.stringMatching(/^Counted/),
    });
  });

  test("is taken back when its model is undeployed meanwhile", async () => {
    await deploy("1.3.0", "Late", { image: "1.0.0" });
    await ask("undeploy", "app");
    expect(await status()).toMatchObject({ status: { type: "undeployed" } });
    await eventually(visit, (answer) => answer.status === 404);
    const { deployments } = await listDeployments(env, {
      limit: 1,
      offset: 0,
      moduleId: `${name}-v1.0.0`,
    });
    await eventually(
      () => getDeployment(env, deployments[0]?.rollout.id ?? ""),
      ({ rollout }) => statusOf(rollout) === "RolledBack" || statusOf(rollout) === "Failed",
    );
  });
});
