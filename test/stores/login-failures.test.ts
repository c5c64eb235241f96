// What is kept of tries of passwords.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { attempt, sweepAttempts } from "#control/attempt.ts";
import { Fault } from "#domain/fault.ts";
import { unique } from "#test/builders/users.ts";

const HOUR_MS = 3_600_000;

async function failed(username: string, now: number): Promise<void> {
  const wrong = () => Promise.reject(new Fault("UNAUTHORIZED", "wrong"));
  await attempt(env, { username, address: null, now }, wrong).catch(() => null);
}

async function kept(username: string): Promise<number> {
  const statement = env.DB.prepare("select 1 from login_failures where username = ?");
  const { results } = await statement.bind(`name:${username}`).all();
  return results.length;
}

test("a name that nobody tries any more is forgotten after a day, and not before", async () => {
  const username = unique("tried");
  const at = Date.now();
  await failed(username, at);
  await sweepAttempts(env, at + 23 * HOUR_MS);
  expect(await kept(username)).toBe(1);
  await sweepAttempts(env, at + 25 * HOUR_MS);
  expect(await kept(username)).toBe(0);
});

test("a name that is locked stays locked when it is swept", async () => {
  const username = unique("locked");
  const at = Date.now();
  const day = 24 * HOUR_MS;
  await failed(username, at - day + HOUR_MS / 12);
  for (let tries = 0; tries < 4; tries += 1) await failed(username, at + 1_000 * tries);
  await sweepAttempts(env, at + HOUR_MS / 6);
  await sweepAttempts(env, at + HOUR_MS / 6);
  const right = attempt(env, { username, address: null, now: at + HOUR_MS / 6 }, async () => "in");
  await expect(right).rejects.toMatchObject({ code: "ACCOUNT_LOCKED" });
});
