// JSON and the values of a component: what is told is read back, what does not fit is named by its path.
import { Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkArguments } from "#domain/argument.ts";
import type { WitSignature } from "#domain/module.ts";
import { check } from "#domain/wit/check.ts";
import { schemaOf } from "#domain/wit/schema.ts";
import { TooLong, tell, tellReturned, tellThrown } from "#domain/wit/tell.ts";
import type { WitType } from "#domain/wit/type.ts";
import { typedValue } from "./arbitrary.ts";

const u32: WitType = { kind: "u32" };
const maybe: WitType = { kind: "option", element: u32 };
const point: WitType = {
  kind: "record",
  fields: [
    { name: "first-one", type: { kind: "s8" } },
    { name: "tags", type: { kind: "list", element: { kind: "string" } } },
    { name: "size", type: maybe },
  ],
};

describe("a value of any type", () => {
  it("is read back as it was from the JSON that tells it", () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        expect(check(type, JSON.parse(tell(type, value)))).toEqual({ ok: true, value });
      }),
      { numRuns: 2_000 },
    );
  });

  it("is read from any JSON without a throw, and what is read is told", () => {
    fc.assert(
      fc.property(typedValue, fc.jsonValue(), ({ type }, json) => {
        const checked = check(type, json);
        if (checked.ok) expect(check(type, JSON.parse(tell(type, checked.value)))).toEqual(checked);
        else expect(checked.faults.length).toBeGreaterThan(0);
      }),
    );
  });
});

/** The validator finds `constructor` in a prototype, so what it is given has none. */
function isValid(type: WitType, text: string): boolean {
  const bare = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.assign(Object.create(null), value)
      : value;
  const schema = JSON.parse(JSON.stringify(schemaOf(type)));
  return new Validator(schema, "2020-12").validate(JSON.parse(text, bare)).valid;
}

describe("the schema of a type", () => {
  it("holds the JSON of each of its values", () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        expect(isValid(type, tell(type, value))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("holds little else: what it takes of any JSON is a value, decimal strings' range apart", () => {
    fc.assert(
      fc.property(typedValue, typedValue, ({ type }, other) => {
        const text = tell(other.type, other.value);
        const valid = isValid(type, text);
        const checked = check(type, JSON.parse(text));
        if (checked.ok) expect(valid).toBe(true);
        else if (valid) expect(checked.faults.join()).toMatch(/[su]64 \(|f32/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("JSON", () => {
  const variant: WitType = {
    kind: "variant",
    cases: [
      { name: "dot", type: null },
      { name: "circle-of", type: { kind: "f64" } },
    ],
  };
  const thrice: WitType = { kind: "option", element: { kind: "option", element: maybe } };
  const table: [WitType, unknown, string][] = [
    [{ kind: "s64" }, 5n, "5"],
    [{ kind: "s64" }, -9_223_372_036_854_775_808n, '"-9223372036854775808"'],
    [{ kind: "f64" }, NaN, '"NaN"'],
    [{ kind: "f32" }, -Infinity, '"-Infinity"'],
    [{ kind: "f64" }, -0, "-0"],
    [{ kind: "list", element: { kind: "u8" } }, Uint8Array.of(1, 255), "[1,255]"],
    [{ kind: "flags", labels: ["one-two", "to-string"] }, { oneTwo: true }, '["one-two"]'],
    [{ kind: "enum", labels: ["low-x", "hi"] }, "low-x", '"low-x"'],
    [point, { firstOne: -1, tags: ["a"] }, '{"first-one":-1,"tags":["a"],"size":null}'],
    [variant, { tag: "dot" }, '"dot"'],
    [variant, { tag: "circle-of", val: 1.5 }, '{"circle-of":1.5}'],
    [{ kind: "option", element: maybe }, { tag: "none" }, "null"],
    [{ kind: "option", element: maybe }, { tag: "some", val: undefined }, '{"some":null}'],
    [thrice, undefined, "null"],
    [thrice, { tag: "none" }, '{"some":null}'],
    [thrice, { tag: "some", val: undefined }, '{"some":{"some":null}}'],
    [thrice, { tag: "some", val: 7 }, '{"some":{"some":7}}'],
    [{ kind: "result", ok: null, error: u32 }, { tag: "ok", val: undefined }, '{"ok":null}'],
    [{ kind: "result", ok: null, error: u32 }, { tag: "err", val: 3 }, '{"err":3}'],
  ];
  it.each(table)("of %j is told for %o as %s", (type, value, text) => {
    expect(tell(type, value)).toBe(text);
  });

  it("of a function's own result says which of the two came", () => {
    const result: WitType = { kind: "result", ok: maybe, error: { kind: "string" } };
    expect(tellReturned(result, undefined)).toBe('{"ok":null}');
    expect(tellThrown(result, "gone")).toBe('{"err":"gone"}');
    expect(tellReturned(null, undefined)).toBeNull();
    expect(() => tellThrown(u32, 1)).toThrow(TypeError);
  });

  it("is never longer than is allowed", () => {
    const type: WitType = { kind: "list", element: { kind: "u8" } };
    expect(() => tell(type, new Uint8Array(1_000_000), 100)).toThrow(TooLong);
    expect(() => tell({ kind: "string" }, "x".repeat(101), 100)).toThrow(TooLong);
    expect(tell({ kind: "string" }, "x".repeat(98), 100)).toHaveLength(100);
  });
});

it("a list over many cases is read and told in time that does not grow with them", () => {
  const labels = Array.from({ length: 2_000 }, (_, index) => `l${index}`);
  const cases = labels.map((name) => ({ name, type: null }));
  const last = Array.from({ length: 200_000 }, () => "l1999");
  const startedAt = performance.now();
  for (const element of [{ kind: "enum", labels } as const, { kind: "variant", cases } as const]) {
    const type: WitType = { kind: "list", element };
    const checked = check(type, last);
    expect(checked.ok && tell(type, checked.value)).toBe(JSON.stringify(last));
  }
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

describe("what does not fit", () => {
  const table: [WitType, unknown, string][] = [
    [{ kind: "u8" }, 256, "value: expected a u8 (0 to 255), got 256"],
    [{ kind: "u8" }, "5", 'value: expected a u8 (0 to 255), got "5"'],
    [{ kind: "f32" }, 1e39, 'an f32 as a number, "NaN", "Infinity" or "-Infinity", got 1e+39'],
    [{ kind: "u64" }, 2 ** 53, "as a decimal string beyond 2^53, got 9007199254740992"],
    [{ kind: "u64" }, "-1", 'got "-1"'],
    [{ kind: "char" }, "ab", "one Unicode character"],
    [{ kind: "string" }, "\ud800", "whole Unicode characters"],
    [{ kind: "enum", labels: ["a"] }, "toString", 'expected one of a, got "toString"'],
    [{ kind: "flags", labels: ["a"] }, ["a", "a"], "each once"],
    [{ kind: "option", element: maybe }, 5, 'expected null or {"some": …}, got 5'],
    [{ kind: "result", ok: null, error: null }, { ok: 1 }, '{"ok": null}'],
    [{ kind: "own", resource: "file" }, 1, "JSON can't write this type"],
    [point, { "first-one": 1, tags: ["a", 5] }, "value.tags[1]: expected a string"],
    [
      point,
      { firstOne: 1, "first-one": 1, tags: [] },
      "knows no firstOne, only first-one, tags, size",
    ],
    [point, { tags: [] }, "value.first-one: expected an s8, got nothing"],
    [point, JSON.parse('{"__proto__":1,"first-one":1,"tags":[]}'), "knows no __proto__"],
  ];
  it.each(table)("for %j and %j is named", (type, given, expected) => {
    const checked = check(type, given);
    expect(checked.ok ? [] : checked.faults).toEqual([expect.stringContaining(expected)]);
  });

  it("is told all at once, but not without end", () => {
    const pairs = check({ kind: "tuple", elements: [u32, u32, u32] }, ["a", 1, "b"]);
    expect(pairs.ok ? [] : pairs.faults.map((fault) => fault.slice(0, 9))).toEqual([
      "value[0]:",
      "value[2]:",
    ]);
    const many = check(
      { kind: "list", element: u32 },
      Array.from({ length: 100_000 }, () => "x"),
    );
    expect(many.ok ? 0 : many.faults.length).toBe(21);
  });
});

describe("the arguments of a component's function", () => {
  const signature: WitSignature = {
    name: "f",
    style: "wit",
    parameters: [
      { name: "my-arg", type: u32 },
      { name: "or", type: maybe },
    ],
    result: null,
  };

  it("come in order or by name, where optional ones may be left out", () => {
    expect(checkArguments(signature, [1, null])).toEqual({ ok: true, values: [1, undefined] });
    expect(checkArguments(signature, { "my-arg": 1 })).toEqual({
      ok: true,
      values: [1, undefined],
    });
    expect(checkArguments({ ...signature, parameters: [] }, undefined)).toEqual({
      ok: true,
      values: [],
    });
  });

  it("are refused by the parameter's name", () => {
    expect(checkArguments(signature, { "my-arg": "1" })).toMatchObject({
      faults: ['parameter my-arg: expected a u32 (0 to 4294967295), got "1"'],
    });
    expect(checkArguments(signature, [1])).toMatchObject({
      faults: ["f: expected 2 parameters, got 1"],
    });
    expect(checkArguments(signature, { x: 1 })).toMatchObject({
      faults: ["knows no x, only my-arg, or", "parameter my-arg: expected a u32, got nothing"],
    });
  });
});
