// The reader of form uploads beside the runtime's own.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "#domain/fault.ts";
import { Binary } from "#routes/wasm/upload/binary.ts";
import { FormBody } from "#routes/wasm/upload/form.ts";
import { feed } from "#test/routes/upload/feed.ts";

const encoder = new TextEncoder();
const BOUNDARY = "edge-loom";
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** Contents that look like the delimiter's beginning, and others. */
const tricky = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\r",
        "\n",
        "\r\n",
        "\r\n--",
        `\r\n--${BOUNDARY.slice(0, 6)}`,
        `--${BOUNDARY}`,
      ),
      fc.string(),
    ),
    { maxLength: 8, size: "max" },
  )
  .map((parts) => parts.join(""));
const name = fc.constantFrom("name", "version", "description", "wasiVersion");
const borders = fc.array(fc.nat(40), { maxLength: 30, size: "max" });

function streamed(body: Uint8Array, borders: readonly number[], type = TYPE) {
  const { fields, bytes } = feed(new FormBody(new Binary(null), type), body, borders);
  return { fields, bytes: typeof bytes === "string" ? bytes : bytes.toHex() };
}

describe("a form in chunks", () => {
  test("gives what the runtime's own reader gives, wherever the chunks end", async () => {
    const forms = fc.tuple(
      fc.array(fc.tuple(name, tricky), { maxLength: 4, size: "max" }),
      tricky.map((text) => encoder.encode(text)),
      fc.constantFrom("module.wasm", "модуль.wasm", 'a"b;c=d.wasm'),
    );
    await fc.assert(
      fc.asyncProperty(forms, borders, async ([given, binary, filename], borders) => {
        const form = new FormData();
        for (const [name, value] of given) form.append(name, value);
        form.append("readme", new File(["not a module"], "readme.txt"));
        form.append("wasmBinary", new File([binary], filename));
        const response = new Response(form);
        const type = response.headers.get("Content-Type") ?? "";
        const body = new Uint8Array(await response.arrayBuffer());
        const read = await new Response(body, { headers: { "Content-Type": type } }).formData();
        const fields = Object.fromEntries(
          [...read].filter(([, value]) => typeof value === "string"),
        );
        expect(streamed(body, borders, type)).toEqual({ fields, bytes: binary.toHex() });
      }),
      { numRuns: 300 },
    );
  });

  test("keeps contents that look like its delimiters", () => {
    const contents = tricky.filter((text) => !`\r\n${text}\r\n`.includes(`\r\n--${BOUNDARY}`));
    fc.assert(
      fc.property(contents, contents, borders, (binary, field, borders) => {
        const body = encoder.encode(written(binary, field));
        expect(streamed(body, borders)).toEqual({
          fields: { name: field },
          bytes: encoder.encode(binary).toHex(),
        });
      }),
      { numRuns: 500 },
    );
  });

  test("is refused when it is cut off anywhere", () => {
    const body = encoder.encode(written("\0asm", "a"));
    const last = body.length - "--\r\n".length;
    for (let length = 0; length <= last; length += 1) {
      expect(() => streamed(body.subarray(0, length), [7])).toThrow(Fault);
    }
    expect(streamed(body.subarray(0, last + 2), [7]).fields).toEqual({ name: "a" });
  });

  test.each([
    ["no boundary", "multipart/form-data", written("a", "b")],
    ["a part without a name", TYPE, `--${BOUNDARY}\r\nA: b\r\n\r\n\r\n--${BOUNDARY}--`],
    ["a boundary with more after it", TYPE, `--${BOUNDARY}x\r\n\r\n\r\n--${BOUNDARY}--`],
    ["headers without an end", TYPE, `--${BOUNDARY}\r\n${"A: b\r\n".repeat(10_000)}`],
  ])("is refused with %s", (_, type, body) => {
    expect(() => streamed(encoder.encode(body), [100], type)).toThrow(/not readable as multipart/);
  });

  test.each([
    ["no file", `${part("name", "a")}--${BOUNDARY}--`, /expected a file part/],
    ["a text in its place", `${part("wasmBinary", "a")}--${BOUNDARY}--`, /expected a file part/],
    ["two files", `${file("a")}${file("b")}--${BOUNDARY}--`, /expected one file part, got 2/],
  ])("with %s has no binary", (_, body, sentence) => {
    expect(streamed(encoder.encode(body), [9]).bytes).toMatch(sentence);
  });

  test("is refused once its fields take more than 1 MiB", () => {
    const body = encoder.encode(part("name", "a".repeat(1024 * 1024 + 1000)));
    expect(() => streamed(body, [65_536])).toThrow(/larger than/);
  });
});

function written(binary: string, field: string): string {
  return `preamble\r\n${file(binary)}${part("name", field)}--${BOUNDARY}--\r\n`;
}

function file(content: string): string {
  return `--${BOUNDARY}\r\nContent-Type: application/wasm\r\ncontent-disposition: form-data; name="wasmBinary"; filename="m.wasm"\r\n\r\n${content}\r\n`;
}

function part(name: string, content: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${content}\r\n`;
}
