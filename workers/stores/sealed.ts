// Secrets that must be read again, as an HMAC's key and a TOTP seed must, stand in D1 as JWEs (RFC 7516: dir, A256GCM)
// under a key that comes of the one that signs tokens. Each opens for the row that it was sealed for, and for no other.
import { ne, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { EncryptJWT, base64url, jwtDecrypt } from "jose";
import type { CompactJWEHeaderParameters } from "jose";
import { Fault } from "#domain/fault.ts";
import { keyringOf } from "./keyring.ts";

/** `owner` names the row: `webhooks:{id}`. */
export async function seal(env: Env, secret: string, owner: string): Promise<string> {
  const { sealing, header } = await sealer(env);
  return new EncryptJWT({ secret }).setSubject(owner).setProtectedHeader(header).encrypt(sealing);
}

export async function unseal(env: Env, kept: string, owner: string): Promise<string> {
  if (!isSealed(kept)) return kept;
  const ring = await keyringOf(env);
  try {
    const keyOf = ({ kid }: CompactJWEHeaderParameters): Uint8Array => {
      const key = ring.all.find((one) => one.kid === (kid ?? null))?.sealing ?? null;
      if (key === null) throw new Error(`the key ring holds no ${kid ?? "secret without an id"}`);
      return key;
    };
    const { payload } = await jwtDecrypt(kept, keyOf, {
      subject: owner,
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return String(payload["secret"]);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Fault("UNAVAILABLE", `The secret of ${owner} can't be read: ${message}.`, { cause });
  }
}

/** The condition on a column that another key sealed, or none. */
export async function staleness(env: Env): Promise<(column: SQLiteColumn) => SQL> {
  const { header } = await sealer(env);
  const beginning = `${base64url.encode(JSON.stringify(header))}.`;
  return (column) => ne(sql`substr(${column}, 1, ${beginning.length})`, beginning);
}

/** Under the present key. */
export async function sealAnew(env: Env, kept: string, owner: string): Promise<string> {
  return seal(env, await unseal(env, kept, owner), owner);
}

/** One that can't be read keeps no other from being sealed anew. */
export async function resealing(owner: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    console.error(`The secret of ${owner} was not sealed anew.`, cause);
  }
}

async function sealer(env: Env) {
  const { kid, sealing } = (await keyringOf(env)).signing;
  if (sealing === null) {
    const message = `The first key of EDGELOOM_JWT_KEYS, ${kid}, has no secret half: nothing can be sealed.`;
    throw new Fault("UNAVAILABLE", message);
  }
  const header = { alg: "dir", enc: "A256GCM", ...(kid === null ? {} : { kid }) };
  return { sealing, header };
}

/** Rows from before there were seals hold the secret itself; the sweep seals them. */
function isSealed(kept: string): boolean {
  return kept.startsWith("eyJ") && kept.split(".").length === 5;
}
