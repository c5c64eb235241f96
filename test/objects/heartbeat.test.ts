// A node's liveness: told by beats, lost with silence.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { HEARTBEAT_STALE_MS, freshNode } from "#domain/node.ts";
import { database } from "#stores/database.ts";
import { findNode, insertNode } from "#stores/nodes.ts";
import { heartbeatOf } from "#stores/objects.ts";

const USAGE = {
  modulesLoaded: 2,
  cpuUsagePercent: 12.5,
  memoryUsageMB: 3,
  diskUsageGB: 0.1,
  gasPerMs: 5_000_000,
  startedAt: 1,
};

const object = (id: string) => env.HEARTBEATS.getByName(id);
const statusOf = async (id: string) => (await findNode(database(env), id))?.status;

beforeAll(async () => {
  for (const id of ["a", "b", "c", "d", "e"])
    await insertNode(database(env), freshNode({ id, hostname: id, registeredAt: 1 }));
});

describe("a heartbeat", () => {
  it("makes its node healthy in D1", async () => {
    await heartbeatOf(env, "a").beat("a", USAGE, true, Date.now());
    expect(await statusOf("a")).toBe("Healthy");
  });

  it("keeps the last beat and usage over an eviction", async () => {
    const at = Date.now();
    await heartbeatOf(env, "b").beat("b", USAGE, true, at);
    await evictDurableObject(object("b"));
    expect(await heartbeatOf(env, "b").read()).toEqual({
      nodeId: "b",
      lastBeatAt: at,
      condition: "active",
      status: "Healthy",
      usage: USAGE,
      said: null,
      reported: null,
    });
  });

  it("marks its node unhealthy after two minutes of silence, and a second alarm changes nothing", async () => {
    await heartbeatOf(env, "c").beat("c", USAGE, true, Date.now() - HEARTBEAT_STALE_MS);
    await runDurableObjectAlarm(object("c"));
    expect(await statusOf("c")).toBe("Unhealthy");
    await runInDurableObject(object("c"), (_, state) =>
      state.storage.setAlarm(Date.now() + 60_000),
    );
    await runDurableObjectAlarm(object("c"));
    expect(await statusOf("c")).toBe("Unhealthy");
    await heartbeatOf(env, "c").beat("c", USAGE, true, Date.now());
    expect(await statusOf("c")).toBe("Healthy");
  });

  it("lets an alarm pass that a later beat has overtaken", async () => {
    await heartbeatOf(env, "d").beat("d", USAGE, true, Date.now());
    await runDurableObjectAlarm(object("d"));
    expect(await statusOf("d")).toBe("Healthy");
  });

  it("has one alarm for many beats, which comes again two minutes after the last", async () => {
    const alarmOf = () => runInDurableObject(object("e"), (_, state) => state.storage.getAlarm());
    const now = Date.now();
    await heartbeatOf(env, "e").beat("e", USAGE, true, now - 60_000);
    await heartbeatOf(env, "e").beat("e", USAGE, true, now);
    expect(await alarmOf()).toBe(now - 60_000 + HEARTBEAT_STALE_MS);
    await runDurableObjectAlarm(object("e"));
    expect(await statusOf("e")).toBe("Healthy");
    expect(await alarmOf()).toBe(now + HEARTBEAT_STALE_MS);
  });
});
