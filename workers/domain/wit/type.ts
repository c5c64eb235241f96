// The type of a component's parameter or result as plain JSON: stored at registration and sent along
// in an assignment. It is a tree without sharing, so whoever makes one bounds its parts.

export const WIT_PRIMITIVES = [
  "bool",
  "s8",
  "u8",
  "s16",
  "u16",
  "s32",
  "u32",
  "s64",
  "u64",
  "f32",
  "f64",
  "char",
  "string",
  "error-context",
] as const;

export type WitPrimitive = (typeof WIT_PRIMITIVES)[number];

type WitShape =
  | { readonly kind: WitPrimitive }
  | { readonly kind: "list"; readonly element: WitType; readonly length?: number }
  | { readonly kind: "map"; readonly key: WitType; readonly value: WitType }
  | { readonly kind: "tuple"; readonly elements: readonly WitType[] }
  | { readonly kind: "record"; readonly fields: readonly WitParameter[] }
  | { readonly kind: "variant"; readonly cases: readonly WitCase[] }
  | { readonly kind: "enum" | "flags"; readonly labels: readonly string[] }
  | { readonly kind: "option"; readonly element: WitType }
  | { readonly kind: "result"; readonly ok: WitType | null; readonly error: WitType | null }
  /** `resource` is null where the component gives it no name. */
  | { readonly kind: "own" | "borrow"; readonly resource: string | null }
  | { readonly kind: "stream" | "future"; readonly element: WitType | null };

/** `name` is what the component calls the type; names of fields, cases and labels stay as WIT writes them. */
export type WitType = WitShape & { readonly name?: string };

/** A parameter of a function or a field of a record. */
export type WitParameter = { readonly name: string; readonly type: WitType };

/** A case of a variant; without a type it carries nothing. */
export type WitCase = { readonly name: string; readonly type: WitType | null };

/** A signature that unfolds to more types and labels makes its function listed, but not callable. */
export const WIT_PARTS_MAX = 2_000;

/** The same for the characters of all its names. */
export const WIT_CHARACTERS_MAX = 100_000;
