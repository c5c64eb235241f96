import { parse, stringify } from "smol-toml";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseToml } from "#domain/toml.ts";
import { DOCUMENTED_CONFIGURATION } from "#test/builders/webhooks.ts";

const ENDPOINT = {
  url: "https://your-system.com/webhook",
  events: ["task.completed", "task.failed", "batch.completed"],
  secret: "webhook-secret",
};

describe("TOML", () => {
  test("is read as the document writes it", () => {
    expect(parseToml(DOCUMENTED_CONFIGURATION)).toEqual({
      ok: true,
      value: { webhooks: { enabled: true, endpoints: [ENDPOINT] } },
    });
  });

  test.each<[string, string, unknown]>([
    [
      "commas that are there",
      "a = [{ b = 1,\n c = 2 },\n { b = 3 }]",
      { a: [{ b: 1, c: 2 }, { b: 3 }] },
    ],
    ["a comma that stands before", "a = { b = 1\n , c = 2 }", { a: { b: 1, c: 2 } }],
    ["a comment between", "a = {\n b = 1 # one, {two}\n c = 2 # three\n}", { a: { b: 1, c: 2 } }],
    [
      "braces and lines in strings",
      'a = {\n b = "{\\n}"\n c = """x\n{\ny"""\n d = \'}\'\n}',
      { a: { b: "{\n}", c: "x\n{\ny", d: "}" } },
    ],
    [
      "a table in a table",
      "a = {\n b = {\n c = 1\n d = 2\n }\n e = [1,\n 2]\n}",
      { a: { b: { c: 1, d: 2 }, e: [1, 2] } },
    ],
    [
      "tables in their own lines",
      "[[a]]\nb = 1\nc = 2\n[[a]]\nb = 3",
      { a: [{ b: 1, c: 2 }, { b: 3 }] },
    ],
  ])("takes %s", (_, text, value) => {
    expect(parseToml(text)).toEqual({ ok: true, value });
  });

  test.each([
    "a = ",
    "a = {\n b = 1 c = 2\n}",
    "a = [1 2]",
    "a = {",
    "= 1",
    'a = "',
    "a = 1\na = 2",
  ])("names what can't be read in %j", (text) => {
    expect(parseToml(text)).toMatchObject({ ok: false, fault: expect.stringContaining("1") });
  });

  test("means the same as to its parser wherever that reads it", () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    const table = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,6}$/),
      fc.oneof(scalar, fc.array(scalar), fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), scalar)),
    );
    fc.assert(
      fc.property(table, (value) => {
        const text = stringify(value);
        expect(parseToml(text)).toEqual({ ok: true, value: parse(text) });
      }),
    );
  });
});
