/** The one Node API in use: the platform has no scrypt, and no hash that needs no waiting, of its own. */
declare module "node:crypto" {
  export function scrypt(
    password: string,
    salt: Uint8Array,
    length: number,
    options: { N: number; r: number; p: number; maxmem: number },
    callback: (error: Error | null, key: Uint8Array) => void,
  ): void;
  export function createHash(algorithm: "sha256"): {
    update(text: string): { digest(encoding: "hex"): string };
  };
  export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean;
}
