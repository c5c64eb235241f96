// The example application of two components, as its YAML stands in examples/counter: deployed, asked over HTTP, its count
// kept over an eviction, and upgraded by a policy of type rollout.edgeloom.dev/v1 under requests that come all the while.
// Nothing here sweeps: whoever follows the rollouts comes to it by itself.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { getDeployment, listDeployments } from "#control/deployments.ts";
import { findWorkload, workloadInstances } from "#control/workloads.ts";
import { statusOf } from "#domain/deployment.ts";
import { keyvalueOf, runnerOf } from "#stores/objects.ts";
import { eventually, ROUTE_SETTLE_MS } from "#test/builders/deployments.ts";
import { component, link, manifest, provider, server } from "#test/builders/manifests.ts";
import { module } from "#test/builders/modules.ts";
import { place } from "#test/builders/nodes.ts";
import { unique } from "#test/builders/users.ts";
import { becomes, openHttp, visit } from "#test/builders/wadm.ts";
import type { Ask, Status } from "#test/builders/wadm.ts";
import { counter, courier } from "#test/examples/bytes.ts";
// oxlint-disable-next-line no-restricted-imports -- An example is no room of the Worker: no alias leads to it.
import example from "../../../examples/counter/counter.yaml?raw";

const policy = (health = "") => `
  policies:
    - name: with-care
      type: rollout.edgeloom.dev/v1
      properties:
        components: [counter]
        strategy: Canary
        strategyConfig: { stages: [40, 100], evaluationPeriod: PT1S }
        gates: { minimumSample: 5, extensionsMax: 10 }
        health: { path: /health${health} }
`;

const CALLERS = 3;

/** What comes of asking again and again while the work lasts. */
async function underLoad(ask: () => Promise<string>, work: () => Promise<unknown>) {
  const seen: string[] = [];
  const over = new AbortController();
  const load = Array.from({ length: CALLERS }, async () => {
    while (!over.signal.aborted) {
      seen.push(await ask());
      await scheduler.wait(10);
    }
  });
  await work().finally(() => over.abort());
  await Promise.all(load);
  return seen;
}

/** Statuses with the first word. */
function greetings(seen: readonly string[]): Set<string> {
  return new Set(seen.map((told) => told.split(" ").slice(0, 2).join(" ")));
}

describe("the application of examples/counter", () => {
  let ask: Ask;
  let lattice: string;
  let name: string;
  let front: string;
  let region: string;
  let nodes: readonly string[];
  beforeAll(async () => {
    ({ ask, lattice } = await openHttp());
    ({ region, nodes } = await place(2));
    name = unique("counter");
    for (const version of ["1.0.0", "1.1.0"]) await module(counter, { name, version });
    front = (await module(courier)).replace("-v", ":");
  });
  const yaml = (version: string, greeting: string, of: { image: string; health?: string }) =>
    example
      .replace('version: "1.0.0"', `version: "${version}"`)
      .replace("counter:1.0.0", `${name}:${of.image}`)
      .replace("courier:1.0.0", front)
      .replace("greeting: Visits", `greeting: ${greeting}`)
      .replaceAll(
        "{ instances: 1 }",
        `{ instances: 2, spread: [{ name: here, requirements: { region: ${region} } }] }`,
      ) + policy(of.health);
  const deploy = async (...given: Parameters<typeof yaml>) => {
    await ask("put", null, yaml(...given));
    return ask("deploy", "visits");
  };
  const until = (type: string) => becomes(ask, "visits", type);
  const count = async () => {
    const response = await visit(`${lattice}:8080`, "fetch?http:counter/basket");
    return `${response.status} ${(await response.text()).trimEnd()}`;
  };

  test("keeps its count over the loss of the process that holds it", async () => {
    await deploy("1.0.0", "Visits", { image: "1.0.0" });
    await until("deployed");
    expect(await eventually(count, (told) => told.startsWith("200"))).toBe("200 Visits 1");
    await evictDurableObject(keyvalueOf(env, `${lattice}/visits-counter/visits-store/default`));
    expect(await count()).toBe("200 Visits 2");
  });

  test(
    "is upgraded by a canary: no request fails or is counted twice",
    { timeout: 90_000 },
    async () => {
      const seen = await underLoad(count, async () => {
        await deploy("1.1.0", "Counted", { image: "1.1.0" });
        expect(await ask<Status>("status", "visits")).toMatchObject({
          version: "1.1.0",
          status: {
            type: "reconciling",
            message: expect.stringContaining(`brings ${name}-v1.1.0`),
          },
        });
        await until("deployed");
      });
      expect(greetings(seen)).toEqual(new Set(["200 Visits", "200 Counted"]));
      const counts = seen.map((told) => Number(told.split(" ")[2]));
      expect(counts.toSorted((one, other) => one - other)).toEqual(counts.map((_, at) => at + 3));
      expect(await count()).toBe(`200 Counted ${counts.length + 3}`);
    },
  );

  test("that fails its probe is taken back with the reason, and what ran before can be deployed again", async () => {
    const health = ", expectedStatusCodes: [418]";
    await deploy("1.2.0", "Wrong", { image: "1.0.0", health });
    expect((await until("failed")).status.message).toMatch(/was taken back: .*HTTP 200/);
    expect(await count()).toMatch(/^200 Counted/);
    await ask("deploy", "visits", { version: "1.1.0" });
    expect(await until("deployed")).toMatchObject({ version: "1.1.0" });
    expect(await count()).toMatch(/^200 Counted/);
  });

  test(
    "has another configuration of the same version go out by a canary: no request fails or is counted twice",
    { timeout: 90_000 },
    async () => {
      const first = Number((await count()).split(" ")[2]);
      const seen = await underLoad(count, async () => {
        await deploy("1.3.0", "Greeted", { image: "1.1.0" });
        expect(await ask<Status>("status", "visits")).toMatchObject({
          status: { message: expect.stringContaining(`${name}-v1.1.0 in another configuration`) },
        });
        await until("deployed");
      });
      expect(greetings(seen)).toEqual(new Set(["200 Counted", "200 Greeted"]));
      const counts = seen.map((told) => Number(told.split(" ")[2])).toSorted((a, b) => a - b);
      expect(counts).toEqual(counts.map((_, at) => first + 1 + at));
      const after = await Promise.all(Array.from({ length: 20 }, count));
      expect(greetings(after)).toEqual(new Set(["200 Greeted"]));
      const page = { limit: 1, offset: 0, moduleId: `${name}-v1.1.0` };
      const { deployments } = await listDeployments(env, page);
      expect(deployments[0]?.rollout.plan?.previous).toBe(`${name}-v1.1.0`);
    },
  );

  test(
    "keeps the configuration that it has where another fails, and takes the next that is mended",
    { timeout: 90_000 },
    async () => {
      // There is no link by which it could tell others: each request is answered by 502.
      const wrong = "Wrong, subject: nowhere";
      const seen = await underLoad(count, async () => {
        await deploy("1.4.0", wrong, { image: "1.1.0" });
        expect((await until("failed")).status.message).toMatch(/was taken back: .*HTTP 502/);
      });
      expect(greetings(seen)).toEqual(new Set(["200 Greeted"]));
      await deploy("1.5.0", "Mended", { image: "1.1.0" });
      await until("deployed");
      expect(await count()).toMatch(/^200 Mended/);
    },
  );

  test(
    "comes to its end though every object that has a part in it is lost: only what was in flight may fail, and is told so",
    { timeout: 90_000 },
    async () => {
      const before = Number((await count()).split(" ")[2]);
      const seen = await underLoad(count, async () => {
        await deploy("1.6.0", "Survived", { image: "1.0.0" });
        const record = await findWorkload(env, {
          namespace: lattice,
          owner: "wadm",
          name: "visits-counter",
        });
        const rollout = record?.workload.rollout?.deployment ?? "";
        expect(rollout).toMatch(/^deploy-/);
        for (const object of [
          env.LATTICES.getByName(lattice),
          env.ROLLOUTS.getByName(rollout),
          env.NATS.getByName(lattice),
        ]) {
          await evictDurableObject(object);
          await scheduler.wait(200);
        }
        // These are never at rest meanwhile: what is in flight there is lost with them.
        const store = keyvalueOf(env, `${lattice}/visits-counter/visits-store/default`);
        for (const object of [store, runnerOf(env, nodes[0] ?? "")]) {
          await runInDurableObject(object, (_, state) => state.abort("lost")).catch(
            () => undefined,
          );
          await scheduler.wait(200);
        }
        await until("deployed");
      });
      const failed = seen.filter((told) => !told.startsWith("200"));
      expect(failed.length).toBeLessThanOrEqual(2 * CALLERS);
      expect(failed.filter((told) => !/^50[234] ./.test(told))).toEqual([]);
      const counted = seen.filter((told) => told.startsWith("200"));
      const counts = counted.map((told) => Number(told.split(" ")[2]));
      expect(new Set(counts).size).toBe(counts.length);
      expect(Math.min(...counts)).toBeGreaterThan(before);
      expect(await count()).toMatch(/^200 Survived/);
    },
  );

  test("tells what it waits for, and is taken back when its model is undeployed meanwhile", async () => {
    const text = yaml("1.7.0", "Late", { image: "1.0.0" });
    await ask("put", null, text.replace("PT1S", "PT1S, autoPromote: false"));
    await ask("deploy", "visits");
    await eventually(
      () => ask<Status>("status", "visits"),
      ({ status }) => status.message.includes("is paused: its wave has passed"),
    );
    await ask("undeploy", "visits");
    expect(await ask("status", "visits")).toMatchObject({ status: { type: "undeployed" } });
    await eventually(count, (told) => told.startsWith("404"));
    const page = { limit: 1, offset: 0, moduleId: `${name}-v1.0.0` };
    const { deployments } = await listDeployments(env, page);
    await eventually(
      () => getDeployment(env, deployments[0]?.rollout.id ?? ""),
      ({ rollout }) => statusOf(rollout) === "RolledBack" || statusOf(rollout) === "Failed",
    );
  });
});

test("a scaler that becomes one of the other kind keeps what stands, and no request fails", async () => {
  const { ask, lattice } = await openHttp();
  const { region, nodes } = await place(2);
  const image = await module(counter);
  const links = [link("store", "wasi:keyvalue/store,atomics")];
  const deploy = async (version: string, scaler: "spreadscaler" | "daemonscaler") => {
    const web = component("web", { image, region, scaler, config: { greeting: "Here" }, links });
    await ask(
      "put",
      null,
      manifest([web, provider("store", "keyvalue"), server("web")], { version }),
    );
    await ask("deploy", "app");
    await becomes(ask, "app", "deployed");
  };
  const standing = async () => {
    const at = { namespace: lattice, owner: "wadm", name: "app-web" };
    const { workload } = (await findWorkload(env, at)) ?? {};
    const found = workload === undefined ? [] : await workloadInstances(env, workload.id);
    return found.filter(({ phase }) => phase === "ready").map(({ id, node }) => ({ id, node }));
  };
  const greet = async () => `${(await visit(`${lattice}:8000`, "basket")).status}`;
  await deploy("1.0.0", "spreadscaler");
  await eventually(greet, (told) => told.startsWith("200"));
  const [first] = await standing();
  const seen = await underLoad(greet, async () => {
    await deploy("1.1.0", "daemonscaler");
    const now = await standing();
    expect(new Set(now.map(({ node }) => node))).toEqual(new Set(nodes));
    expect(now).toHaveLength(2);
    expect(now).toContainEqual(first);
    await deploy("1.2.0", "spreadscaler");
    expect(await standing()).toHaveLength(1);
  });
  expect(new Set(seen)).toEqual(new Set(["200"]));
});

test(
  "a component on each node of a region is upgraded by a canary too",
  { timeout: 120_000 },
  async () => {
    const { ask, lattice } = await openHttp();
    const { region, nodes } = await place(2);
    const name = unique("counter");
    const properties = {
      strategy: "Canary",
      strategyConfig: { stages: [50, 100], evaluationPeriod: "PT1S" },
      gates: { minimumSample: 5, extensionsMax: 10 },
      health: { path: "/health" },
    };
    for (const version of ["1.0.0", "1.1.0"]) await module(counter, { name, version });
    const deploy = async (version: string) => {
      const image = `${name}-v${version}`;
      const links = [link("store", "wasi:keyvalue/store,atomics")];
      const config = { greeting: version };
      const web = component("web", { image, region, scaler: "daemonscaler", config, links });
      const policies = [{ name: "with-care", type: "rollout.edgeloom.dev/v1", properties }];
      const text = manifest([web, provider("store", "keyvalue"), server("web")], {
        version,
        policies,
      });
      await ask("put", null, text);
      await ask("deploy", "app");
    };
    const greet = async () => {
      const response = await visit(`${lattice}:8000`, "basket");
      const on = response.headers.get("x-edgeloom-node") ?? "";
      return `${response.status} ${(await response.text()).split(" ")[0]} ${on}`;
    };
    await deploy("1.0.0");
    await becomes(ask, "app", "deployed");
    await eventually(greet, (told) => told.startsWith("200"));
    const seen = await underLoad(greet, async () => {
      await deploy("1.1.0");
      await becomes(ask, "app", "reconciling");
      await becomes(ask, "app", "deployed");
    });
    expect(greetings(seen)).toEqual(new Set(["200 1.0.0", "200 1.1.0"]));
    await scheduler.wait(ROUTE_SETTLE_MS);
    const after = await Promise.all(Array.from({ length: 20 }, greet));
    expect(new Set(after)).toEqual(new Set(nodes.map((node) => `200 1.1.0 ${node}`)));
  },
);
