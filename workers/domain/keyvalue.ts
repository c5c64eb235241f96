// The words between a guest's wasi:keyvalue and the object that keeps what it writes.

/** Of a key in UTF-16 units, of a value in bytes: a row of the object's storage is 2 MB at most. */
const KEY_LENGTH_MAX = 1_024;
export const VALUE_BYTES_MAX = 1024 * 1024;
/** Keys that one call lists, or reads and writes at once. */
export const KEYS_MAX = 1_000;

export type KeyvalueRequest =
  | { readonly type: "get"; readonly keys: readonly string[] }
  | {
      readonly type: "set";
      readonly entries: readonly (readonly [key: string, value: Uint8Array])[];
    }
  | { readonly type: "delete"; readonly keys: readonly string[] }
  /** `after` so many keys, in their order. */
  | { readonly type: "list"; readonly after: number }
  /** By a number kept as decimal text; it begins at 0 and stays below 2^64. */
  | { readonly type: "increment"; readonly key: string; readonly delta: bigint };

export type KeyvalueAnswer =
  | { readonly type: "values"; readonly values: readonly (Uint8Array | null)[] }
  | { readonly type: "keys"; readonly keys: readonly string[]; readonly isLast: boolean }
  | { readonly type: "number"; readonly number: bigint }
  | { readonly type: "done" }
  | { readonly type: "refused"; readonly reason: string };

const LARGEST = 2n ** 64n - 1n;

/** Why it can't be done; null when it can. */
export function requestFault(request: KeyvalueRequest): string | null {
  const keys = keysOf(request);
  if (keys.length > KEYS_MAX) return `At most ${KEYS_MAX} keys go at once, not ${keys.length}.`;
  const long = keys.find((key) => key.length === 0 || key.length > KEY_LENGTH_MAX);
  if (long !== undefined) return `A key has 1 to ${KEY_LENGTH_MAX} characters, not ${long.length}.`;
  if (request.type !== "set") return null;
  const large = request.entries.find(([, value]) => value.length > VALUE_BYTES_MAX);
  if (large === undefined) return null;
  return `A value has at most ${VALUE_BYTES_MAX} bytes, not ${large[1].length}.`;
}

/** What a number becomes, or why it can't: what is kept is no number, or it would leave 64 bits. */
export function incremented(kept: string | null, delta: bigint): bigint | string {
  if (kept !== null && !/^\d{1,20}$/.test(kept))
    return "What is kept under the key is no whole number.";
  const sum = BigInt(kept ?? "0") + delta;
  return sum >= 0n && sum <= LARGEST ? sum : "The sum does not fit 64 bits.";
}

function keysOf(request: KeyvalueRequest): readonly string[] {
  switch (request.type) {
    case "get":
    case "delete":
      return request.keys;
    case "set":
      return request.entries.map(([key]) => key);
    case "list":
      return [];
    case "increment":
      return [request.key];
  }
}
