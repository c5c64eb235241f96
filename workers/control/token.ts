// Access tokens: HS256 JWTs with all that RFC 8725 asks of the side that checks them.
import { SignJWT, jwtVerify } from "jose";
import { Fault } from "#domain/fault.ts";
import { ROLES } from "#domain/role.ts";
import type { Principal, UserPrincipal } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import { isTokenValid } from "#stores/node-tokens.ts";

const ALGORITHM = "HS256";
const ISSUER = "edgeloom";
const AUDIENCE = "edgeloom-api";
/** RFC 7518, 3.2: a key at least as long as the hash. */
const SECRET_BYTES_MIN = 32;
/** Verified tokens that this isolate remembers, so that a warm call checks no signature twice. */
const VERIFIED_MAX = 10_000;

/** A revoked node token is refused everywhere within five seconds: so much of them this isolate may be behind. */
const REVOCATION_STALE_MS = 4_000;

export type Verified = {
  readonly id: string;
  readonly principal: Principal;
  readonly expiresAt: number;
};

const verified = new Map<string, Verified & { readonly lookedAt: number }>();

export async function issueToken(
  env: Env,
  principal: UserPrincipal,
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
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + Math.ceil(lifetimeMs / 1000);
  const id = crypto.randomUUID();
  const node = principal.role === "Node" ? { node: principal.nodeId } : {};
  const token = await new SignJWT({ role: principal.role, ...node })
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
    .setSubject(principal.username)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .setJti(id)
    .sign(keyOf(env));
  return { id, token, expiresAt: expiresAt * 1000 };
}

export async function verifyToken(env: Env, token: string, now: number): Promise<Principal> {
  const known = verified.get(token);
  if (known !== undefined && now < known.expiresAt && isFresh(known, now)) return known.principal;
  verified.delete(token);
  const fresh = await readToken(env, token, now);
  if (fresh.principal.role === "Node" && !(await isTokenValid(database(env), fresh.id))) {
    throw new Fault("UNAUTHORIZED", "The token is not valid: it was revoked, or its node is gone.");
  }
  verified.set(token, { ...fresh, lookedAt: now });
  const [oldest] = verified.keys();
  if (verified.size > VERIFIED_MAX && oldest !== undefined) verified.delete(oldest);
  return fresh.principal;
}

function isFresh(known: Verified & { lookedAt: number }, now: number): boolean {
  return known.principal.role !== "Node" || now - known.lookedAt < REVOCATION_STALE_MS;
}

/** What a token says, when its signature and its times hold. Whether it was revoked is not looked at. */
export async function readToken(env: Env, token: string, now: number): Promise<Verified> {
  const key = keyOf(env);
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      typ: "JWT",
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ["sub", "exp", "iat", "jti"],
      currentDate: new Date(now),
    });
    const { sub, exp, jti } = payload;
    const principal = principalOf(sub, payload["role"], payload["node"]);
    if (exp === undefined || jti === undefined || principal === null) {
      throw new Error("the token names no user and no node, or no role");
    }
    return { id: jti, principal, expiresAt: exp * 1000 };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Fault("UNAUTHORIZED", `The token is not valid: ${message}.`, { cause });
  }
}

function principalOf(username: string | undefined, role: unknown, node: unknown): Principal | null {
  if (username === undefined) return null;
  if (role === "Node") return typeof node === "string" ? { username, role, nodeId: node } : null;
  const known = ROLES.find((name) => name === role);
  return known === undefined ? null : { username, role: known };
}

function keyOf(env: Env): Uint8Array {
  const key = new TextEncoder().encode(env.EDGELOOM_JWT_SECRET ?? "");
  if (key.length >= SECRET_BYTES_MIN) return key;
  const message = `Nobody can log in: the secret EDGELOOM_JWT_SECRET needs at least ${SECRET_BYTES_MIN} bytes. Set it with \`wrangler secret put EDGELOOM_JWT_SECRET\`.`;
  throw new Fault("UNAVAILABLE", message);
}
