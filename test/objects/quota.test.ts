// One principal's budgets, leased in batches and never exceeded.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { QUOTA_WINDOW_MS } from "#domain/quota.ts";
import { quotaOf } from "#stores/objects.ts";

const perMinute = (limit: number) => ({ limit, spanMs: QUOTA_WINDOW_MS });

async function drain(name: string, limit: number): Promise<{ granted: number; leases: number }> {
  const quota = quotaOf(env, name);
  let granted = 0;
  let leases = 0;
  for (;;) {
    const leased = await quota.lease("execute", perMinute(limit));
    if (leased.granted === 0) return { granted, leases };
    granted += leased.granted;
    leases += 1;
  }
}

describe("a quota", () => {
  it("hands out exactly its limit", async () => {
    expect((await drain("exact", 1000)).granted).toBe(1000);
  });

  it("needs at most one lease for twenty calls of the documented execute limit", async () => {
    expect((await drain("rare", 1000)).leases).toBeLessThanOrEqual(50);
  });

  it("never exceeds its limit over an eviction", async () => {
    const quota = quotaOf(env, "evicted");
    const before = (await quota.lease("execute", perMinute(100))).granted;
    await evictDurableObject(quota);
    expect(before + (await drain("evicted", 100)).granted).toBe(100);
  });

  it("keeps one bucket's use from another's", async () => {
    await drain("two", 10);
    expect((await quotaOf(env, "two").lease("other", perMinute(10))).granted).toBeGreaterThan(0);
  });

  it("keeps a live window when its alarm comes, and comes twice", async () => {
    const quota = quotaOf(env, "alarmed");
    await drain("alarmed", 10);
    expect(await runDurableObjectAlarm(quota)).toBe(true);
    expect(await runDurableObjectAlarm(quota)).toBe(true);
    expect((await quota.lease("execute", perMinute(10))).granted).toBe(0);
  });

  it("keeps an hour's window when a minute's is over", async () => {
    const quota = quotaOf(env, "hourly");
    const hour = { limit: 8, spanMs: 3_600_000 };
    while ((await quota.lease("hour", hour)).granted > 0);
    await runInDurableObject(quota, (_, state) => {
      const window = { startedAt: Date.now() - 120_000, used: 8, spanMs: hour.spanMs };
      state.storage.kv.put("hour", window);
      return state.storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(quota);
    expect((await quota.lease("hour", hour)).granted).toBe(0);
  });

  it("forgets windows that are over", async () => {
    const quota = quotaOf(env, "over");
    await runInDurableObject(quota, (_, state) => {
      state.storage.kv.put("execute", { startedAt: Date.now() - 61_000, used: 10 });
      return state.storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(quota);
    const left = await runInDurableObject(quota, (_, state) => [...state.storage.kv.list()].length);
    expect(left).toBe(0);
  });
});
