// Passwords are kept as scrypt hashes. PBKDF2 on this platform stops at 100,000 rounds, which is too few today.
import { scrypt, timingSafeEqual } from "node:crypto";

/** 16 MiB a hash: what the platform allows, at the strength that OWASP names for these. */
const COST = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** A hash that no password has: checked for users who don't exist, so that both cases take as long. */
const NOBODY = `scrypt$${"00".repeat(SALT_BYTES)}$${"00".repeat(KEY_BYTES)}`;

export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const key = await derive(password, salt);
  return `scrypt$${salt.toHex()}$${key.toHex()}`;
}

/** Null stands for a user who doesn't exist. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const [, salt, key] = (hash ?? NOBODY).split("$");
  const expected = Uint8Array.fromHex(key ?? "");
  const given = await derive(password, Uint8Array.fromHex(salt ?? ""));
  return timingSafeEqual(given, expected) && hash !== null;
}

function derive(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, COST, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    });
  });
}
