// TOTP (RFC 6238: SHA-1, six digits, 30 s) and backup codes. A step counts once, and so does a backup code.
import { Secret, TOTP } from "otpauth";
import { renderSVG } from "uqr";
import { Fault } from "#domain/fault.ts";
import type { SignedIn } from "#domain/role.ts";
import * as store from "#stores/authenticators.ts";
import { digestOf } from "#stores/artifacts.ts";
import { database } from "#stores/database.ts";
import { findUserById } from "#stores/users.ts";
import { attempt } from "./attempt.ts";
import { verifyPassword } from "./password.ts";

const ISSUER = "Edgeloom";
const PERIOD_S = 30;
/** Steps before and after the present one that are taken for it. */
const WINDOW = 1;
const SECRET_BYTES = 20;
const BACKUP_CODES = 10;
/** 80 bits: too many to be found from their hash. */
const BACKUP_BYTES = 10;

export type Enrolment = { readonly secret: string; readonly url: string; readonly picture: string };

type Shown = {
  readonly password: string;
  readonly address: string | null;
  readonly now: number;
};

/** A secret to confirm. The password is asked for again, lest a stolen token binds the account to another's phone. */
export async function enrol(env: Env, who: SignedIn, shown: Shown): Promise<Enrolment> {
  await confirmPassword(env, who, shown);
  const secret = new Secret({ size: SECRET_BYTES }).base32;
  if (!(await store.putAuthenticator(env, who.session.userId, secret))) {
    throw new Fault("CONFLICT", "A second factor is in use already: disable it first.");
  }
  const url = totpOf(secret, who.username).toString();
  return { secret, url, picture: renderSVG(url) };
}

/** A first code shows that the secret arrived. The backup codes are told here and never again. */
export async function confirm(
  env: Env,
  who: SignedIn,
  { code, address, now }: { code: string; address: string | null; now: number },
): Promise<string[]> {
  const db = database(env);
  const found = await store.findAuthenticator(env, who.session.userId);
  if (found === null || found.confirmedAt !== null) {
    throw new Fault("CONFLICT", "There is no second factor that waits for its first code.");
  }
  await attempt(env, { username: who.username, address, now }, async () => {
    if (!(await takeTotp(env, who.session.userId, { code, now })))
      throw new Fault("UNAUTHORIZED", "The code is wrong, or was used before.");
  });
  const codes = Array.from({ length: BACKUP_CODES }, newBackupCode);
  const hashes = await Promise.all(codes.map(hashOf));
  await store.confirmAuthenticator(db, who.session.userId, { hashes, now });
  return codes;
}

export async function disable(
  env: Env,
  who: SignedIn,
  shown: Shown & { readonly code: string },
): Promise<void> {
  await confirmPassword(env, who, shown);
  const { code, address, now } = shown;
  await attempt(env, { username: who.username, address, now }, async () => {
    if (!(await takeCode(env, who.session.userId, { code, now })))
      throw new Fault("UNAUTHORIZED", "The code is wrong, or was used before.");
  });
  await store.deleteAuthenticator(database(env), who.session.userId);
}

/** True once for a code of the authenticator's, or for a backup code. */
export async function takeCode(
  env: Env,
  userId: string,
  { code, now }: { code: string; now: number },
): Promise<boolean> {
  if (/^\d{6}$/.test(code)) return takeTotp(env, userId, { code, now });
  const hash = await hashOf(code);
  return store.takeBackupCode(database(env), userId, { hash, now });
}

async function takeTotp(
  env: Env,
  userId: string,
  { code, now }: { code: string; now: number },
): Promise<boolean> {
  const found = await store.findAuthenticator(env, userId);
  if (found === null) return false;
  const delta = totpOf(found.secret, userId).validate({
    token: code,
    timestamp: now,
    window: WINDOW,
  });
  if (delta === null) return false;
  return store.takeStep(database(env), userId, Math.floor(now / 1000 / PERIOD_S) + delta);
}

async function confirmPassword(
  env: Env,
  who: SignedIn,
  { password, address, now }: Shown,
): Promise<void> {
  await attempt(env, { username: who.username, address, now }, async () => {
    const user = await findUserById(database(env), who.session.userId);
    if (!(await verifyPassword(password, user?.passwordHash ?? null)))
      throw new Fault("UNAUTHORIZED", "The password is wrong.");
  });
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({ issuer: ISSUER, label, secret: Secret.fromBase32(secret), period: PERIOD_S });
}

function newBackupCode(): string {
  const letters = new Secret({ size: BACKUP_BYTES }).base32;
  return letters.replaceAll(/(.{4})(?=.)/g, "$1-");
}

function hashOf(code: string): Promise<string> {
  const letters = code.toUpperCase().replaceAll(/[^A-Z2-7]/g, "");
  return digestOf(Uint8Array.from(new TextEncoder().encode(letters)));
}
