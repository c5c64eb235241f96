// A topic's hub: what was told is kept, and whoever follows is sent it once, in order, from where it wants to begin.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { DAY_MS } from "#domain/config.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { BUFFER_BYTES_MAX, SUBSCRIPTION_HEADER } from "#domain/event/subscription.ts";
import { HubObject } from "#objects/hub-object.ts";
import { deleteEventsBefore, publish, queryEvents } from "#stores/events.ts";
import type { Topic } from "#stores/events.ts";
import { newEvent, open, read } from "#test/builders/events.ts";
import { admin, unique } from "#test/builders/users.ts";

const everything = { filter: EVERY_EVENT, since: null, limit: 100 };
const hub = (topic: Topic) => env.HUBS.getByName(topic);
const topic = (): Topic => `logs:${unique("app")}`;
const numbered = (count: number, given = {}) =>
  Array.from({ length: count }, (_, at) => newEvent({ message: `${at}`, ...given }));
const messages = (frames: readonly Record<string, unknown>[]) =>
  frames.map(({ message }) => message);

describe("a log of events", () => {
  test("numbers them in the order in which it was told, and answers the newest first", async () => {
    const here = topic();
    await publish(env, numbered(5), here);
    const { events, total, hasMore } = await queryEvents(env, { ...everything, limit: 2 }, here);
    expect(messages(events)).toEqual(["4", "3"]);
    expect([total, hasMore, events[0]?.id]).toEqual([5, true, 5]);
  });

  test("keeps an event that is told twice under one key once", async () => {
    const here = topic();
    const keyed = newEvent({ key: "deploy-1 3" });
    await publish(env, keyed, here);
    await publish(env, [keyed, newEvent()], here);
    expect((await queryEvents(env, everything, here)).total).toBe(2);
  });

  test("keeps what it acknowledged over an eviction, and counts on", async () => {
    const here = topic();
    await publish(env, numbered(2), here);
    await evictDurableObject(hub(here));
    await publish(env, newEvent({ message: "after" }), here);
    const { events } = await queryEvents(env, everything, here);
    expect(events.map(({ id, message }) => [id, message])).toEqual([
      [3, "after"],
      [2, "1"],
      [1, "0"],
    ]);
  });

  test("is filtered by type, app, subject, level and time", async () => {
    const here = topic();
    const at = Date.now();
    await publish(
      env,
      [
        newEvent({ type: "task.completed", app: "a", subject: "tasks/1", at: at - 60_000 }),
        newEvent({ type: "task.failed", app: "b", subject: "tasks/2", level: "error" }),
        newEvent({ type: "batch.completed", app: "b", subject: "batches/1" }),
      ],
      here,
    );
    const found = async (given: object, since: object | null = null) => {
      const query = { filter: { ...EVERY_EVENT, ...given }, since, limit: 100 };
      return (await queryEvents(env, query as typeof everything, here)).events.map(({ id }) => id);
    };
    expect(await found({ types: ["task.*"] })).toEqual([2, 1]);
    expect(await found({ notTypes: ["task.*"] })).toEqual([3]);
    expect(await found({ app: "b" })).toEqual([3, 2]);
    expect(await found({ subject: "tasks/1" })).toEqual([1]);
    expect(await found({ levels: ["error"] })).toEqual([2]);
    expect(await found({}, { type: "time", at: at - 1_000 })).toEqual([3, 2]);
    expect(await found({}, { type: "id", id: 2 })).toEqual([3]);
  });

  test("of what an app says keeps the last lines alone", async () => {
    const here = topic();
    await publish(env, numbered(2_150), here);
    const { total } = await queryEvents(env, everything, here);
    expect(total).toBeLessThanOrEqual(2_100);
    expect(total).toBeGreaterThanOrEqual(2_000);
  });

  test("lets go of events that are old enough", async () => {
    const at = Date.now();
    await publish(env, [
      newEvent({ subject: "old", at: at - 30 * DAY_MS - 1 }),
      newEvent({ subject: "young", at: at - 30 * DAY_MS + 60_000 }),
    ]);
    await deleteEventsBefore(env, at - 30 * DAY_MS);
    const { events } = await queryEvents(env, everything);
    expect(events.map(({ subject }) => subject)).toEqual(["young"]);
  });
});

describe("a reader", () => {
  test("is sent what comes, in order", async () => {
    const here = topic();
    const reader = await read(here);
    for (const event of numbered(20)) await publish(env, event, here);
    expect(messages(await reader.reach(20))).toEqual(numbered(20).map(({ message }) => message));
  });

  test("is sent what it missed and then what comes, each once", async () => {
    const here = topic();
    await publish(env, numbered(350), here);
    const reader = await read(here, { since: { type: "id", id: 100 } });
    await publish(env, newEvent({ message: "350" }), here);
    const frames = await reader.reach(251);
    expect(frames.map(({ id }) => id)).toEqual(Array.from({ length: 251 }, (_, at) => at + 101));
  });

  test("is sent only what it asked for", async () => {
    const here = topic();
    const filter = { ...EVERY_EVENT, types: ["task.*"], app: "mine" };
    const reader = await read(here, { filter });
    await publish(
      env,
      [
        newEvent({ type: "task.done", app: "other" }),
        newEvent({ type: "batch.done", app: "mine" }),
        newEvent({ type: "task.done", app: "mine", message: "this" }),
      ],
      here,
    );
    expect(messages(await reader.reach(1))).toEqual(["this"]);
  });

  test("goes on over the sleep of its hub, and misses nothing", async () => {
    const here = topic();
    const reader = await read(here);
    await publish(env, newEvent({ message: "before" }), here);
    await reader.reach(1);
    await evictDurableObject(hub(here));
    await publish(env, newEvent({ message: "after" }), here);
    expect(messages(await reader.reach(2))).toEqual(["before", "after"]);
  });

  test("that does not read is dropped with a reason and its place, and costs no other reader an event", async () => {
    const here = topic();
    const slow = await open(here);
    const quick = await read(here);
    const message = "x".repeat(4_000);
    const count = Math.ceil((3 * BUFFER_BYTES_MAX) / message.length);
    for (let sent = 0; sent < count; sent += 10) {
      await publish(env, numbered(10, { message }), here);
    }
    await quick.reach(count);
    let ending: { code: number; reason: string } | null = null;
    slow.addEventListener("close", ({ code, reason }) => {
      ending = { code, reason };
    });
    slow.accept();
    await expect.poll(() => ending).toMatchObject({ code: 1013 });
    expect(ending).toMatchObject({ reason: expect.stringMatching(/^slow reader: .* since=\d+$/) });
  });

  test("is let in by its first message", async () => {
    const here = topic();
    const { token } = await admin();
    const reader = await read(here, { admission: null });
    await publish(env, newEvent({ message: "while it waited" }), here);
    reader.socket.send(JSON.stringify({ type: "auth", token }));
    expect(messages(await reader.reach(1))).toEqual(["while it waited"]);
  });

  test.each([
    ["another message", "hello", /expected \{"type":"auth"/],
    ["a token that is none", JSON.stringify({ type: "auth", token: "a.b.c" }), /not valid/],
  ])("that first sends %s is sent away", async (_, message, reason) => {
    const reader = await read(topic(), { admission: null });
    reader.socket.send(message);
    expect(await reader.ended()).toMatchObject({
      code: 1008,
      reason: expect.stringMatching(reason),
    });
  });

  test("that says nothing is dropped by the alarm, which may come twice, and is sent nothing", async () => {
    const here = topic();
    const reader = await read(here, { admission: null });
    const other = await read(here);
    await publish(env, newEvent(), here);
    await runInDurableObject(hub(here), (_, state) => {
      const socket = state
        .getWebSockets()
        .find((open) => open.deserializeAttachment().admission === null);
      socket?.serializeAttachment({ ...socket.deserializeAttachment(), joinedAt: 0 });
    });
    await evictDurableObject(hub(here));
    expect(await runDurableObjectAlarm(hub(here))).toBe(true);
    expect(await runDurableObjectAlarm(hub(here))).toBe(true);
    expect(await reader.ended()).toEqual({ code: 1008, reason: "no token was sent" });
    expect(reader.frames).toEqual([]);
    expect((await other.reach(1)).length).toBe(1);
  });

  test("whose token has expired is sent no more", async () => {
    const here = topic();
    const reader = await read(here, { admission: { username: "x", expiresAt: Date.now() + 50 } });
    await scheduler.wait(60);
    await publish(env, newEvent(), here);
    expect(await reader.ended()).toEqual({ code: 1008, reason: "the token has expired" });
    expect(reader.frames).toEqual([]);
  });

  test("that pings is answered", async () => {
    const socket = await open(topic());
    const answers: unknown[] = [];
    socket.addEventListener("message", ({ data }) => void answers.push(data));
    socket.accept();
    socket.send("ping");
    await expect.poll(() => answers).toEqual(["pong"]);
  });
});

describe("a topic that is full", () => {
  test("turns one more reader away, and says when to come back", async () => {
    const answer = await runInDurableObject(hub(topic()), async (_, state) => {
      const small = new HubObject(state, { ...env, STREAM_SOCKETS_MAX: "1" });
      const subscription = { filter: EVERY_EVENT, since: { type: "id", id: 0 }, admission: null };
      const headers = { [SUBSCRIPTION_HEADER]: JSON.stringify(subscription) };
      const join = () => small.fetch(new Request("https://hub/", { headers }));
      const { status, webSocket } = await join();
      webSocket?.accept();
      const second = await join();
      return [status, second.status, second.headers.get("Retry-After"), await second.text()];
    });
    const said = "1 sockets are open, which is all that a topic takes.";
    expect(answer).toEqual([101, 503, "30", said]);
  });
});
