// /api/v1/config: what is changed is in effect, recorded and told; what can't be is refused by its name.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { sweep } from "#control/sweep.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { queryEvents } from "#stores/events.ts";
import type { Client, Json } from "#test/builders/client.ts";
import { recordedOf } from "#test/builders/ledger.ts";
import { admin } from "#test/builders/users.ts";

const CONFIG = "/api/v1/config";
const DAY_MS = 86_400_000;
let by: Client;

beforeAll(async () => {
  by = await admin();
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

describe("the configuration", () => {
  test("begins with what was deployed", async () => {
    const { status, body } = await by.get(CONFIG);
    expect([status, body]).toMatchObject([
      200,
      {
        version: "1.0.0",
        scaling: { default_cooldown: 180 },
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
    expect((await put({ retention: rest["retention"], health: rest["health"] })).status).toBe(200);
  });

  test("refuses what can't be changed by its name, and changes nothing of the rest", async () => {
    const before = (await by.get(CONFIG)).body;
    const { status, body } = await put({
      scaling: { default_cooldown: 300 },
      database: { pool_size: 3 },
      retention: { runs_days: 9 },
    });
    expect([status, body["code"]]).toEqual([400, "VALIDATION_ERROR"]);
    expect(body.details).toContain("scaling.default_cooldown: can't be changed");
    expect(body.details).toContain("it is 180");
    expect(body.details).toContain("database.pool_size: there is no such setting");
    expect((await by.get(CONFIG)).body).toEqual(before);
  });

  test.each([0, 366, 1.5, "7"])("refuses %j days", async (days) => {
    const { status, body } = await put({ retention: { events_days: days } });
    expect(status).toBe(400);
    expect(body.details).toContain("retention.events_days");
  });
});
