// The JSON that a WIT type is written in, as JSON Schema 2020-12. It holds what check.ts takes and tell.ts gives,
// but for the range of a 64-bit integer that is a decimal string, which a schema can't say.
import type { WitCase, WitParameter, WitType } from "./type.ts";

export type Schema = { readonly [keyword: string]: unknown };

export const FLOAT: Schema = {
  anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }],
};

export function integer(minimum: number, maximum: number): Schema {
  return { type: "integer", minimum, maximum };
}

/** An integer where a JSON number holds it, else a decimal string. */
export function long(isSigned: boolean): Schema {
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  return {
    anyOf: [
      integer(isSigned ? MIN_SAFE_INTEGER : 0, MAX_SAFE_INTEGER),
      { type: "string", pattern: isSigned ? "^-?[0-9]{1,20}$" : "^[0-9]{1,20}$" },
    ],
  };
}

export function array(items: readonly Schema[]): Schema {
  if (items.length === 0) return { type: "array", maxItems: 0 };
  return { type: "array", prefixItems: items, items: false, minItems: items.length };
}

export function object(
  members: readonly (readonly [string, Schema])[],
  required: readonly string[],
): Schema {
  const properties = Object.fromEntries(members);
  return { type: "object", properties, required, additionalProperties: false };
}

/** The type's name is the schema's title. */
export function schemaOf(type: WitType): Schema {
  const schema = shapeOf(type);
  return type.name === undefined ? schema : { title: type.name, ...schema };
}

/** Only what is optional may be left out. */
export function requiredOf(fields: readonly WitParameter[]): string[] {
  return fields.filter(({ type }) => type.kind !== "option").map(({ name }) => name);
}

function shapeOf(type: WitType): Schema {
  switch (type.kind) {
    case "bool":
      return { type: "boolean" };
    case "s8":
    case "s16":
    case "s32": {
      const half = 2 ** (Number(type.kind.slice(1)) - 1);
      return integer(-half, half - 1);
    }
    case "u8":
    case "u16":
    case "u32":
      return integer(0, 2 ** Number(type.kind.slice(1)) - 1);
    case "s64":
    case "u64":
      return long(type.kind === "s64");
    case "f32":
    case "f64":
      return FLOAT;
    case "char":
      return { type: "string", minLength: 1, maxLength: 1 };
    case "string":
      return { type: "string" };
    case "list":
      return { type: "array", items: schemaOf(type.element) };
    case "tuple":
      return array(type.elements.map(schemaOf));
    case "record": {
      const members = type.fields.map(({ name, type }) => [name, schemaOf(type)] as const);
      return object(members, requiredOf(type.fields));
    }
    case "variant":
      return variantOf(type.cases);
    case "enum":
      return { enum: type.labels };
    case "flags":
      return { type: "array", items: { enum: type.labels }, uniqueItems: true };
    case "option": {
      const some = schemaOf(type.element);
      const inner = type.element.kind === "option" ? only("some", some) : some;
      return { anyOf: [{ type: "null" }, inner] };
    }
    case "result":
      return { anyOf: [only("ok", payload(type.ok)), only("err", payload(type.error))] };
    case "map":
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      // No JSON is of such a type.
      return { not: {} };
    default:
      return type satisfies never;
  }
}

function variantOf(cases: readonly WitCase[]): Schema {
  const bare = cases.filter(({ type }) => type === null).map(({ name }) => name);
  const carrying = cases.flatMap(({ name, type }) =>
    type === null ? [] : [only(name, schemaOf(type))],
  );
  return { anyOf: bare.length === 0 ? carrying : [{ enum: bare }, ...carrying] };
}

function payload(type: WitType | null): Schema {
  return type === null ? { type: "null" } : schemaOf(type);
}

function only(name: string, schema: Schema): Schema {
  return object([[name, schema]], [name]);
}
