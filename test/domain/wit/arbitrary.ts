// Random WIT types, and random values of a type as jco's glue holds them.
import fc from "fast-check";
import { WIT_PRIMITIVES } from "#domain/wit/type.ts";
import type { WitType } from "#domain/wit/type.ts";
import type { WitValue } from "#domain/wit/value.ts";
import { isNullable, keyOf, listOf } from "#domain/wit/value.ts";

/** No value of an error context exists to be made. */
const PRIMITIVES = WIT_PRIMITIVES.filter((kind) => kind !== "error-context");

const LABELS = ["a", "first-one", "ok", "some", "x2", "HTTP-code", "to-string", "constructor"];

const labels = fc.uniqueArray(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 5 });

const { type } = fc.letrec<{ type: WitType; maybe: WitType | null }>((tie) => ({
  maybe: fc.oneof(fc.constant(null), tie("type")),
  type: fc.oneof(
    { depthSize: "medium", maxDepth: 5 },
    fc.constantFrom(...PRIMITIVES).map((kind): WitType => ({ kind })),
    fc.record({ kind: fc.constantFrom("enum", "flags"), labels }),
    fc.record({ kind: fc.constant("list"), element: tie("type") }),
    fc.record({ kind: fc.constant("option"), element: tie("type") }),
    fc.record({
      kind: fc.constant("tuple"),
      elements: fc.array(tie("type"), { minLength: 1, maxLength: 3, size: "max" }),
    }),
    fc.record({ kind: fc.constant("result"), ok: tie("maybe"), error: tie("maybe") }),
    labelled(tie("type")).map((fields): WitType => ({ kind: "record", fields })),
    labelled(tie("maybe")).map((cases): WitType => ({ kind: "variant", cases })),
  ),
}));

export const typedValue = type.chain((type) => valueOf(type).map((value) => ({ type, value })));

function labelled<T>(type: fc.Arbitrary<T>) {
  return labels.chain((names) =>
    fc
      .tuple(...names.map(() => type))
      .map((types) => types.map((type, index) => ({ name: names[index] ?? "", type }))),
  );
}

function valueOf(type: WitType): fc.Arbitrary<WitValue> {
  switch (type.kind) {
    case "bool":
      return fc.boolean();
    case "s8":
    case "s16":
    case "s32":
      return signed(Number(type.kind.slice(1)));
    case "u8":
    case "u16":
    case "u32":
      return fc.integer({ min: 0, max: 2 ** Number(type.kind.slice(1)) - 1 });
    case "s64":
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case "u64":
      return fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constant(2n ** 53n));
    case "f32":
      return fc.float();
    case "f64":
      return fc.double();
    case "char":
      return fc.string({ unit: "binary", minLength: 1, maxLength: 1 });
    case "string":
      return fc.string({ unit: "binary" });
    case "list":
      return fc
        .array(valueOf(type.element), { maxLength: 4, size: "max" })
        .map((values) => listOf(type.element, values));
    case "tuple":
      return fc.tuple(...type.elements.map(valueOf));
    case "record":
      return keyed(type.fields.map(({ name, type }) => [keyOf(name), valueOf(type)]));
    case "flags":
      return keyed(type.labels.map((label) => [keyOf(label), fc.boolean()]));
    case "enum":
      return fc.constantFrom(...type.labels);
    case "variant":
      return fc.oneof(
        ...type.cases.map(({ name: tag, type }) =>
          type === null
            ? fc.constant<WitValue>({ tag })
            : valueOf(type).map((val): WitValue => ({ tag, val })),
        ),
      );
    case "result":
      return fc.oneof(tagged("ok", type.ok), tagged("err", type.error));
    case "option": {
      const some = valueOf(type.element);
      return isNullable(type)
        ? fc.oneof(fc.constant(undefined), some)
        : fc.oneof(fc.constant<WitValue>({ tag: "none" }), tagged("some", type.element));
    }
    case "map":
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      throw new TypeError(`No value of ${type.kind} is made here.`);
    default:
      return type satisfies never;
  }
}

function signed(bits: number): fc.Arbitrary<number> {
  return fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
}

function tagged(tag: string, type: WitType | null): fc.Arbitrary<WitValue> {
  const payload: fc.Arbitrary<WitValue> = type === null ? fc.constant(undefined) : valueOf(type);
  return payload.map((val) => ({ tag, val }));
}

function keyed(entries: readonly (readonly [string, fc.Arbitrary<WitValue>])[]) {
  return fc
    .tuple(...entries.map(([, value]) => value))
    .map((values): WitValue =>
      Object.fromEntries(entries.map(([key], index) => [key, values[index]])),
    );
}
