// Logins and their sessions. The first user is made from secrets; all others by an Admin. Whoever is refused is told
// the same, whatever was wrong, and after the same work.
import { Fault } from "#domain/fault.ts";
import { primaryRole } from "#domain/role.ts";
import type { SignedIn } from "#domain/role.ts";
import type { Account } from "#domain/user.ts";
import { database } from "#stores/database.ts";
import { record } from "#stores/ledger.ts";
import { beginSession } from "#stores/sessions.ts";
import * as users from "#stores/users.ts";
import { attempt } from "./attempt.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { takeCode } from "./second-factor.ts";
import { SESSION_MS, issueRefreshToken } from "./session.ts";
import { issueToken } from "./token.ts";

export type Credentials = {
  readonly username: string;
  readonly password: string;
  readonly mfaCode?: string | undefined;
  /** Where the request came from, as far as that is known; and its id. */
  readonly address?: string | null;
  readonly requestId?: string | null;
};

export type Login = {
  readonly token: string;
  readonly expiresAt: number;
  readonly refreshToken: string;
  readonly refreshExpiresAt: number;
  readonly principal: SignedIn;
};

/** Every login is an entry of the ledger, whether it went well or not, before it is answered. */
export async function login(env: Env, given: Credentials, now: number): Promise<Login> {
  const { username, address = null, requestId = null } = given;
  const entry = { action: "session:begin", address, requestId, at: now };
  try {
    const { user, mfa } = await attempt(env, { username, address, now }, () =>
      identify(env, given, now),
    );
    const begun = await begin(env, user, { mfa, now });
    const who = { actor: user.username, actorId: user.id, resource: `users:${user.id}` };
    await record(env, { ...entry, ...who, result: "success", evidence: { mfa } });
    return begun;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code === "UNAVAILABLE") throw thrown;
    // The name that was tried is told only where it is one: it may be a password in the wrong field.
    const user = await users.findUser(database(env), username);
    const who = { actor: user?.username ?? null, actorId: user?.id ?? null };
    const resource = `users:${user?.id ?? "unknown"}`;
    const reason = `${thrown.code}: ${thrown.message}`;
    await record(env, { ...entry, ...who, resource, result: "refused", reason });
    throw thrown;
  }
}

async function identify(
  env: Env,
  given: Credentials,
  now: number,
): Promise<{ user: users.User; mfa: boolean }> {
  const db = database(env);
  const found = await users.findForLogin(db, given.username);
  const user = found.user ?? (await firstUser(env, given.username, { ...found, now }));
  const isRight = await verifyPassword(given.password, user?.passwordHash ?? null);
  if (!isRight || user === null || !user.enabled || primaryRole(user.roles) === null) throw wrong();
  const mfa = found.needsCode;
  const { mfaCode: code } = given;
  if (mfa && (code === undefined || !(await takeCode(env, user.id, { code, now })))) throw wrong();
  return { user, mfa };
}

function wrong(): Fault {
  const message = "The username, the password or the MFA code is wrong.";
  return new Fault("UNAUTHORIZED", message);
}

async function begin(
  env: Env,
  user: Account,
  { mfa, now }: { mfa: boolean; now: number },
): Promise<Login> {
  const db = database(env);
  const sessionId = crypto.randomUUID();
  const { id, username, email, roles } = user;
  const session = { id: sessionId, userId: id, createdAt: now, generation: 1, mfa };
  await beginSession(db, { ...session, expiresAt: now + SESSION_MS });
  const principal = {
    username,
    role: primaryRole(roles) ?? "Viewer",
    roles,
    session: { id: sessionId, userId: id, email, mfa },
  };
  const refresh = await issueRefreshToken(env, { ...session, username }, now);
  return {
    ...(await issueToken(env, principal, now)),
    refreshToken: refresh.token,
    refreshExpiresAt: refresh.expiresAt,
    principal,
  };
}

/** The Admin that the secrets name, made at that name's first login where there is no user yet. */
async function firstUser(
  env: Env,
  username: string,
  { isEmpty, now }: { isEmpty: boolean; now: number },
): Promise<users.User | null> {
  const { EDGELOOM_ADMIN_USER: name, EDGELOOM_ADMIN_PASSWORD: password } = env;
  if (!isEmpty) return null;
  if (name === undefined || password === undefined || name === "" || password === "") {
    const message =
      "Nobody can log in: set the secrets EDGELOOM_ADMIN_USER and EDGELOOM_ADMIN_PASSWORD with `wrangler secret put`.";
    throw new Fault("UNAVAILABLE", message);
  }
  if (username !== name) return null;
  const passwordHash = await hashPassword(password);
  const db = database(env);
  const account = { id: crypto.randomUUID(), username: name, email: emailOf(name) };
  const rest = { roles: ["Admin"] as const, enabled: true, createdAt: now, lastLoginAt: null };
  await users.insertUser(db, { ...account, ...rest, passwordHash });
  return users.findUser(db, name);
}

/** A name that is an address is the address too, unless another is given. */
export function emailOf(username: string): string | null {
  return /^[^@\s]+@[^@\s]+$/.test(username) ? username : null;
}
