// The keys that sign tokens, that check them, and that seal what is kept. Each key is good for the one algorithm that
// it names, whatever a token says of itself; a token names its key by id, so that a new key can sign while the one
// before still checks.
import { base64url, importJWK } from "jose";
import type { CryptoKey, JWK, JWTHeaderParameters } from "jose";
import { z } from "zod";
import { Fault } from "#domain/fault.ts";

/** RFC 7518, 3.2: a key at least as long as the hash. */
const SECRET_BYTES_MIN = 32;
const ALGORITHMS = ["HS256", "ES256", "EdDSA", "RS256", "PS256"] as const;

type NamedKey = JWK & { readonly kty: string; readonly kid: string; readonly alg: string };
/** Of any type of key what all may know of it. */
type PublicKey = Pick<NamedKey, "kty" | "kid" | "alg" | "crv" | "x" | "y" | "n" | "e"> & {
  readonly use: "sig";
};

type Key = {
  /** Null for the secret that has no id: tokens without one are its. */
  readonly kid: string | null;
  readonly alg: string;
  readonly sign: CryptoKey | Uint8Array;
  readonly verify: CryptoKey | Uint8Array;
  /** The public half, for all to see; null for a shared secret. */
  readonly shown: PublicKey | null;
  /** Derived from the secret half, for what is sealed at rest; null where that half is kept elsewhere. */
  readonly sealing: Uint8Array | null;
};

export type Keyring = { readonly signing: Key; readonly all: readonly Key[] };

const jwkSet = z.object({
  keys: z
    .array(z.looseObject({ kid: z.string().min(1), alg: z.enum(ALGORITHMS), kty: z.string() }))
    .min(1),
});

let known: { readonly from: string; readonly ring: Keyring } | null = null;

/** Read anew only when the secrets are others than before; whoever asks meanwhile reads them too. */
export async function keyringOf(env: Env): Promise<Keyring> {
  const { EDGELOOM_JWT_KEYS: keys = "", EDGELOOM_JWT_SECRET: secret = "" } = env;
  const from = JSON.stringify([keys, secret]);
  if (known?.from === from) return known.ring;
  const ring = await readKeyring(keys, secret);
  known = { from, ring };
  return ring;
}

/** The key that a token names; undefined when there is none, or when it isn't for the token's algorithm. */
export function keyFor(ring: Keyring, { kid, alg }: Partial<JWTHeaderParameters>): Key | undefined {
  return ring.all.find((key) => key.kid === (kid ?? null) && key.alg === alg);
}

/** The public halves, as JWKS tells them (RFC 7517). Of a shared secret there is none. */
export async function publicKeys(env: Env): Promise<PublicKey[]> {
  return (await keyringOf(env)).all.flatMap(({ shown }) => shown ?? []);
}

async function readKeyring(keys: string, secret: string): Promise<Keyring> {
  const named = keys === "" ? [] : await Promise.all(parse(keys).map(keyOf));
  const [signing, ...others] = [...named, ...(await sharedKeys(secret))];
  if (signing !== undefined) return { signing, all: [signing, ...others] };
  const message = `Nobody can log in: the secret EDGELOOM_JWT_SECRET needs at least ${SECRET_BYTES_MIN} bytes. Set it with \`wrangler secret put EDGELOOM_JWT_SECRET\`.`;
  throw new Fault("UNAVAILABLE", message);
}

async function sharedKeys(secret: string): Promise<Key[]> {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < SECRET_BYTES_MIN) return [];
  const sealing = await derived(bytes);
  return [{ kid: null, alg: "HS256", sign: bytes, verify: bytes, shown: null, sealing }];
}

function parse(text: string): NamedKey[] {
  try {
    return jwkSet.parse(JSON.parse(text)).keys;
  } catch (cause) {
    const message = `Nobody can log in: the secret EDGELOOM_JWT_KEYS must be a JWK set whose keys have kid, kty and alg (${ALGORITHMS.join(", ")}).`;
    throw new Fault("UNAVAILABLE", message, { cause });
  }
}

async function keyOf(jwk: NamedKey): Promise<Key> {
  const { kid, alg } = jwk;
  const sign = await importJWK(jwk, alg);
  const secret = jwk.kty === "oct" ? jwk.k : jwk.d;
  const sealing = secret === undefined ? null : await derived(base64url.decode(secret));
  if (jwk.kty === "oct") return { kid, alg, sign, verify: sign, shown: null, sealing };
  const { kty, crv, x, y, n, e } = jwk;
  const given = Object.entries({ crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  const shown: PublicKey = { ...Object.fromEntries(given), kty, kid, alg, use: "sig" };
  return { kid, alg, sign, verify: await importJWK(shown, alg), shown, sealing };
}

/** 256 bits that tell nothing of the key they come from. https://www.rfc-editor.org/rfc/rfc5869 */
async function derived(secret: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", Uint8Array.from(secret), "HKDF", false, [
    "deriveBits",
  ]);
  const info = new TextEncoder().encode("edgeloom sealed at rest");
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}
