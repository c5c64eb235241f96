// The ledger's object: one chain, appended once per id, in D1 at least once, and what was tampered with is named.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { GENESIS } from "#domain/ledger.ts";
import type { Break } from "#domain/ledger.ts";
import { record } from "#stores/ledger.ts";
import { ledgerOf } from "#stores/objects.ts";

const entry = {
  actor: "ada",
  action: "module:delete",
  resource: "modules:hello",
  result: "success",
} as const;

const PAGE = 4;

async function fill(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await record(env, { ...entry, id: `id-${index}` });
  await ledgerOf(env).mirror();
}

async function tamper(statement: string): Promise<void> {
  await runInDurableObject(ledgerOf(env), (_, { storage }) => void storage.sql.exec(statement));
}

async function verified(): Promise<Break | "whole"> {
  let tip = GENESIS;
  for (;;) {
    const checked = await ledgerOf(env).verify(tip, PAGE);
    if (checked.isWhole) return "whole";
    if (checked.broken !== null) return checked.broken;
    tip = checked.tip;
  }
}

async function mirrored(): Promise<unknown[]> {
  const { results } = await env.DB.prepare("select * from ledger order by sequence").all();
  return results;
}

beforeEach(async () => {
  await env.DB.exec("delete from ledger");
  await runInDurableObject(ledgerOf(env), async (_, { storage }) => {
    storage.sql.exec("delete from links");
    storage.kv.delete("tip");
    storage.kv.delete("mirrored");
    await storage.deleteAlarm();
  });
  await evictDurableObject(ledgerOf(env));
});

describe("the ledger", () => {
  it("is whole whatever its length", async () => {
    for (const length of [0, 1, PAGE, PAGE + 1]) {
      await fill(length);
      expect(await verified()).toBe("whole");
    }
  });

  it("keeps an entry that is sent twice once", async () => {
    await fill(3);
    await fill(3);
    expect(await mirrored()).toHaveLength(3);
    expect(await verified()).toBe("whole");
  });

  it("chains what comes all at once", async () => {
    await Promise.all(Array.from({ length: 60 }, () => record(env, entry)));
    await ledgerOf(env).mirror();
    expect(await mirrored()).toHaveLength(60);
    expect(await verified()).toBe("whole");
  });

  it("goes on from where it was over an eviction", async () => {
    await fill(3);
    await evictDurableObject(ledgerOf(env));
    await record(env, entry);
    await ledgerOf(env).mirror();
    expect(await mirrored()).toHaveLength(4);
    expect(await verified()).toBe("whole");
  });

  it("sends D1 what it lacks when its alarm comes, and comes twice", async () => {
    await fill(5);
    await env.DB.exec("delete from ledger where sequence > 2");
    await runInDurableObject(ledgerOf(env), async (_, { storage }) => {
      storage.kv.put("mirrored", 1);
      await storage.setAlarm(Date.now() + 60_000);
    });
    await evictDurableObject(ledgerOf(env));
    await runDurableObjectAlarm(ledgerOf(env));
    await runDurableObjectAlarm(ledgerOf(env));
    expect(await mirrored()).toHaveLength(5);
  });
});

describe("verify", () => {
  it.each([
    ["a changed text", "update links set body = replace(body, 'ada', 'eve') where sequence = 6"],
    ["a changed hash", `update links set hash = '${"0".repeat(64)}' where sequence = 6`],
    ["a changed id", "update links set id = 'other' where sequence = 6"],
    ["a missing entry", "delete from links where sequence = 6"],
    ["a shifted number", "update links set sequence = 600 where sequence = 6"],
  ])("names the first broken entry after %s", async (_, statement) => {
    await fill(9);
    await tamper(statement);
    expect(await verified()).toMatchObject({ sequence: 6 });
  });

  it("finds two entries in each other's place", async () => {
    await fill(9);
    await tamper("update links set sequence = 100 where sequence = 3");
    await tamper("update links set sequence = 3 where sequence = 7");
    await tamper("update links set sequence = 7 where sequence = 100");
    expect(await verified()).toMatchObject({ sequence: 3 });
  });

  it("finds that the end was cut off", async () => {
    await fill(9);
    await tamper("delete from links where sequence > 7");
    expect(await verified()).toMatchObject({ sequence: 8 });
  });

  it("finds that all was taken away", async () => {
    await fill(2);
    await tamper("delete from links");
    expect(await verified()).toMatchObject({ sequence: 1 });
  });
});
