// Controllers on a real D1: one lease, one leader, and a sweep that goes on when the leader is gone.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { getCluster, wakeControllers } from "#control/cluster.ts";
import { parseControllers } from "#domain/cluster.ts";
import type { Member } from "#domain/election/member.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { database } from "#stores/database.ts";
import { askLease, readCluster } from "#stores/cluster.ts";
import { placeController } from "#stores/objects.ts";
import { queryEvents } from "#stores/events.ts";

const named = parseControllers(env.CLUSTER_CONTROLLERS);
/** No alarm comes by itself in a test's time. */
const timing = { leaseMs: 60_000, tickMs: 3_600_000, sweepMs: 0 };
const stubOf = (id: string) => placeController(env, { id, region: "default" });

/** As though the database's clock had passed it. */
async function runOut(): Promise<void> {
  await env.DB.prepare("UPDATE lease SET expires_at = 0").run();
}

async function leaderOf(): Promise<[string, number] | null> {
  const { lease } = await readCluster(database(env));
  return lease === null ? null : [lease.leaderId, lease.term];
}

afterEach(async () => {
  for (const { id } of named) await stubOf(id).stop();
  await env.DB.batch([
    env.DB.prepare("DELETE FROM lease"),
    env.DB.prepare("DELETE FROM controllers"),
  ]);
});

test("one of three controllers that begin at once leads", async () => {
  await Promise.all(named.map((name) => stubOf(name.id).start(name, timing)));
  const cluster = await getCluster(env);
  expect([cluster?.lease?.term, cluster?.size, cluster?.isReady]).toEqual([1, 3, true]);
  expect(cluster?.members.filter(({ state }) => state === "leader")).toHaveLength(1);
});

test("of asks that meet after the lease has run out one is granted", async () => {
  const ask = (id: string) => ({ id, term: 1, leaseMs: 60_000 });
  const about = { region: "default", state: "candidate" } as const;
  await askLease(database(env), ask("first"), about);
  await runOut();
  const answers = await Promise.all(
    ["a", "b", "c", "d"].map((id) => askLease(database(env), ask(id), about)),
  );
  expect(new Set(answers.map(({ lease }) => `${lease.leaderId} ${lease.term}`)).size).toBe(1);
  expect(answers[0]?.lease.term).toBe(2);
});

test("another controller leads the next term when the leader is gone, and tells of it", async () => {
  const [one, two] = named;
  if (one === undefined || two === undefined) throw new Error("two controllers are needed");
  await stubOf(one.id).start(one, timing);
  await stubOf(two.id).start(two, timing);
  expect(await leaderOf()).toEqual([one.id, 1]);
  await runOut();
  await runDurableObjectAlarm(stubOf(two.id));
  expect(await leaderOf()).toEqual([two.id, 2]);
  const filter = {
    ...EVERY_EVENT,
    types: ["cluster.leader_elected"],
    subject: `controllers/${two.id}`,
  };
  const { events } = await queryEvents(env, { filter, since: null, limit: 1 });
  expect(events[0]?.data).toMatchObject({ leader_id: two.id, term: 2 });
});

test("a leader that is evicted goes on leading its term", async () => {
  const [one] = named;
  if (one === undefined) throw new Error("a controller is needed");
  await stubOf(one.id).start(one, timing);
  await evictDurableObject(stubOf(one.id));
  await runDurableObjectAlarm(stubOf(one.id));
  expect(await leaderOf()).toEqual([one.id, 1]);
});

test("an alarm that comes twice changes no term and leaves the next one set", async () => {
  const [one] = named;
  if (one === undefined) throw new Error("a controller is needed");
  await stubOf(one.id).start(one, timing);
  await runDurableObjectAlarm(stubOf(one.id));
  await runDurableObjectAlarm(stubOf(one.id));
  expect(await leaderOf()).toEqual([one.id, 1]);
  const alarm = await runInDurableObject(stubOf(one.id), (_, { storage }) => storage.getAlarm());
  expect(alarm).toBeGreaterThan(Date.now());
});

test("the leader alone sweeps", async () => {
  const [one, two] = named;
  if (one === undefined || two === undefined) throw new Error("two controllers are needed");
  await stubOf(one.id).start(one, timing);
  await stubOf(two.id).start(two, timing);
  const sweptAt = (id: string) =>
    runInDurableObject(
      stubOf(id),
      (_, { storage }) => storage.kv.get<Member>("member")?.sweptAt ?? null,
    );
  await vi.waitFor(async () => expect(await sweptAt(one.id)).toBeGreaterThan(0));
  expect(await sweptAt(two.id)).toBe(0);
});

test("a cron that finds nobody leading elects a leader at once, and again changes nothing", async () => {
  await wakeControllers(env);
  const first = await leaderOf();
  await wakeControllers(env);
  expect(first).not.toBeNull();
  expect(await leaderOf()).toEqual(first);
});
