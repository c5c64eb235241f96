// What is known of a WIT interface once its text has been read: functions, types and imports, with
// every name as written. It keeps no documentation and no positions, only what a version can break.

export interface WitInterface {
  /** `namespace:package/name@version` */
  readonly id: string;
  readonly functions: readonly WitFunction[];
  readonly types: readonly WitTypeDefinition[];
  /** The interfaces that a user of this one must have too, directly or through others. */
  readonly imports: readonly WitImport[];
}

export interface WitImport {
  readonly id: string;
  /** The types that the importing interface reaches, no others. */
  readonly types: readonly WitTypeDefinition[];
}

export interface WitFunction {
  /** As in a component: `resize`, `[constructor]image`, `[method]image.resize`, `[static]image.open`. */
  readonly name: string;
  readonly isAsync: boolean;
  readonly parameters: readonly WitParameter[];
  readonly result: WitType | null;
}

interface WitParameter {
  readonly name: string;
  readonly type: WitType;
}

/** Fields of a record, cases of a variant or an enum, names of flags. */
interface WitMember {
  readonly name: string;
  /** Null where a member carries nothing. */
  readonly type: WitType | null;
}

export interface WitCompound {
  readonly kind: "record" | "variant" | "enum" | "flags";
  readonly members: readonly WitMember[];
}

export type WitDefinition =
  | WitCompound
  | { readonly kind: "resource" }
  | { readonly kind: "alias"; readonly type: WitType }
  | { readonly kind: "use"; readonly interfaceId: string; readonly name: string };

export interface WitTypeDefinition {
  readonly name: string;
  readonly definition: WitDefinition;
}

export const genericNames = [
  "list",
  "option",
  "result",
  "tuple",
  "borrow",
  "stream",
  "future",
  "map",
] as const;
type WitGenericName = (typeof genericNames)[number];

/** A resource that is handed over is its name; one that is lent is `borrow` of its name. */
export type WitType =
  | { readonly kind: "primitive"; readonly name: string }
  | { readonly kind: "named"; readonly name: string }
  | {
      readonly kind: "generic";
      readonly name: WitGenericName;
      /** A result's ok and error, a stream's or a future's element may be null. */
      readonly parameters: readonly (WitType | null)[];
      /** Of a list whose length is fixed. */
      readonly length: number | null;
    };

/** The type as it is written in WIT; null is "nothing". */
export function showType(type: WitType | null): string {
  if (type === null) return "nothing";
  if (type.kind !== "generic") return type.name;
  const shown = type.parameters.map((parameter) => (parameter ? showType(parameter) : "_"));
  while (shown.at(-1) === "_") shown.pop();
  if (type.length !== null) shown.push(String(type.length));
  return shown.length === 0 ? type.name : `${type.name}<${shown.join(", ")}>`;
}

/** The function as a sentence names it: `function resize`, `method image.resize`. */
export function showFunction(name: string): string {
  const special = /^\[(\w+)\](.+)$/.exec(name);
  return special ? `${special[1]} ${special[2]}` : `function ${name}`;
}
