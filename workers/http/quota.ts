// Rate limits per endpoint and caller, exact across isolates: each isolate spends leases of one shared budget.
import { createMiddleware } from "hono/factory";
import type { Context as HonoContext } from "hono";
import { Fault } from "#domain/fault.ts";
import { QUOTA_WINDOW_MS } from "#domain/quota.ts";
import type { Budget, Lease } from "#domain/quota.ts";
import { quotaOf } from "#stores/objects.ts";
import { Underway } from "#stores/underway.ts";
import type { Context } from "./context.ts";
import { addressOf } from "./ledger.ts";

/** What this isolate still holds of one budget. */
type Purse = { tokens: number; remaining: number; resetAt: number };

/** Budgets that this isolate remembers; the oldest goes first, and its tokens with it. */
const PURSES_MAX = 10_000;
const HOUR_MS = 3_600_000;

const purses = new Map<string, Purse>();
const underway = new Underway();

/** Counts the request against the caller's budget of this bucket: a user's by name, anybody else's by address. */
export function limited(bucket: string, perMinute: number) {
  return createMiddleware<Context>(async function limit(c, next) {
    await spend(c, bucket, perMinute);
    await next();
  });
}

/**
 * Counts the request against its address, whoever asks: an hour's budget, and a minute's so that it isn't spent at once.
 * The headers tell the hour's, or the minute's where that is what refuses.
 */
export function limitedByAddress(bucket: string, budgets: { perHour: number; perMinute: number }) {
  return createMiddleware<Context>(async function limitAddress(c, next) {
    const caller = `address:${addressOf(c)}`;
    const { perHour, perMinute } = budgets;
    await take(c, {
      caller,
      bucket: `${bucket}/minute`,
      limit: perMinute,
      spanMs: QUOTA_WINDOW_MS,
    });
    await take(c, { caller, bucket: `${bucket}/hour`, limit: perHour, spanMs: HOUR_MS });
    await next();
  });
}

export async function spend(
  c: HonoContext<Context>,
  bucket: string,
  perMinute: number,
): Promise<void> {
  await take(c, { caller: callerOf(c), bucket, limit: perMinute, spanMs: QUOTA_WINDOW_MS });
}

/** Begins to lease what this user is about to spend. */
export function expectSpending(
  env: Env,
  username: string,
  { bucket, perMinute }: { readonly bucket: string; readonly perMinute: number },
): void {
  const caller = `user:${username}`;
  const limit = limitOf(env, perMinute);
  const key = `${caller} ${bucket}`;
  const purse = purses.get(key);
  if (purse !== undefined && !isSpent(purse)) return;
  // Who spends meets the failure.
  leased(env, key, { caller, bucket, limit, spanMs: QUOTA_WINDOW_MS }).catch(() => undefined);
}

function limitOf(env: Env, limit: number): number {
  return Math.floor(limit * Number(env.RATE_LIMIT_SCALE));
}

/** Another lease may bring more. */
function isSpent({ tokens, remaining, resetAt }: Purse): boolean {
  return Date.now() >= resetAt || (tokens === 0 && remaining > 0);
}

type Taken = Budget & { readonly caller: string; readonly bucket: string };

/** Tells the budget in the headers of the answer; throws when it is used up. */
async function take(c: HonoContext<Context>, from: Taken): Promise<void> {
  const limit = limitOf(c.env, from.limit);
  const key = `${from.caller} ${from.bucket}`;
  let purse = purses.get(key);
  while (purse === undefined || isSpent(purse))
    purse = await leased(c.env, key, { ...from, limit });
  const granted = purse.tokens > 0;
  if (granted) purse.tokens -= 1;
  c.header("X-RateLimit-Limit", String(limit));
  c.header("X-RateLimit-Remaining", String(purse.tokens + purse.remaining));
  c.header("X-RateLimit-Reset", String(Math.ceil(purse.resetAt / 1000)));
  if (granted) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((purse.resetAt - Date.now()) / 1000));
  const message = `Rate limit exceeded. Try again in ${retryAfterSeconds} seconds.`;
  throw new Fault("RATE_LIMIT_EXCEEDED", message, { retryAfterSeconds });
}

/** One lease at a time for each budget: whoever else waits shares it. */
async function leased(env: Env, key: string, from: Taken): Promise<Purse> {
  const { caller, bucket, limit, spanMs } = from;
  if (underway.has(key)) {
    await underway.ended(key);
    const purse = purses.get(key);
    if (purse !== undefined) return purse;
  }
  return underway.run(key, async () =>
    keep(key, await quotaOf(env, caller).lease(bucket, { limit, spanMs })),
  );
}

function keep(key: string, { granted, remaining, resetAt }: Lease): Purse {
  const purse = { tokens: granted, remaining, resetAt };
  purses.delete(key);
  purses.set(key, purse);
  const [oldest] = purses.keys();
  if (purses.size > PURSES_MAX && oldest !== undefined) purses.delete(oldest);
  return purse;
}

function callerOf(c: HonoContext<Context>): string {
  const principal: { username: string } | undefined = c.get("principal");
  if (principal !== undefined) return `user:${principal.username}`;
  return `address:${addressOf(c)}`;
}
