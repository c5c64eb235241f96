// Requests to an operation: as its document allows, wrong in one place, or meant to hurt.
import type { Schema } from "@cfworker/json-schema";
import fc from "fast-check";
import { stringify } from "yaml";
import { CORPUS } from "./corpus.ts";
import type { Operation, Parameter, Schemas } from "./operations.ts";
import type { Pool } from "./pool.ts";
import { MODULE, allowed, nasty, spoiled } from "./values.ts";

export type Intent = "valid" | "nearly valid" | "hostile";

export type Drawn = {
  readonly intent: Intent;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
};

/** Of one value in an address, characters: the runtime itself refuses addresses that are much longer. */
const ADDRESS_MAX = 400;
const DEEP = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;

export function requestsTo(
  operation: Operation,
  intent: Intent,
  { schemas, pool }: { schemas: Schemas; pool: Pool },
): fc.Arbitrary<Drawn> {
  const { method, parameters, bodies } = operation;
  const sensible = CORPUS[operation.name];
  const value = (parameter: Parameter): fc.Arbitrary<string | undefined> => {
    const known = parameter.in === "path" ? pool.ofParameter(operation.path, parameter.name) : [];
    const fresh = allowed(parameter.schema, schemas, pool);
    const usual =
      known.length === 0
        ? fresh
        : fc.oneof({ arbitrary: fc.constantFrom(...known), weight: 12 }, fresh);
    const any =
      intent === "valid"
        ? usual
        : fc.oneof({ arbitrary: usual, weight: 4 }, { arbitrary: nasty(), weight: 1 });
    const sent = any.map(wordOf);
    return parameter.required ? sent : fc.option(sent, { nil: undefined });
  };
  const values = fc.record(Object.fromEntries(parameters.map((each) => [each.name, value(each)])));
  const body =
    bodies.size === 0 ? fc.constant(null) : bodiesOf(bodies, intent, { schemas, pool, sensible });
  return fc.record({ values, body }).map((drawn) => ({
    intent,
    method,
    path: addressOf(operation, drawn.values),
    headers: {
      ...headersOf(parameters, drawn.values),
      ...(drawn.body === null ? {} : { "Content-Type": drawn.body.type }),
    },
    body: drawn.body?.bytes ?? null,
  }));
}

type Body = { readonly type: string; readonly bytes: string | Uint8Array<ArrayBuffer> };

function bodiesOf(
  bodies: ReadonlyMap<string, Schema>,
  intent: Intent,
  { schemas, pool, sensible }: { schemas: Schemas; pool: Pool; sensible: unknown },
): fc.Arbitrary<Body> {
  const written = [...bodies].map(([type, schema]) => {
    const drawn = isBinary(schemas.resolve(schema))
      ? fc.constant(MODULE)
      : allowed(schema, schemas, pool);
    const right = sensible === undefined ? drawn : fc.oneof(fc.constant(sensible), drawn);
    const meant = intent === "valid" ? right : right.chain(spoiled);
    return meant.map((value) => ({ type, bytes: encoded(value, type) }));
  });
  if (intent !== "hostile") return fc.oneof(...written);
  const types = [...bodies.keys(), "application/json", "text/plain", "application/x-nonsense", ""];
  const rubbish = fc.oneof(
    nasty().map((value) => JSON.stringify(value) ?? ""),
    fc.string(),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
    fc.constantFrom("{", '{"a":1,"a":2', "null", "\ufeff{}", DEEP, '{"__proto__":{"admin":true}}'),
  );
  const odd = fc.record({ type: fc.constantFrom(...types), bytes: rubbish });
  const cut = fc
    .oneof(...written)
    .chain(({ type, bytes }) =>
      fc.nat(Math.max(0, bytes.length - 1)).map((end) => ({ type, bytes: bytes.slice(0, end) })),
    );
  return fc.oneof(odd, cut);
}

function isBinary({ format }: Schema): boolean {
  return format === "binary";
}

function encoded(value: unknown, type: string): string | Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value === "string" && !type.includes("json")) return value;
  return type.includes("yaml") ? stringify(value) : (JSON.stringify(value) ?? "");
}

function addressOf(
  operation: Operation,
  values: Readonly<Record<string, string | undefined>>,
): string {
  let { path } = operation;
  const query = new URLSearchParams();
  for (const { name, in: place } of operation.parameters) {
    const value = values[name];
    if (value === undefined) continue;
    // A segment that is empty or made of dots would be another path.
    if (place === "path")
      path = path.replace(`{${name}}`, encode(/^\.{0,2}$/.test(value) ? "x" : value));
    if (place === "query") query.append(name, value.toWellFormed().slice(0, ADDRESS_MAX));
  }
  const search = query.size === 0 ? "" : `?${query}`;
  return `${path}${search}`;
}

function encode(segment: string): string {
  return encodeURIComponent(segment.toWellFormed().slice(0, ADDRESS_MAX));
}

function headersOf(
  parameters: readonly Parameter[],
  values: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    parameters.flatMap(({ name, in: place }) => {
      const value = values[name];
      const isSendable = value !== undefined && /^[\u0020-\u007e]*$/.test(value);
      return place === "header" && isSendable ? [[name, value]] : [];
    }),
  );
}

function wordOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
