// Access tokens: HS256 JWTs with all that RFC 8725 asks of the side that checks them.
import { SignJWT, jwtVerify } from "jose";
import { Fault } from "#domain/fault.ts";
import { ROLES } from "#domain/role.ts";
import type { Principal } from "#domain/role.ts";

const ALGORITHM = "HS256";
const ISSUER = "edgeloom";
const AUDIENCE = "edgeloom-api";
/** RFC 7518, 3.2: a key at least as long as the hash. */
const SECRET_BYTES_MIN = 32;
/** Verified tokens that this isolate remembers, so that a warm call checks no signature twice. */
const VERIFIED_MAX = 10_000;

type Verified = { readonly principal: Principal; readonly expiresAt: number };

const verified = new Map<string, Verified>();

export async function issueToken(
  env: Env,
  principal: Principal,
  now: number,
): Promise<{ token: string; expiresAt: number }> {
  const minutes = Number(env.TOKEN_MINUTES);
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + minutes * 60;
  const token = await new SignJWT({ role: principal.role })
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
    .setSubject(principal.username)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .setJti(crypto.randomUUID())
    .sign(keyOf(env));
  return { token, expiresAt: expiresAt * 1000 };
}

export async function verifyToken(env: Env, token: string, now: number): Promise<Principal> {
  const known = verified.get(token);
  if (known !== undefined && now < known.expiresAt) return known.principal;
  verified.delete(token);
  const fresh = await check(env, token, now);
  verified.set(token, fresh);
  const [oldest] = verified.keys();
  if (verified.size > VERIFIED_MAX && oldest !== undefined) verified.delete(oldest);
  return fresh.principal;
}

async function check(env: Env, token: string, now: number): Promise<Verified> {
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
    const role = ROLES.find((name) => name === payload["role"]);
    if (payload.sub === undefined || payload.exp === undefined || role === undefined) {
      throw new Error("the token names no user or no role");
    }
    return { principal: { username: payload.sub, role }, expiresAt: payload.exp * 1000 };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Fault("UNAUTHORIZED", `The token is not valid: ${message}.`, { cause });
  }
}

function keyOf(env: Env): Uint8Array {
  const key = new TextEncoder().encode(env.EDGELOOM_JWT_SECRET ?? "");
  if (key.length >= SECRET_BYTES_MIN) return key;
  const message = `Nobody can log in: the secret EDGELOOM_JWT_SECRET needs at least ${SECRET_BYTES_MIN} bytes. Set it with \`wrangler secret put EDGELOOM_JWT_SECRET\`.`;
  throw new Fault("UNAVAILABLE", message);
}
