// Tries of passwords and codes are counted by the name and by the address that makes them, before they are looked at.
import { Fault } from "#domain/fault.ts";
import { database } from "#stores/database.ts";
import * as failures from "#stores/login-failures.ts";

const MINUTE_MS = 60_000;
const NAME_LOCK = {
  triesMax: 5,
  heldMs: 5_000,
  lockedMs: 15 * MINUTE_MS,
  windowMs: 24 * 60 * MINUTE_MS,
};
/** Many may share an address: it bears more. */
const ADDRESS_LOCK = { ...NAME_LOCK, triesMax: 30, windowMs: 15 * MINUTE_MS };

/** Runs the check; a fault of it counts as a failure. Throws without running it where there were too many. */
export async function attempt<Checked>(
  env: Env,
  by: { readonly username: string; readonly address: string | null; readonly now: number },
  check: () => Promise<Checked>,
): Promise<Checked> {
  const db = database(env);
  const { now } = by;
  const name = `name:${by.username}`;
  const address = by.address === null ? null : `address:${by.address}`;
  const nameAt = { lock: NAME_LOCK, now };
  const addressAt = { lock: ADDRESS_LOCK, now };
  const untils = [
    address === null ? null : await failures.takeLoginTry(db, address, addressAt),
    await failures.takeLoginTry(db, name, nameAt),
  ].filter((until) => until !== null);
  if (untils.length > 0) throw locked(Math.max(...untils), now);
  try {
    const checked = await check();
    await failures.forgetLoginFailures(db, name);
    if (address !== null) await failures.returnLoginTry(db, address);
    return checked;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "UNAUTHORIZED") {
      await failures.confirmLoginFailure(db, name, nameAt);
      if (address !== null) await failures.confirmLoginFailure(db, address, addressAt);
    }
    throw thrown;
  }
}

function locked(until: number, now: number): Fault {
  const seconds = Math.ceil((until - now) / 1000);
  const message = `Too many failed logins. Try again in ${seconds} seconds.`;
  return new Fault("ACCOUNT_LOCKED", message, { retryAfterSeconds: seconds });
}
