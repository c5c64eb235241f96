// The reader of JSON uploads beside JSON.parse and Uint8Array.fromBase64: same texts taken, same texts refused.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "#domain/fault.ts";
import { Binary } from "#routes/wasm/upload/binary.ts";
import { JsonBody } from "#routes/wasm/upload/json.ts";
import { feed } from "#test/routes/upload/feed.ts";

const encoder = new TextEncoder();
const NOT_BASE64 = "wasmBinary: expected base64, got characters that are none";
const TWICE = "wasmBinary: expected it once, got it again";
const NO_BINARY = "wasmBinary: expected the binary as a base64 string";

type Outcome = { fields: unknown; bytes: string } | { refused: readonly string[] };

function streamed(text: Uint8Array, borders: readonly number[]): Outcome {
  try {
    const { fields, bytes } = feed(new JsonBody(new Binary(null)), text, borders);
    return { fields, bytes: typeof bytes === "string" ? bytes : bytes.toHex() };
  } catch (thrown) {
    if (thrown instanceof Fault) return { refused: thrown.details };
    throw thrown;
  }
}

function whole(text: Uint8Array): Outcome {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(text));
  } catch {
    return { refused: ["The body is not readable as JSON."] };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { refused: ["expected a JSON object"] };
  }
  const { wasmBinary, ...fields }: { wasmBinary?: unknown } = value;
  if (typeof wasmBinary !== "string") return { fields, bytes: NO_BINARY };
  try {
    return { fields, bytes: Uint8Array.fromBase64(wasmBinary).toHex() };
  } catch {
    return { fields, bytes: NOT_BASE64 };
  }
}

/** Writes a value as JSON with blanks and escapes wherever the dice put them. */
class Scribe {
  readonly #dice: readonly number[];
  #thrown = 0;

  constructor(dice: readonly number[]) {
    this.#dice = dice;
  }

  write(value: unknown): string {
    const blank = (): string => ["", "", " ", "\n", "\t \r"][this.#throw(5)] ?? "";
    if (typeof value === "string") return blank() + this.text(value) + blank();
    if (Array.isArray(value)) {
      return `${blank()}[${value.map((item) => this.write(item)).join(",") || blank()}]${blank()}`;
    }
    if (typeof value === "object" && value !== null) {
      const pairs = Object.entries(value).map(
        ([name, item]) => `${this.write(name)}:${this.write(item)}`,
      );
      return `${blank()}{${pairs.join(",") || blank()}}${blank()}`;
    }
    return blank() + JSON.stringify(value) + blank();
  }

  text(value: string): string {
    const often = this.#throw(3);
    const written = Array.from({ length: value.length }, (_, at) => {
      const plain = JSON.stringify(value[at]).slice(1, -1);
      if (this.#throw(3) >= often) return plain;
      if (value[at] === "/") return String.raw`\/`;
      return String.raw`\u` + value.charCodeAt(at).toString(16).padStart(4, "0");
    });
    return `"${written.join("")}"`;
  }

  #throw(sides: number): number {
    this.#thrown += 1;
    return (this.#dice[this.#thrown % this.#dice.length] ?? 0) % sides;
  }
}

/** Blanks, padding, letters of other alphabets, what must be escaped. */
const SPOILING = [
  " ",
  "\n",
  "\t",
  "\f",
  "\r",
  "\v",
  "\b",
  "=",
  "==",
  "=\n=",
  "-",
  "_",
  "A",
  "\\",
  '"',
  "é",
  "\0",
];
const HARMING = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  " ",
  "x",
  "\n",
  "\u0001",
  '""',
  "\\u",
  "\\x",
  '","',
];
const dice = fc.array(fc.nat(59), { minLength: 7, maxLength: 97, size: "max" });
const borders = fc.array(fc.nat(40), { maxLength: 30, size: "max" });
const base64 = fc.uint8Array({ maxLength: 90, size: "max" }).map((bytes) => bytes.toBase64());
const spoilt = fc
  .tuple(base64, fc.nat(120), fc.constantFrom(...SPOILING))
  .map(([text, at, more]) => text.slice(0, at) + more + text.slice(at));
const cut = fc.tuple(base64, fc.nat(4)).map(([text, off]) => text.slice(0, text.length - off));
const binary = fc.oneof(base64, base64, spoilt, cut, fc.jsonValue());
const names = fc.constantFrom(
  "name",
  "limits",
  "wasmBinar",
  "wasmbinary",
  "\uFEFFwasmBinary",
  "__proto__",
  "",
);
const fields = fc.array(
  fc.tuple(names, fc.oneof(fc.jsonValue(), fc.constant({ wasmBinary: "AAAA" }), fc.constant("}"))),
  { maxLength: 4, size: "max" },
);
const written = fc
  .tuple(fields, fc.option(binary), fc.nat(4), dice)
  .map(([fields, binary, at, dice]) => {
    const all = fields.slice(0, at);
    const value = binary === null ? [] : [["wasmBinary", binary] as const];
    const scribe = new Scribe(dice);
    const pairs = [...all, ...value, ...fields.slice(at)].map(
      ([name, item]) => `${scribe.write(name)}:${scribe.write(item)}`,
    );
    return `{${pairs.join(",")}}`;
  });

describe("JSON in chunks", () => {
  test("gives what the whole of it gives, wherever the chunks end", () => {
    fc.assert(
      fc.property(written, borders, (text, borders) => {
        const bytes = encoder.encode(text);
        expect(streamed(bytes, borders)).toEqual(whole(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test("is refused where the whole of it is, whatever was done to it", () => {
    const harm = fc.tuple(fc.nat(400), fc.nat(3), fc.constantFrom(...HARMING));
    fc.assert(
      fc.property(written, harm, borders, (text, [at, off, more], borders) => {
        const place = at % (text.length + 1);
        const bytes = encoder.encode(text.slice(0, place) + more + text.slice(place + off));
        const got = streamed(bytes, borders);
        if (isToldTwice(got)) expect(countOf(bytes)).toBeGreaterThan(1);
        else expect(got).toEqual(whole(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["null", "null"],
    ["a list", '["wasmBinary", "AAAA"]'],
    ["a text", '"wasmBinary"'],
    ["nothing", ""],
    ["a byte order mark", '\uFEFF{"wasmBinary":"AAAA"}'],
    ["a list of objects", '[{"wasmBinary":"AAAA"}]'],
    ["two values", '{"wasmBinary":"AAAA"}{}'],
    ["a name as a value", '{"a":"wasmBinary","b":"AAAA"}'],
    ["a text that ends in a backslash", String.raw`{"a":"\\","wasmBinary":"AAAA"}`],
    ["an unfinished binary", '{"wasmBinary":"AAAA'],
    ["an unfinished escape", '{"wasmBinary":"AAA\\'],
    ["a line break in the binary", '{"wasmBinary":"AA\nAA"}'],
    ["half of a pair of surrogates", String.raw`{"wasmBinary":"\ud800"}`],
  ])("that holds %s is read as by JSON.parse", (_, text) => {
    const bytes = encoder.encode(text);
    expect(streamed(bytes, [1, 2, 3])).toEqual(whole(bytes));
  });

  test.each([
    '{"wasmBinary":"AAAA","wasmBinary":"BBBB"}',
    String.raw`{"wasmBinary":null,"wasm\u0042inary":"BBBB"}`,
  ])("with two binaries is refused: %s", (text) => {
    expect(streamed(encoder.encode(text), [5])).toEqual({
      refused: [TWICE],
    });
  });

  test("is refused once its fields take more than 1 MiB", () => {
    const text = encoder.encode(`{"metadata":"${"a".repeat(1024 * 1024)}`);
    expect(() => feed(new JsonBody(new Binary(null)), text, [65_536])).toThrow(/larger than/);
  });

  test("is refused once its binary takes more than 50 MB", () => {
    const body = new JsonBody(new Binary(null));
    body.write(encoder.encode('{"wasmBinary":"'));
    const chunk = new Uint8Array(1024 * 1024).fill(0x41);
    const write = (): void => {
      for (let chunks = 0; chunks < 67; chunks += 1) body.write(chunk);
    };
    expect(write).toThrow(/binary is larger than/);
  });
});

function isToldTwice(outcome: Outcome): boolean {
  return "refused" in outcome && outcome.refused.includes(TWICE);
}

/** How often the name stands there, however it is written. */
function countOf(bytes: Uint8Array): number {
  const text = new TextDecoder()
    .decode(bytes)
    .replaceAll(/\\u([0-9a-f]{4})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
  return text.split('wasmBinary"').length - 1;
}
