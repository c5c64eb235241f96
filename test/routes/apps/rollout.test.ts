// PUT /api/v1/apps/{app}/spec with a rollout section: the app's new version under real requests through the ingress.
import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { APPS, appOf, image, send, specOf, start, untilApp } from "#test/builders/apps.ts";
import { ORIGIN } from "#test/builders/client.ts";
import type { AppAnswer } from "#test/builders/apps.ts";
import type { Answer, Json } from "#test/builders/client.ts";
import { eventually, steer, until } from "#test/builders/deployments.ts";
import { place } from "#test/builders/nodes.ts";
import { unique } from "#test/builders/users.ts";

const NEXT = [{ name: "GREETING", value: "good night" }];
const QUICK = {
  strategy: "Canary",
  strategyConfig: { stages: [40, 100], evaluationPeriod: "PT1S" },
};
const LONG = {
  strategy: "Canary",
  strategyConfig: { stages: [40, 100], evaluationPeriod: "PT1H" },
};

type App = { readonly name: string; readonly module: string };

async function running(replicas = 2): Promise<App> {
  const [name, module] = [unique("app"), unique("shop")];
  const shop = await image("1.0.0", module);
  await image("2.0.0", module);
  const scaling = { mode: "manual" };
  await send("POST", `${APPS}/register`, { json: specOf(name, shop, { scaling }) });
  const { status, body } = await start(name, { replicas, timeout: 20 });
  if (status !== 200) throw new Error(`not started: ${JSON.stringify(body)}`);
  return { name, module };
}

function put({ name, module }: App, version: string, more: Json = {}): Promise<Answer> {
  const given = specOf(name, `${module}:${version}`, { scaling: { mode: "manual" }, ...more });
  const json = more["rollout"] === undefined ? given : { ...given, spec: greeting(given) };
  return send("PUT", `${APPS}/${name}/spec`, { json });
}

function greeting({ spec }: Json): Json {
  return { ...(spec as Json), env: NEXT };
}

async function visit({ name }: App): Promise<{ status: number; version: string; text: string }> {
  const headers = { "CF-Connecting-IP": `address-of-${name}` };
  const response = await exports.default.fetch(new Request(`${ORIGIN}/run/${name}/`, { headers }));
  const text = await response.text();
  const version = response.headers.get("x-edgeloom-version")?.split("-v").at(-1) ?? "";
  return { status: response.status, version, text: text.replace(/ [0-9a-f]{8}\n$/, "") };
}

const versions = async (app: App): Promise<string[]> => {
  const visits = await Promise.all(Array.from({ length: 12 }, () => visit(app)));
  return [...new Set(visits.map(({ version }) => version))];
};

async function rolledOut({ name, module }: App): Promise<AppAnswer> {
  const { status, body } = await put({ name, module }, "2.0.0", { rollout: QUICK });
  expect([status, body]).toMatchObject([
    200,
    { status: "updating", image: `${module}:2.0.0`, deployment_id: expect.any(String) },
  ]);
  expect(await appOf(name)).toMatchObject({ status: "updating", rollout: { stage: "rolling" } });
  return untilApp(name, (now) => now.rollout === undefined && now.status === "running");
}

describe("an app's new version", () => {
  beforeAll(() => place(2));

  test("gets its share, then all requests, then the replicas, and no request fails", async () => {
    const app = await running();
    const seen: Awaited<ReturnType<typeof visit>>[] = [];
    const over = new AbortController();
    const load = Array.from({ length: 3 }, async () => {
      while (!over.signal.aborted) {
        seen.push(await visit(app));
        await scheduler.wait(10);
      }
    });
    const after = await rolledOut(app).finally(() => over.abort());
    await Promise.all(load);
    expect(after.containers.map(({ version }) => version)).toEqual(
      Array.from({ length: 2 }, () => `${app.module}-v2.0.0`),
    );
    expect(new Set(seen.map((one) => `${one.status} ${one.version} ${one.text}`))).toEqual(
      new Set(["200 1.0.0 hello", "200 2.0.0 good night"]),
    );
    const { body: spec } = await send("GET", `${APPS}/${app.name}/spec`);
    expect(spec).toMatchObject({ spec: { image: `${app.module}:2.0.0`, env: NEXT } });

    // The rollout holds nothing any more: what the replicas run is what is asked.
    await put(app, "1.0.0");
    await eventually(
      () => versions(app),
      (all) => all.join() === "1.0.0",
    );
  });

  test("that fails its probe is taken back, and the app tells why", async () => {
    const app = await running(1);
    const healthCheck = { path: "/broken", periodSeconds: 1, initialDelaySeconds: 0 };
    await put(app, "2.0.0", { rollout: QUICK, healthCheck });
    const after = await untilApp(app.name, ({ rollout }) => rollout === undefined);
    expect(after).toMatchObject({
      status: "running",
      error: expect.stringMatching(/was taken back: .*HTTP 500/),
    });
    expect(await versions(app)).toEqual(["1.0.0"]);
    const { body } = await send("GET", `${APPS}/${app.name}/spec`);
    expect(body).toMatchObject({ spec: { image: `${app.module}:1.0.0` } });
    const events = await send("GET", `${APPS}/${app.name}/events?type=error`);
    expect(JSON.stringify(events.body)).toContain("was taken back");
  });

  test("is aborted like any rollout, refuses another change meanwhile, and ends with a stop", async () => {
    const app = await running(1);
    const { body } = await put(app, "2.0.0", { rollout: LONG });
    const deployment = body["deployment_id"] as string;
    await eventually(
      () => versions(app),
      (all) => all.includes("2.0.0"),
    );
    expect((await put(app, "2.0.0")).body).toMatchObject({ code: "CONFLICT" });
    await steer(deployment, "abort");
    await until(deployment, "RolledBack");
    await untilApp(app.name, ({ rollout }) => rollout === undefined);

    const again = await put(app, "2.0.0", { rollout: LONG });
    await send("POST", `${APPS}/${app.name}/stop`, { json: { timeout: 5 } });
    await until(again.body["deployment_id"] as string, "RolledBack");
    expect((await appOf(app.name)).rollout).toBeUndefined();
  });

  test("must be one of the same module, which no other app runs", async () => {
    const app = await running(1);
    const other = { ...app, module: (await image("2.0.0")).split(":")[0] ?? "" };
    expect((await put(other, "2.0.0", { rollout: QUICK })).body).toMatchObject({
      code: "INVALID_SPEC",
      details: expect.stringContaining(`rollout: expected a version of ${app.module}`),
    });
    const neighbour = unique("app");
    const json = specOf(neighbour, `${app.module}:1.0.0`);
    await send("POST", `${APPS}/register`, { json });
    await start(neighbour, { replicas: 1, timeout: 20 });
    expect((await put(app, "2.0.0", { rollout: QUICK })).body).toMatchObject({
      code: "CONFLICT",
      details: expect.stringContaining(neighbour),
    });
  });
});
