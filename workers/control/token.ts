// Access and refresh tokens: JWTs with all that RFC 8725 asks of the side that checks them. A token is good for as long
// as its session or its node's grant is: what was revoked is refused everywhere within five seconds.
import { waitUntil } from "cloudflare:workers";
import { SignJWT, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import { Fault } from "#domain/fault.ts";
import { ROLES, rolesOf } from "#domain/role.ts";
import type { Principal, SignedIn } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import { isTokenValid } from "#stores/node-tokens.ts";
import { findPrincipal } from "#stores/sessions.ts";
import { keyFor, keyringOf } from "#stores/keyring.ts";

const ISSUER = "edgeloom";
const AUDIENCE = "edgeloom-api";
/** Verified tokens that this isolate remembers, so that a warm call checks no signature twice. */
const VERIFIED_MAX = 10_000;

/** So far behind a revocation an isolate may be; it looks again, behind a call, when it is half of that. */
const STALE_MS = 4_000;
const LOOK_AGAIN_MS = 2_000;

export type Verified = {
  readonly id: string;
  readonly principal: Principal;
  readonly expiresAt: number;
};

type Known = Verified & { readonly lookedAt: number };

type Look = {
  readonly now: number;
  /** Told who a token is of that isn't known here, once its signature holds and while it is looked up. */
  readonly foresee?: (told: Principal) => void;
};

const verified = new Map<string, Known>();
const looking = new Set<string>();

export async function issueToken(
  env: Env,
  principal: SignedIn,
  now: number,
): Promise<{ token: string; expiresAt: number }> {
  const lifetimeMs = Number(env.TOKEN_MINUTES) * 60_000;
  const { token, expiresAt } = await signToken(env, principal, { lifetimeMs, now });
  return { token, expiresAt };
}

/** A token of a user or of a node. */
export async function signToken(
  env: Env,
  principal: Principal,
  { lifetimeMs, now }: { lifetimeMs: number; now: number },
): Promise<{ id: string; token: string; expiresAt: number }> {
  const id = crypto.randomUUID();
  const { username, role } = principal;
  const more =
    principal.role === "Node"
      ? { node: principal.nodeId }
      : { roles: rolesOf(principal), sid: principal.session?.id };
  const claims = { ...more, role, sub: username, aud: AUDIENCE, jti: id };
  const signed = await sign(env, claims, { typ: "JWT", lifetimeMs, now });
  return { id, ...signed };
}

export async function sign(
  env: Env,
  claims: JWTPayload,
  { typ, lifetimeMs, now }: { typ: string; lifetimeMs: number; now: number },
): Promise<{ token: string; expiresAt: number }> {
  const { kid, alg, sign: key } = (await keyringOf(env)).signing;
  const iat = Math.floor(now / 1000);
  const exp = iat + Math.ceil(lifetimeMs / 1000);
  const token = await new SignJWT({ ...claims, iss: ISSUER, iat, exp })
    .setProtectedHeader({ alg, typ, ...(kid === null ? {} : { kid }) })
    .sign(key);
  return { token, expiresAt: exp * 1000 };
}

export async function verifyToken(env: Env, token: string, at: Look): Promise<Principal> {
  const { now } = at;
  const known = verified.get(token);
  if (known === undefined || now >= known.expiresAt || now - known.lookedAt >= STALE_MS) {
    verified.delete(token);
    return look(env, token, at);
  }
  if (now - known.lookedAt >= LOOK_AGAIN_MS && !looking.has(token)) {
    looking.add(token);
    waitUntil(
      look(env, token, { now })
        .catch((refusal: unknown) => refuseFromNow(token, refusal))
        .finally(() => looking.delete(token)),
    );
  }
  return known.principal;
}

/** Tokens of this session or user are looked at anew here. Elsewhere it takes until they are stale. */
export function forgetTokens(of: { readonly sessionId?: string; readonly userId?: string }): void {
  for (const [token, { principal }] of verified) {
    if (principal.role === "Node") continue;
    const { id, userId } = principal.session ?? {};
    if (id === of.sessionId || userId === of.userId) verified.delete(token);
  }
}

/** What can't be looked at now stays known until it is stale. */
function refuseFromNow(token: string, refusal: unknown): void {
  if (refusal instanceof Fault && refusal.code === "UNAUTHORIZED") verified.delete(token);
}

async function look(env: Env, token: string, { now, foresee }: Look): Promise<Principal> {
  const read = await readToken(env, token, now);
  foresee?.(read.principal);
  const principal = await living(env, read, now);
  if (principal === null) {
    const what =
      read.principal.role === "Node"
        ? "it was revoked, or its node is gone"
        : "its session has ended, or its user may no more";
    throw new Fault("UNAUTHORIZED", `The token is not valid: ${what}.`);
  }
  verified.set(token, { ...read, principal, lookedAt: now });
  const [oldest] = verified.keys();
  if (verified.size > VERIFIED_MAX && oldest !== undefined) verified.delete(oldest);
  return principal;
}

/** Who the token is of, as that user or node is now; null when it was revoked or its owner is gone. */
export async function living(
  env: Env,
  { id, principal }: Verified,
  now: number,
): Promise<Principal | null> {
  const db = database(env);
  if (principal.role === "Node") return (await isTokenValid(db, id)) ? principal : null;
  return findPrincipal(db, principal.session?.id ?? "", now);
}

/** What a token says, when its signature and its times hold. Whether it was revoked is not looked at. */
export async function readToken(env: Env, token: string, now: number): Promise<Verified> {
  const claims = await readClaims(env, token, { typ: "JWT", audience: AUDIENCE, now });
  const principal = principalOf(claims);
  if (principal !== null) return { id: claims.jti, principal, expiresAt: claims.exp * 1000 };
  throw new Fault("UNAUTHORIZED", "The token is not valid: it names no session and no node.");
}

type Claims = JWTPayload & { readonly exp: number; readonly jti: string };

export async function readClaims(
  env: Env,
  token: string,
  { typ, audience, now }: { typ: string; audience: string; now: number },
): Promise<Claims> {
  const ring = await keyringOf(env);
  try {
    const { payload } = await jwtVerify(
      token,
      (header) => {
        const key = keyFor(ring, header);
        if (key === undefined) throw new Error("no key of ours is named by it");
        return key.verify;
      },
      {
        algorithms: ring.all.map(({ alg }) => alg),
        typ,
        issuer: ISSUER,
        audience,
        requiredClaims: ["sub", "exp", "iat", "jti"],
        currentDate: new Date(now),
      },
    );
    const { exp, jti } = payload;
    if (exp === undefined || jti === undefined) throw new Error("it has no id or no end");
    return { ...payload, exp, jti };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Fault("UNAUTHORIZED", `The token is not valid: ${message}.`, { cause });
  }
}

/** As the token has it: what the user is now stands in the store. */
function principalOf({ sub: username, role, node, sid }: Claims): Principal | null {
  if (username === undefined) return null;
  if (role === "Node") return typeof node === "string" ? { username, role, nodeId: node } : null;
  const known = ROLES.find((name) => name === role);
  if (known === undefined || typeof sid !== "string") return null;
  const session = { id: sid, userId: "", email: null, mfa: false };
  return { username, role: known, session };
}
