// The keys that sign tokens and that check them. Each key is good for the one algorithm that it names, whatever a
// token says of itself; a token names its key by id, so that a new key can sign while the one before still checks.
import { importJWK } from "jose";
import type { CryptoKey, JWK, JWTHeaderParameters } from "jose";
import { z } from "zod";
import { Fault } from "#domain/fault.ts";

/** RFC 7518, 3.2: a key at least as long as the hash. */
const SECRET_BYTES_MIN = 32;
const ALGORITHMS = ["HS256", "ES256", "EdDSA", "RS256", "PS256"] as const;

type Key = {
  /** Null for the secret that has no id: tokens without one are its. */
  readonly kid: string | null;
  readonly alg: string;
  readonly sign: CryptoKey | Uint8Array;
  readonly verify: CryptoKey | Uint8Array;
  /** The public half, for all to see; null for a shared secret. */
  readonly shown: JWK | null;
};

export type Keyring = { readonly signing: Key; readonly all: readonly Key[] };

const jwkSet = z.object({
  keys: z
    .array(z.looseObject({ kid: z.string().min(1), alg: z.enum(ALGORITHMS), kty: z.string() }))
    .min(1),
});

let known: { readonly from: string; readonly ring: Promise<Keyring> } | null = null;

/** Read anew only when the secrets are others than before. */
export function keyringOf(env: Env): Promise<Keyring> {
  const { EDGELOOM_JWT_KEYS: keys = "", EDGELOOM_JWT_SECRET: secret = "" } = env;
  const from = JSON.stringify([keys, secret]);
  if (known?.from !== from) known = { from, ring: readKeyring(keys, secret) };
  return known.ring;
}

/** The key that a token names; undefined when there is none, or when it isn't for the token's algorithm. */
export function keyFor(ring: Keyring, { kid, alg }: Partial<JWTHeaderParameters>): Key | undefined {
  return ring.all.find((key) => key.kid === (kid ?? null) && key.alg === alg);
}

async function readKeyring(keys: string, secret: string): Promise<Keyring> {
  const named = keys === "" ? [] : await Promise.all(parse(keys).map(keyOf));
  const bytes = new TextEncoder().encode(secret);
  const shared: Key[] =
    bytes.length < SECRET_BYTES_MIN
      ? []
      : [{ kid: null, alg: "HS256", sign: bytes, verify: bytes, shown: null }];
  const [signing, ...others] = [...named, ...shared];
  if (signing !== undefined) return { signing, all: [signing, ...others] };
  const message = `Nobody can log in: the secret EDGELOOM_JWT_SECRET needs at least ${SECRET_BYTES_MIN} bytes. Set it with \`wrangler secret put EDGELOOM_JWT_SECRET\`.`;
  throw new Fault("UNAVAILABLE", message);
}

function parse(text: string): (JWK & { kid: string; alg: string })[] {
  try {
    return jwkSet.parse(JSON.parse(text)).keys;
  } catch (cause) {
    const message = `Nobody can log in: the secret EDGELOOM_JWT_KEYS must be a JWK set whose keys have kid, kty and alg (${ALGORITHMS.join(", ")}).`;
    throw new Fault("UNAVAILABLE", message, { cause });
  }
}

async function keyOf(jwk: JWK & { kid: string; alg: string }): Promise<Key> {
  const { kid, alg } = jwk;
  const sign = await importJWK(jwk, alg);
  if (jwk.kty === "oct") return { kid, alg, sign, verify: sign, shown: null };
  const { kty, crv, x, y, n, e } = jwk;
  const given = Object.entries({ kty, crv, x, y, n, e, kid, alg, use: "sig" });
  const shown = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as JWK;
  return { kid, alg, sign, verify: await importJWK(shown, alg), shown };
}
