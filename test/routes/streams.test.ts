// The streams of the documents, over real sockets: each in its own form, for who may read.
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { publish } from "#stores/events.ts";
import { ORIGIN, nobody } from "#test/builders/client.ts";
import type { Json } from "#test/builders/client.ts";
import { registerApp, runApp } from "#test/builders/apps.ts";
import { eventually } from "#test/builders/deployments.ts";
import { Reader, newEvent } from "#test/builders/events.ts";
import { place } from "#test/builders/nodes.ts";
import { admin, unique, user } from "#test/builders/users.ts";

let token = "";
beforeAll(async () => {
  token = (await admin()).token ?? "";
});

async function connect(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const request = new Request(`${ORIGIN}${path}`, {
    headers: { Upgrade: "websocket", ...headers },
  });
  return exports.default.fetch(request);
}

async function reader(path: string, headers: Record<string, string> = {}): Promise<Reader> {
  const { webSocket, status } = await connect(path, headers);
  if (webSocket === null) throw new Error(`no socket: ${status}`);
  return new Reader(webSocket);
}

describe("/api/v1/events/stream", () => {
  test("sends type, app_name and message of what happens", async () => {
    const app = unique("app");
    const stream = await reader(`/api/v1/events/stream?app=${app}&token=${token}`);
    await publish(env, newEvent({ app, data: { previous_replicas: 2, new_replicas: 3 } }));
    expect((await stream.reach(1))[0]).toEqual({
      id: expect.any(Number),
      type: "scaling",
      event: "workload.scaled",
      app_name: app,
      message: "Scaled from 2 to 3 replicas",
      timestamp: expect.any(String),
      details: { previous_replicas: 2, new_replicas: 3 },
    });
  });

  test("is filtered by the document's types, and begins where it is told to", async () => {
    const app = unique("app");
    await publish(env, [
      newEvent({ app, type: "health.failed", message: "one" }),
      newEvent({ app, type: "workload.scaled" }),
      newEvent({ app, type: "health.failed", message: "two" }),
    ]);
    const path = `/api/v1/events/stream?app=${app}&type=health&since=1h`;
    const stream = await reader(path, { Authorization: `Bearer ${token}` });
    expect((await stream.reach(2)).map(({ message }) => message)).toEqual(["one", "two"]);
  });

  test("waits for a token in the first message when none was sent", async () => {
    const app = unique("app");
    const stream = await reader(`/api/v1/events/stream?app=${app}`);
    stream.socket.send(JSON.stringify({ type: "auth", token }));
    await publish(env, newEvent({ app }));
    expect((await stream.reach(1)).length).toBe(1);
  });

  test("lets nobody in with a token that is none", async () => {
    expect((await connect("/api/v1/events/stream?token=a.b.c")).status).toBe(401);
  });

  test("says what it is to who asks without an upgrade", async () => {
    const { status, body } = await (await admin()).get("/api/v1/events/stream");
    expect([status, body["details"]]).toEqual([400, expect.stringContaining("WebSocket")]);
    expect((await nobody.get("/api/v1/events/stream")).status).toBe(401);
  });

  test.each(["type=Scaling!", "since=yesterday"])(
    "refuses %s with what it expected",
    async (query) => {
      const answer = await connect(`/api/v1/events/stream?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json<Json>()).toMatchObject({
        code: "VALIDATION_ERROR",
        details: expect.stringContaining("expected"),
        timestamp: expect.any(String),
      });
    },
  );
});

describe("an app's streams", () => {
  test("send lines of its instances as the document has them", async () => {
    const app = await registerApp();
    const path = `/api/v1/apps/${app}/logs/stream?token=${token}&container=${app}-1`;
    const stream = await reader(path);
    const line = { type: "log.line", app, message: "GET / 200" };
    await publish(
      env,
      [newEvent({ ...line, subject: `${app}-0` }), newEvent({ ...line, subject: `${app}-1` })],
      `logs:${app}`,
    );
    expect(await stream.reach(1)).toEqual([
      {
        timestamp: expect.any(String),
        container: `${app}-1`,
        level: "INFO",
        message: "GET / 200",
      },
    ]);
  });

  test("begin with `follow` at the path of the logs, too", async () => {
    const app = await registerApp();
    const stream = await reader(`/api/v1/apps/${app}/logs?follow=true&since=1h`);
    await publish(env, newEvent({ type: "log.line", app, message: "said before" }), `logs:${app}`);
    stream.socket.send(JSON.stringify({ type: "auth", token }));
    expect((await stream.reach(1))[0]).toMatchObject({ message: "said before" });
  });

  test("send what it measures, one look after the other", async () => {
    await place(1);
    const app = await runApp(1);
    const stream = await reader(`/api/v1/apps/${app}/metrics/stream?token=${token}`);
    expect(await stream.reach(2)).toMatchObject(
      [1, 2].map(() => ({
        app_name: app,
        timestamp: expect.any(String),
        cpu_percent: expect.any(Number),
        memory_percent: expect.any(Number),
        rps: expect.any(Number),
        total_replicas: 1,
      })),
    );
    const since = String(stream.frames[0]?.["timestamp"]);
    const again = await reader(`/api/v1/apps/${app}/metrics/stream?since=${since}&token=${token}`);
    expect((await again.reach(2))[0]).toEqual(stream.frames[0]);
  });

  test.each(["logs/stream", "metrics/stream", "logs?follow=true"])(
    "are no streams of an app that there is not: %s",
    async (path) => {
      const answer = await connect(`/api/v1/apps/nothing/${path}`, {
        Authorization: `Bearer ${token}`,
      });
      expect([answer.status, (await answer.json<Json>())["code"]]).toEqual([404, "APP_NOT_FOUND"]);
    },
  );
});

describe("GET /api/v1/events", () => {
  test("lists the newest first, and tells whether there is more", async () => {
    const app = unique("app");
    await publish(env, [newEvent({ app, message: "old" }), newEvent({ app, message: "new" })]);
    const { status, body } = await (await admin()).get(`/api/v1/events?app=${app}&limit=1`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ events: [{ message: "new" }], total: 2, has_more: true });
  });
});

describe("/ws", () => {
  test("sends changes of tasks in the document's form", async () => {
    const stream = await reader(`/ws?token=${token}&events=task,batch`);
    const data = { task_id: "uuid-string", status: "completed" };
    await publish(env, [
      newEvent({ type: "deployment.completed" }),
      newEvent({ type: "task.completed", data }),
    ]);
    expect((await stream.reach(1))[0]).toMatchObject({
      event_type: "TaskStatusChanged",
      timestamp: expect.any(String),
      data,
      metadata: data,
    });
  });

  test("sends as system what is neither task nor batch", async () => {
    const stream = await reader(`/ws?token=${token}&events=system`);
    await publish(env, [
      newEvent({ type: "task.completed" }),
      newEvent({ type: "workflow.completed" }),
      newEvent({ type: "node.offline" }),
    ]);
    expect((await stream.reach(1))[0]).toMatchObject({ event_type: "NodeOffline" });
  });

  test("waits for the token in the first message, and sends what was asked for from then on", async () => {
    const stream = await reader("/ws?events=batch");
    await publish(env, newEvent({ type: "batch.started" }));
    stream.socket.send(JSON.stringify({ type: "auth", token }));
    await publish(env, [
      newEvent({ type: "task.completed" }),
      newEvent({ type: "batch.completed", data: { batch_id: "b-1" } }),
    ]);
    const frames = await eventually(
      async () => stream.frames,
      (seen) => seen.some(({ data }) => (data as Json)["batch_id"] === "b-1"),
    );
    expect(new Set(frames.map((frame) => frame["event_type"]))).toEqual(
      new Set(["BatchStatusChanged"]),
    );
  });

  test.each<[string, string, string]>([
    ["no JSON", "let me in", "first message"],
    ["no token", '{"type":"auth"}', "first message"],
    ["a token that is none", '{"type":"auth","token":"a.b.c"}', "token"],
  ])("is closed to a first message with %s, and says why", async (_, message, reason) => {
    const stream = await reader("/ws?events=task");
    stream.socket.send(message);
    expect(await stream.ended()).toEqual({ code: 1008, reason: expect.stringContaining(reason) });
    expect(stream.frames).toEqual([]);
  });

  test("takes the token of the Authorization header, and none that is none", async () => {
    const stream = await reader("/ws", { Authorization: `Bearer ${token}` });
    await publish(env, newEvent({ type: "task.failed" }));
    expect((await stream.reach(1))[0]).toMatchObject({ event_type: "TaskStatusChanged" });
    const refused = await connect("/ws?token=a.b.c");
    expect([refused.status, await refused.json<Json>()]).toMatchObject([401, { success: false }]);
  });

  test("is closed to who may read no events", async () => {
    const by = await admin();
    const rules = [{ effect: "Deny", resource: "events:*", action: ["event:read"] }];
    const policy = { name: unique("no-events"), version: "1.0.0", rules };
    const { body } = await by.post<{ data: { id: string } }>("/policies", policy);
    const viewer = (await user("Viewer")).token;
    expect((await connect(`/ws?token=${viewer}`)).status).toBe(403);
    const stream = await reader("/ws");
    stream.socket.send(JSON.stringify({ type: "auth", token: viewer }));
    expect(await stream.ended()).toMatchObject({ code: 1008 });
    await by.send("DELETE", `/policies/${body.data.id}`);
  });

  test.each(["tasks", "task,batches", "", "task,,batch", "TASK"])(
    "refuses the groups %j in the document's form, and names what it does not know",
    async (events) => {
      const answer = await connect(`/ws?token=${token}&events=${events}`);
      expect(answer.status).toBe(400);
      expect(await answer.json<Json>()).toMatchObject({
        success: false,
        error: expect.stringMatching(/some of task, batch, system, separated by commas, not "/),
      });
    },
  );
});
