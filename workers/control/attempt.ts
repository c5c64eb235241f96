// Tries of passwords and codes are counted by the name and by the address that makes them, before they are looked at.
import { Fault } from "#domain/fault.ts";
import { database } from "#stores/database.ts";
import * as failures from "#stores/login-failures.ts";

const MINUTE_MS = 60_000;
const NAME_WINDOW_MS = 24 * 60 * MINUTE_MS;
const NAME_LOCK = {
  triesMax: 5,
  heldMs: 5_000,
  lockedMs: 15 * MINUTE_MS,
  windowMs: NAME_WINDOW_MS,
  forgets: true,
};
/** Many may share an address: it bears more, and one of them who knows a password says nothing for the others. */
const ADDRESS_LOCK = { ...NAME_LOCK, triesMax: 30, windowMs: 15 * MINUTE_MS, forgets: false };

/** Runs the check; a fault of it counts as a failure. Throws without running it where there were too many. */
export async function attempt<Checked>(
  env: Env,
  by: { readonly username: string; readonly address: string | null; readonly now: number },
  check: () => Promise<Checked>,
): Promise<Checked> {
  const db = database(env);
  const { now } = by;
  const ofName = { subject: `name:${by.username}`, lock: NAME_LOCK };
  const ofAddress =
    by.address === null ? [] : [{ subject: `address:${by.address}`, lock: ADDRESS_LOCK }];
  const tries = [ofName, ...ofAddress] as const;
  const until = await failures.takeLoginTries(db, tries, now);
  if (until !== null) throw locked(until, now);
  try {
    const checked = await check();
    await failures.returnLoginTries(db, tries);
    return checked;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "UNAUTHORIZED")
      await failures.confirmLoginFailures(db, tries, now);
    throw thrown;
  }
}

/** Of a name that nobody tries any more nothing is kept. */
export async function sweepAttempts(env: Env, now: number): Promise<void> {
  await failures.deleteLoginFailures(database(env), { before: now - NAME_WINDOW_MS, now });
}

function locked(until: number, now: number): Fault {
  const seconds = Math.ceil((until - now) / 1000);
  const message = `Too many failed logins. Try again in ${seconds} seconds.`;
  return new Fault("ACCOUNT_LOCKED", message, { retryAfterSeconds: seconds });
}
