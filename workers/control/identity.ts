// Users and logins. The first user is made from secrets; all others by an Admin.
import { Fault } from "#domain/fault.ts";
import type { Role, UserPrincipal } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import * as users from "#stores/users.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { issueToken } from "./token.ts";

const LOCK: users.LoginLock = { triesMax: 5, heldMs: 5_000, lockedMs: 15 * 60_000 };

export type Login = {
  readonly token: string;
  readonly expiresAt: number;
  readonly principal: UserPrincipal;
};

export type Account = {
  readonly username: string;
  readonly role: Role;
  readonly createdAt: number;
};

export async function login(
  env: Env,
  given: { username: string; password: string },
  now: number,
): Promise<Login> {
  const db = database(env);
  const at = { lock: LOCK, now };
  const until = await users.takeLoginTry(db, given.username, at);
  if (until !== null) throw locked(until, now);
  const user =
    (await users.findUser(db, given.username)) ?? (await firstUser(env, given.username, now));
  if (!(await verifyPassword(given.password, user?.passwordHash ?? null)) || user === null) {
    await users.confirmLoginFailure(db, given.username, at);
    throw new Fault("UNAUTHORIZED", "The username or the password is wrong.");
  }
  await users.forgetLoginFailures(db, given.username);
  const principal = { username: user.username, role: user.role };
  return { ...(await issueToken(env, principal, now)), principal };
}

export async function createUser(
  env: Env,
  given: { username: string; password: string; role: Role },
  now: number,
): Promise<Account> {
  const { username, password, role } = given;
  const passwordHash = await hashPassword(password);
  const made = await users.insertUser(database(env), {
    username,
    passwordHash,
    role,
    createdAt: now,
  });
  if (!made) throw new Fault("CONFLICT", `User ${username} exists already.`);
  return { username, role, createdAt: now };
}

export async function listAccounts(env: Env): Promise<Account[]> {
  const all = await users.listUsers(database(env));
  return all.map(({ username, role, createdAt }) => ({ username, role, createdAt }));
}

/** The Admin that the secrets name, made when that name first logs in. Without the secrets there is none. */
async function firstUser(env: Env, username: string, now: number): Promise<users.User | null> {
  const { EDGELOOM_ADMIN_USER: name, EDGELOOM_ADMIN_PASSWORD: password } = env;
  if (name === undefined || password === undefined || name === "" || password === "") {
    const message =
      "Nobody can log in: set the secrets EDGELOOM_ADMIN_USER and EDGELOOM_ADMIN_PASSWORD with `wrangler secret put`.";
    throw new Fault("UNAVAILABLE", message);
  }
  if (username !== name) return null;
  const passwordHash = await hashPassword(password);
  const db = database(env);
  await users.insertUser(db, { username: name, passwordHash, role: "Admin", createdAt: now });
  return users.findUser(db, name);
}

function locked(until: number, now: number): Fault {
  const seconds = Math.ceil((until - now) / 1000);
  const message = `Too many failed logins for this name. Try again in ${seconds} seconds.`;
  return new Fault("ACCOUNT_LOCKED", message, { retryAfterSeconds: seconds });
}
