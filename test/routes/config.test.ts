// /api/v1/config: what is changed is in effect, recorded and told; what can't be is refused by its name.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { sweep } from "#control/sweep.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { queryEvents } from "#stores/events.ts";
import { APPS, registerApp, runApp } from "#test/builders/apps.ts";
import type { Client, Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { recordedOf } from "#test/builders/ledger.ts";
import { place } from "#test/builders/nodes.ts";
import { admin } from "#test/builders/users.ts";

const CONFIG = "/api/v1/config";
const DAY_MS = 86_400_000;
let by: Client;

beforeAll(async () => {
  by = await admin();
  await place(1);
});

const put = (json: Json) => by.send<Json & { details: string }>("PUT", CONFIG, { json });

async function insertRunEnded(id: string, daysAgo: number): Promise<void> {
  const at = Date.now() - daysAgo * DAY_MS;
  await env.DB.prepare(
    "INSERT INTO runs (id, kind, name, command, arguments, dependencies, status, batch, version, created_by, created_at, started_at, ended_at, generation) VALUES (?, 'task', 'a', 'b', '[]', '[]', 'Completed', '{}', 1, 'me', ?, ?, ?, 1)",
  )
    .bind(id, at, at, at)
    .run();
}

async function runIds(): Promise<unknown[]> {
  const { results } = await env.DB.prepare("SELECT id FROM runs ORDER BY id").all();
  return results.map(({ id }) => id);
}

async function policyOf(name: string) {
  type Scaling = { policy: { cooldown_seconds: number } };
  type Health = { health_check_config: { period_seconds: number } };
  const [scaling, health] = await Promise.all([
    by.get<Scaling>(`${APPS}/${name}/scaling`),
    by.get<Health>(`${APPS}/${name}/health`),
  ]);
  return {
    cooldown: scaling.body.policy.cooldown_seconds,
    period: health.body.health_check_config.period_seconds,
  };
}

/** Now, and when an app that stands as it should is looked at next. */
async function checkOf(name: string): Promise<[number, number]> {
  const alarm = await runInDurableObject(env.APPS.getByName(name), (_, { storage }) =>
    storage.getAlarm(),
  );
  return [Date.now(), alarm ?? 0];
}

describe("the configuration", () => {
  test("begins with what was deployed", async () => {
    const { status, body } = await by.get(CONFIG);
    expect([status, body]).toMatchObject([
      200,
      {
        version: "1.0.0",
        controller: { host: "edgeloom.test", port: 443 },
        database: { name: "DB" },
        scaling: { default_check_interval: 30, default_cooldown: 180 },
        health: {
          default_check_interval: 30,
          default_timeout: 5,
          default_failure_threshold: 3,
        },
        retention: { events_days: 30, metrics_days: 7, runs_days: 30 },
        revision: 0,
        changed_by: null,
      },
    ]);
  });

  test("is in effect at the next sweep, and keeps what was not given", async () => {
    await insertRunEnded("old", 3);
    await insertRunEnded("young", 1);
    await sweep(env);
    expect(await runIds()).toEqual(["old", "young"]);
    const { status, body } = await put({ retention: { runs_days: 2 } });
    expect([status, body["retention"]]).toEqual([
      200,
      { events_days: 30, metrics_days: 7, runs_days: 2 },
    ]);
    await sweep(env);
    expect(await runIds()).toEqual(["young"]);
  });

  test("takes the document's example, and holds for what is registered from then on", async () => {
    const before = await registerApp({ healthCheck: undefined });
    const { status, body } = await put({
      scaling: { default_check_interval: 45, default_cooldown: 300 },
      health: { default_check_interval: 15 },
    });
    expect([status, body]).toMatchObject([
      200,
      {
        scaling: { default_check_interval: 45, default_cooldown: 300 },
        health: { default_check_interval: 15, default_timeout: 5, default_failure_threshold: 3 },
      },
    ]);
    const after = await registerApp({ healthCheck: undefined });
    const said = await registerApp({ scaling: { cooldownSeconds: 7 } });
    expect(await Promise.all([before, after, said].map(policyOf))).toEqual([
      { cooldown: 180, period: 30 },
      { cooldown: 300, period: 15 },
      { cooldown: 7, period: 1 },
    ]);
  });

  test("is in effect at once in an app that runs", async () => {
    await put({ scaling: { default_check_interval: 3600 } });
    const scaling = { windowSeconds: 7200 };
    const name = await runApp(1, { scaling, healthCheck: { periodSeconds: 7200 } });
    const [, atLeast] = await eventually(
      () => checkOf(name),
      ([now, at]) => at - now > 60_000,
    );
    await put({ scaling: { default_check_interval: 20 } });
    const [now, at] = await eventually(
      () => checkOf(name),
      ([, at]) => at < atLeast,
    );
    expect(at - now).toBeLessThanOrEqual(20_000);
  });

  test("is recorded and told when it changes, with what it was", async () => {
    const { headers, body } = await put({ retention: { events_days: 60 } });
    expect(body).toMatchObject({ changed_by: by.username, changed_at: expect.any(String) });
    expect(await recordedOf(headers.get("X-Request-Id"))).toMatchObject([
      { actor: by.username, action: "config:change", resource: "config:*", result: "success" },
    ]);
    const filter = { ...EVERY_EVENT, types: ["config.changed"] };
    const { events } = await queryEvents(env, { filter, since: null, limit: 1 });
    expect(events[0]?.data).toMatchObject({
      previous: { retention: { events: 30 } },
      new: { retention: { events: 60 } },
    });
  });

  test("takes itself back as it was read", async () => {
    const { body } = await by.get(CONFIG);
    const { changed_at: _, ...rest } = body;
    expect((await put(rest)).status).toBe(200);
  });

  test("refuses what can't be changed by its name, and changes nothing of the rest", async () => {
    const before = (await by.get(CONFIG)).body;
    const { status, body } = await put({
      controller: { workers: 9 },
      scaling: { max_concurrent_scales: 3 },
      database: { pools: 3 },
      retention: { runs_days: 9 },
    });
    expect([status, body["code"]]).toEqual([400, "VALIDATION_ERROR"]);
    expect(body.details).toContain("controller.workers: can't be changed");
    expect(body.details).toContain("it is 3");
    expect(body.details).toContain("scaling.max_concurrent_scales: can't be changed");
    expect(body.details).toContain("database.pools: there is no such setting");
    expect((await by.get(CONFIG)).body).toEqual(before);
  });

  test.each([0, 366, 1.5, "7"])("refuses %j days", async (days) => {
    const { status, body } = await put({ retention: { events_days: days } });
    expect(status).toBe(400);
    expect(body.details).toContain("retention.events_days");
  });
});
