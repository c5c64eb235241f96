// What becomes of a login: refreshed by a token that is good once, or by the access token while that lasts, and ended.
// A refresh token that comes a second time was stolen from somebody: then the whole session is over.
import { Fault } from "#domain/fault.ts";
import type { SignedIn } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import { record } from "#stores/ledger.ts";
import { advanceSession, findPrincipal, revokeSession } from "#stores/sessions.ts";
import { forgetTokens, issueToken, readClaims, readToken, sign } from "./token.ts";

/** A session that nobody refreshes by its refresh token ends after this. */
export const SESSION_MS = 7 * 86_400_000;

const REFRESH = { typ: "refresh+jwt", audience: "edgeloom-refresh" };

export type Refreshed = {
  readonly token: string;
  readonly expiresAt: number;
  /** Null where the access token was shown: the refresh token stays the one it was. */
  readonly refresh: { readonly token: string; readonly expiresAt: number } | null;
};

type At = {
  readonly now: number;
  readonly address: string | null;
  readonly requestId: string | null;
};

export async function issueRefreshToken(
  env: Env,
  session: { readonly id: string; readonly generation: number; readonly username: string },
  now: number,
): Promise<{ token: string; expiresAt: number }> {
  const { id: sid, generation, username: sub } = session;
  const claims = { sub, sid, generation, aud: REFRESH.audience, jti: crypto.randomUUID() };
  return sign(env, claims, { typ: REFRESH.typ, lifetimeMs: SESSION_MS, now });
}

/** By the access token as it is now. */
export async function refreshByAccess(env: Env, token: string, { now }: At): Promise<Refreshed> {
  const { principal: told } = await readToken(env, token, now);
  if (told.role === "Node" || told.session === undefined) throw ended();
  const principal = await findPrincipal(database(env), told.session.id, now);
  if (principal === null) throw ended();
  return { ...(await issueToken(env, principal, now)), refresh: null };
}

export async function refreshByRefresh(env: Env, token: string, at: At): Promise<Refreshed> {
  const { now } = at;
  const { sid, generation, sub } = await readClaims(env, token, { ...REFRESH, now });
  if (typeof sid !== "string" || typeof generation !== "number" || sub === undefined) throw ended();
  const db = database(env);
  const principal = await findPrincipal(db, sid, now);
  if (principal === null) throw ended();
  if (!(await advanceSession(db, { id: sid, generation }, now + SESSION_MS))) {
    await revokeFamily(env, principal, at);
    const message = "The refresh token was used before. The session is over: log in again.";
    throw new Fault("UNAUTHORIZED", message);
  }
  const next = { id: sid, generation: generation + 1, username: principal.username };
  const refresh = await issueRefreshToken(env, next, now);
  return { ...(await issueToken(env, principal, now)), refresh };
}

export async function logout(env: Env, principal: SignedIn, now: number): Promise<void> {
  await revokeSession(database(env), principal.session.id, now);
  forgetTokens({ sessionId: principal.session.id });
}

async function revokeFamily(env: Env, principal: SignedIn, at: At): Promise<void> {
  const { address, requestId, now } = at;
  await logout(env, principal, now);
  await record(env, {
    actor: principal.username,
    actorId: principal.session.userId,
    action: "session:refresh",
    resource: `users:${principal.session.userId}`,
    result: "refused",
    reason: "A refresh token came a second time; its session was ended.",
    address,
    requestId,
  });
}

function ended(): Fault {
  return new Fault("UNAUTHORIZED", "The session has ended: log in again.");
}
