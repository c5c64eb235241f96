// Webhooks, sent to a receiver on loopback that fails, stalls, redirects and lies.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook as Standard } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { sweepWebhooks } from "#control/webhooks.ts";
import { publish, setHooks } from "#stores/events.ts";
import type { Client } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { newEvent } from "#test/builders/events.ts";
import type { Enveloped, Refusal } from "#test/builders/runs.ts";
import { shift, user } from "#test/builders/users.ts";
import { DOCUMENTED_CONFIGURATION } from "#test/builders/webhooks.ts";

type Hook = {
  readonly id: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly disabled_reason: string | null;
  readonly secret: string;
};
type Delivery = {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly last_answer: string | null;
  readonly next_attempt_at: string | null;
};
type Seen = { readonly headers: Record<string, string>; readonly body: string };

/** The document allows a hundred requests a minute. */
const admin = shift("Admin", 20);
const receiver = env.WEBHOOK_ALLOWED_HOSTS;

async function seen(key: string): Promise<Seen[]> {
  return (await fetch(`${receiver}/seen/${key}`)).json();
}

/** Wants events that no other test tells. */
async function hook(how: string, key: string, more: object = {}): Promise<Hook> {
  const url = `${receiver}/${how}/${key}`;
  const { status, body } = await (
    await admin()
  ).post<Enveloped<Hook>>("/webhooks", { url, events: [`${key}.*`], ...more });
  expect([status, body.success]).toEqual([201, true]);
  return body.data;
}

async function happen(key: string, data = {}): Promise<void> {
  await publish(env, newEvent({ type: `${key}.completed`, data }));
}

async function deliveries(id: string, list = "deliveries", by?: Client): Promise<Delivery[]> {
  const { body } = await (by ?? (await admin())).get<Enveloped<Delivery[]>>(
    `/webhooks/${id}/${list}`,
  );
  return body.data;
}

async function tried(id: string, attempts = 1): Promise<Delivery | undefined> {
  await settled(id, ([first]) => (first?.attempts ?? 0) >= attempts);
  return (await deliveries(id))[0];
}

/** Looked at behind the API, which would count every look. */
async function settled(
  id: string,
  hoped: (found: readonly { status: string; attempts: number }[]) => boolean,
): Promise<void> {
  const look = async () => {
    const { deliveries } = await env.WEBHOOKS.getByName(id).list(null, { limit: 10, offset: 0 });
    return deliveries.map(({ status, attempts }) => ({ status, attempts }));
  };
  await eventually(look, hoped);
}

/** What waits is due. */
async function hurry(id: string, set = "due_at = 1"): Promise<void> {
  await runInDurableObject(env.WEBHOOKS.getByName(id), (_, { storage }) => {
    storage.sql.exec(`update deliveries set ${set} where status = 'pending'`);
  });
  await env.WEBHOOKS.getByName(id).wake();
}

describe("a webhook", () => {
  test("is told what it wants in the document's form, signed twice over", async () => {
    const { id, secret } = await hook("takes", "plain", { secret: "webhook-secret" });
    await publish(env, newEvent({ type: "elsewhere.completed" }));
    await happen("plain", { task_id: "t-1", output: "done" });
    expect(await tried(id)).toMatchObject({ status: "delivered", last_answer: "HTTP 200" });
    const [first, ...more] = await seen("plain");
    expect(more).toEqual([]);
    expect(JSON.parse(first?.body ?? "")).toEqual({
      event: "plain.completed",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: { task_id: "t-1", output: "done" },
      signature: expect.stringMatching(/^sha256=[\da-f]{64}$/),
    });
    const standard = new Standard(new TextEncoder().encode(secret), { format: "raw" });
    standard.verify(first?.body ?? "", first?.headers ?? {});
  });

  test("that fails first is tried again under the same id, over an eviction", async () => {
    const { id } = await hook("recovers", "twice");
    await happen("twice");
    expect(await tried(id)).toMatchObject({ status: "pending", last_answer: "HTTP 500" });
    await evictDurableObject(env.WEBHOOKS.getByName(id));
    await hurry(id);
    expect(await tried(id, 2)).toMatchObject({ status: "delivered", next_attempt_at: null });
    const ids = (await seen("twice")).map(({ headers }) => headers["webhook-id"]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("gets each event once, however often its alarm goes off", async () => {
    const { id } = await hook("takes", "once");
    await happen("once");
    await tried(id);
    const stub = env.WEBHOOKS.getByName(id);
    for (let time = 0; time < 2; time += 1) {
      await stub.wake();
      await runDurableObjectAlarm(stub);
    }
    expect(await seen("once")).toHaveLength(1);
  });

  test.each([
    ["stalls", "no answer within 1000 ms"],
    ["redirects", "HTTP 307: redirects are not followed"],
    ["cuts", "could not be reached"],
    ["floods", "HTTP 500"],
  ])("whose receiver %s is tried again later", async (how, answer) => {
    const { id } = await hook(how, how);
    await happen(how);
    expect(await tried(id)).toMatchObject({
      status: "pending",
      last_answer: expect.stringContaining(answer),
    });
    expect(await seen("redirected")).toEqual([]);
  });

  test("is believed in its status, and not waited for in its body", async () => {
    const { id } = await hook("lies", "lies");
    await happen("lies");
    expect(await tried(id)).toMatchObject({ status: "delivered" });
  });

  test("waits as long as its receiver asks for", async () => {
    const { id } = await hook("fails", "later");
    await happen("later");
    const { next_attempt_at: next } = (await tried(id)) ?? {};
    expect(Date.parse(next ?? "")).toBeGreaterThan(Date.now() + 3_500_000);
  });

  test("that failed for a day is a dead letter, which can be replayed", async () => {
    const { id } = await hook("recovers", "dead");
    await happen("dead");
    await tried(id);
    const old = { url: `${receiver}/fails/dead` };
    await (await admin()).send("PUT", `/webhooks/${id}`, { json: old });
    await hurry(id, "due_at = 1, first_at = 1");
    await settled(id, ([first]) => first?.status === "dead");
    const [letter] = await deliveries(id, "dead-letters");
    const by = await user("Operator");
    const none = await by.post<Refusal>(`/webhooks/${id}/dead-letters/msg_none/replay`);
    expect(none.status).toBe(404);
    await (
      await admin()
    ).send("PUT", `/webhooks/${id}`, { json: { url: `${receiver}/takes/dead` } });
    const path = `/webhooks/${id}/dead-letters/${letter?.id ?? ""}/replay`;
    expect((await by.post(path)).body).toEqual({ success: true, data: { replayed: 1 } });
    await settled(id, ([first]) => first?.status === "delivered");
    expect(await deliveries(id, "deliveries?status=delivered", by)).toHaveLength(1);
    expect(await deliveries(id, "dead-letters", by)).toEqual([]);
  });

  test("that is gone is disabled, and says why", async () => {
    const { id } = await hook("gone", "gone");
    await happen("gone");
    await tried(id);
    const by = await admin();
    await settled(id, ([first]) => first?.status === "dead");
    const { body } = await by.get<Enveloped<Hook>>(`/webhooks/${id}`);
    expect(body.data.enabled).toBe(false);
    expect(body.data.disabled_reason).toContain("410");
    await happen("gone");
    await sweepWebhooks(env);
    expect(await seen("gone")).toHaveLength(1);
    expect((await by.post(`/webhooks/${id}/dead-letters/replay`)).status).toBe(409);
  });

  test("whose id is none is refused", async () => {
    const path = `/webhooks/${"x".repeat(300)}/rotate-secret`;
    const { status, body } = await (await admin()).post(path, {});
    expect([status, body]).toEqual([400, { success: false, error: expect.stringContaining("id") }]);
  });

  test("signs with both secrets after a rotation", async () => {
    const { id, secret } = await hook("takes", "rotated");
    const by = await admin();
    const { body } = await by.post<Enveloped<Hook>>(`/webhooks/${id}/rotate-secret`);
    expect(body.data.secret).not.toBe(secret);
    await happen("rotated");
    await tried(id);
    const [first] = await seen("rotated");
    for (const one of [secret, body.data.secret]) {
      new Standard(one).verify(first?.body ?? "", first?.headers ?? {});
    }
    const listed = JSON.stringify((await by.get("/webhooks")).body);
    expect(listed).not.toContain(secret);
    expect(listed).not.toContain(body.data.secret);
  });

  test("that is deleted while an attempt is under way leaves nothing behind", async () => {
    const { id } = await hook("stalls", "deleted");
    await happen("deleted");
    await eventually(
      () => seen("deleted"),
      ({ length }) => length === 1,
    );
    expect((await (await admin()).send("DELETE", `/webhooks/${id}`)).status).toBe(200);
    const rows = () =>
      runInDurableObject(env.WEBHOOKS.getByName(id), (_, { storage }) =>
        storage.sql.exec("select name from sqlite_master where name = 'deliveries'").toArray(),
      );
    await eventually(rows, ({ length }) => length === 0);
  });

  test("is told by the sweep what the hub forgot to wake it for", async () => {
    const { id } = await hook("takes", "swept");
    await setHooks(env, []);
    await happen("swept");
    expect(await deliveries(id)).toEqual([]);
    await sweepWebhooks(env);
    expect(await tried(id)).toMatchObject({ status: "delivered" });
  });
});

describe("/webhooks", () => {
  test.each([
    "http://127.0.0.1:1/",
    "https://localhost/",
    "https://169.254.169.254/",
    "http://your-system.com/webhook",
  ])("refuses %s", async (url) => {
    const answer = await (await admin()).post<Refusal>("/webhooks", { url, events: ["*"] });
    expect([answer.status, answer.body.error]).toEqual([422, expect.stringContaining(url)]);
  });

  test("tells what does not fit", async () => {
    const body = "url: https://your-system.com/\nevents: []\nsecrets: x\n";
    const answer = await (await admin()).send<Refusal>("POST", "/webhooks", { body });
    expect(answer.status).toBe(422);
    expect(answer.body.error).toContain("at least one type");
    expect(answer.body.error).toContain("secrets");
  });

  test("takes the document's configuration word for word", async () => {
    const body = DOCUMENTED_CONFIGURATION;
    const by = await admin();
    const headers = { "Content-Type": "application/toml" };
    const { status, body: answer } = await by.send("PUT", "/webhooks", { body, headers });
    expect([status, answer]).toMatchObject([
      200,
      {
        data: [
          {
            url: "https://your-system.com/webhook",
            events: ["task.completed", "task.failed", "batch.completed"],
            enabled: true,
          },
        ],
      },
    ]);
    const broken = await by.send("PUT", "/webhooks", { body: "[webhooks", headers });
    expect([broken.status, JSON.stringify(broken.body)]).toEqual([
      422,
      expect.stringContaining("The body can't be read"),
    ]);
  });

  test("takes the document's configuration, in YAML too, as all that there is", async () => {
    const by = await admin();
    const kept = await hook("takes", "kept");
    const body = `webhooks:
  enabled: true
  endpoints:
    - url: https://your-system.com/webhook
      events: [task.completed, task.failed, batch.completed]
      secret: webhook-secret
    - url: ${kept.url}
      events: ["kept.*"]
`;
    const headers = { "Content-Type": "application/yaml" };
    const put = await by.send<Enveloped<Hook[]>>("PUT", "/webhooks", { body, headers });
    expect(put.status).toBe(200);
    expect(put.body.data.map(({ url }) => url).sort()).toEqual(
      [kept.url, "https://your-system.com/webhook"].sort(),
    );
    expect(put.body.data.map(({ id }) => id)).toContain(kept.id);
    expect((await by.send("DELETE", `/webhooks/${kept.id}`)).status).toBe(200);
    expect((await by.get(`/webhooks/${kept.id}`)).status).toBe(404);
    const json = { webhooks: { endpoints: [] } };
    expect((await by.send("PUT", "/webhooks", { json })).body["data"]).toEqual([]);
  });
});
