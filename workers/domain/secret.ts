// Secrets that a lattice keeps for its components: text, bytes, or fields of text. A component gets those that its
// manifest names, when it asks; nothing else of the platform reads them.

/** Bytes are a list of one: their base64, which no field's name can be taken for. */
export type Secret = string | readonly [base64: string] | Readonly<Record<string, string>>;

/** What a manifest grants a component: the name that it asks by, and what is behind it. */
export type NamedSecret = {
  readonly name: string;
  readonly key: string;
  /** Of a secret that has fields; null for any other. */
  readonly field: string | null;
};

export type SecretGrant = {
  readonly service: "secrets";
  readonly lattice: string;
  readonly secrets: readonly NamedSecret[];
};

/** Of a value, in UTF-16 units. */
export const SECRET_LENGTH_MAX = 64 * 1024;
export const SECRETS_MAX = 1_000;

/** The value; null where the secret isn't of that form. */
export function valueOf(secret: Secret, field: string | null): string | Uint8Array | null {
  if (typeof secret === "string") return field === null ? secret : null;
  if (isBytes(secret)) return field === null ? Uint8Array.fromBase64(secret[0]) : null;
  if (field === null || !Object.hasOwn(secret, field)) return null;
  return secret[field] ?? null;
}

function isBytes(secret: Exclude<Secret, string>): secret is readonly [base64: string] {
  return Array.isArray(secret);
}
