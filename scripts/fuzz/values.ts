// JSON values for a schema: ones that it allows, ones that are wrong in one place, and ones that mean harm.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Schema } from "@cfworker/json-schema";
import fc from "fast-check";
import type { Schemas } from "./operations.ts";
import type { Pool } from "./pool.ts";

/** A module that does what it should; the bytes that stand for binary bodies. */
export const MODULE = new Uint8Array(
  readFileSync(join(import.meta.dirname, "../../examples/hello/hello.wasm")),
);
/** Below this depth only what is required is drawn. */
const DEPTH_MAX = 6;
const FLOATS = { noNaN: true, noDefaultInfinity: true } as const;

/** Values that the schema allows; where a property's name is known to the pool, often one of its values. */
export function allowed(schema: Schema, schemas: Schemas, pool: Pool): fc.Arbitrary<unknown> {
  return new Drawing(schemas, pool).of(schema, 0);
}

class Drawing {
  readonly #schemas: Schemas;
  readonly #pool: Pool;

  constructor(schemas: Schemas, pool: Pool) {
    this.#schemas = schemas;
    this.#pool = pool;
  }

  of(given: Schema, depth: number): fc.Arbitrary<unknown> {
    const schema = this.#schemas.resolve(given);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return fc.oneof(...choices.map((each) => this.of(each, depth + 1)));
    if (schema.allOf !== undefined) return this.#all(schema.allOf, depth);
    const types = Array.isArray(schema.type) ? schema.type : [schema.type];
    return fc.oneof(...types.map((type) => this.#typed(schema, String(type), depth)));
  }

  #all(parts: readonly Schema[], depth: number): fc.Arbitrary<unknown> {
    return fc
      .tuple(...parts.map((part) => this.of(part, depth + 1)))
      .map((values) =>
        values.every((value) => typeof value === "object")
          ? Object.assign({}, ...values)
          : values.at(-1),
      );
  }

  #typed(schema: Schema, type: string, depth: number): fc.Arbitrary<unknown> {
    switch (type) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
        return fc.integer(bounds(schema, 1));
      case "number":
        return fc.double({ ...bounds(schema, 0.001), ...FLOATS });
      case "string":
        return text(schema);
      case "array":
        return fc.array(
          this.of(schema.items === undefined ? {} : (schema.items as Schema), depth + 1),
          {
            minLength: schema.minItems ?? 0,
            maxLength: Math.min(schema.maxItems ?? 3, Math.max(3, schema.minItems ?? 0)),
          },
        );
      case "object":
        return this.#object(schema, depth);
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  }

  #object(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const required = schema.required ?? [];
    const known = Object.entries(schema.properties ?? {}).filter(
      ([name]) => depth < DEPTH_MAX || required.includes(name),
    );
    const properties = known.map(([name, each]): [string, fc.Arbitrary<unknown>] => [
      name,
      this.#named(name, each as Schema, depth + 1),
    ]);
    const record = fc.record(Object.fromEntries(properties), { requiredKeys: required });
    const more = schema.additionalProperties;
    if (typeof more !== "object" || depth >= DEPTH_MAX) return record;
    return fc
      .tuple(record, fc.dictionary(word(), this.of(more, depth + 1), { maxKeys: 2 }))
      .map(([own, others]) => ({ ...others, ...own }));
  }

  #named(name: string, schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const fresh = this.of(schema, depth);
    const values = this.#pool.named(name);
    if (this.#schemas.resolve(schema).type !== "string" || values.length === 0) return fresh;
    return fc.oneof(
      { arbitrary: fc.constantFrom(...values), weight: 2 },
      { arbitrary: fresh, weight: 1 },
    );
  }
}

function bounds(schema: Schema, step: number): { min: number; max: number } {
  const least = schema.minimum ?? above(schema.exclusiveMinimum, step) ?? -1_000_000;
  const most = schema.maximum ?? 1_000_000;
  // Small ones are nearly always meant: a request for a million replicas says less than one for three.
  return { min: least, max: Math.max(least, Math.min(most, Math.max(least, 0) + 1_000)) };
}

function above(bound: number | boolean | undefined, step: number): number | undefined {
  return typeof bound === "number" ? bound + step : undefined;
}

function word(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[a-z][a-z0-9-]{0,9}[a-z0-9]$/);
}

function text(schema: Schema): fc.Arbitrary<string> {
  const { pattern, format } = schema;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { size: "small" });
  const special = format === undefined ? undefined : FORMATS[format];
  if (special !== undefined) return special();
  const minLength = schema.minLength ?? 0;
  const maxLength = Math.min(schema.maxLength ?? 20, Math.max(20, minLength));
  const plain = fc.string({ minLength, maxLength });
  return minLength > 10 || maxLength < 11 ? plain : fc.oneof(word(), plain);
}

const FORMATS: Readonly<Record<string, () => fc.Arbitrary<string>>> = {
  "date-time": () =>
    fc
      .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString()),
  byte: () => fc.constant(Buffer.from(MODULE).toString("base64")),
  duration: () => fc.integer({ min: 1, max: 120 }).map((seconds) => `PT${seconds}S`),
  email: () => word().map((name) => `${name}@example.com`),
  uri: () => word().map((name) => `https://${name}.example.com/`),
};

/** What a parser or a database may trip over. */
const NASTY: readonly unknown[] = [
  null,
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "../../etc/passwd",
  "'; drop table users; --",
  "${7*7}",
  "<script>alert(1)</script>",
  "__proto__",
  "constructor",
  "%00",
  "%2e%2e%2f",
  "𝒳".repeat(300),
  "a".repeat(100_000),
  -1,
  0,
  1.5,
  1e308,
  -1e308,
  2 ** 53,
  true,
  [],
  {},
  [[[[[[]]]]]],
  { __proto__: null, constructor: { prototype: { polluted: true } } },
  "9".repeat(400),
  "1970-01-01T00:00:00Z",
  "9999-99-99T99:99:99Z",
];

export function nasty(): fc.Arbitrary<unknown> {
  return fc.oneof(fc.constantFrom(...NASTY), fc.jsonValue({ maxDepth: 3 }));
}

/** The value, changed in one place: something left out, added, or put in place of what was there. */
export function spoiled(value: unknown): fc.Arbitrary<unknown> {
  if (value instanceof Uint8Array) return flipped(value);
  const places = placesIn(value);
  return fc
    .tuple(fc.nat(places.length - 1), fc.constantFrom("leave", "add", "put"), nasty(), word())
    .map(([place, how, other, name]) =>
      spoil(structuredClone(value), places[place] ?? [], { how, other, name }),
    );
}

function flipped(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
    .map(([at, bits]) => bytes.map((byte, index) => (index === at ? byte ^ bits : byte)));
}

type Spoiling = { readonly how: string; readonly other: unknown; readonly name: string };

function spoil(value: unknown, path: readonly string[], spoiling: Spoiling): unknown {
  const [first, ...rest] = path;
  if (first === undefined || !isObject(value)) {
    if (spoiling.how === "add" && isObject(value))
      return { ...value, [spoiling.name]: spoiling.other };
    return spoiling.other;
  }
  const isLeftOut = rest.length === 0 && spoiling.how === "leave";
  if (isLeftOut && Array.isArray(value)) value.splice(Number(first), 1);
  else if (isLeftOut) delete value[first];
  else value[first] = spoil(value[first], rest, spoiling);
  return value;
}

function placesIn(value: unknown, path: readonly string[] = []): string[][] {
  const below = isObject(value)
    ? Object.entries(value).flatMap(([name, each]) => placesIn(each, [...path, name]))
    : [];
  return [[...path], ...below];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}
