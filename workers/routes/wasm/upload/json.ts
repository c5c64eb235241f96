// An upload as JSON, read byte by byte: the base64 of the top-level wasmBinary is decoded as it comes and leaves an
// empty text in its place; JSON.parse reads the rest, and so decides what is JSON. wasmBinary may stand there once.
import { invalid } from "#http/validation.ts";
import { Base64Decoder } from "./base64.ts";
import type { Binary } from "./binary.ts";
import { FieldBytes, unreadable } from "./body.ts";
import type { Body, Parts } from "./body.ts";

const NAME = "wasmBinary";
/** Each character of a name may be written as six. */
const NAME_BYTES_MAX = 6 * NAME.length;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const SMALL_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const WHITESPACE: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20]);
const EMPTY_TEXT = new Uint8Array([QUOTE, QUOTE]);
/** What a letter after a backslash stands for. */
const ESCAPED: ReadonlyMap<number, number> = new Map(
  [
    ['"', '"'],
    ["\\", "\\"],
    ["/", "/"],
    ["b", "\b"],
    ["f", "\f"],
    ["n", "\n"],
    ["r", "\r"],
    ["t", "\t"],
  ].map(([letter = "", meant = ""]) => [letter.charCodeAt(0), meant.charCodeAt(0)]),
);

export class JsonBody implements Body {
  readonly #binary: Binary;
  readonly #base64: Base64Decoder;
  readonly #rest = new FieldBytes();
  #inside: "structure" | "text" | "binary" = "structure";
  #depth = 0;
  /** Whether the outermost value is an object, and the next text of it a name. */
  #isObject = false;
  #namesNext = false;
  /** Where the name that is being read begins in the rest, after its quote; null in any other text. */
  #nameStart: number | null = null;
  /** What the last name of the outermost object says of the value after it. */
  #next: "other" | "named" | "value" = "other";
  #isNamed = false;
  #isDecoded = false;
  /** After a backslash: the letter is awaited (0), or so many hexadecimal digits are left of a code. */
  #escape: { left: number; code: number } | null = null;

  constructor(binary: Binary) {
    this.#binary = binary;
    this.#base64 = new Base64Decoder(binary);
  }

  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#inside === "binary") at = this.#decode(chunk, at);
      else if (this.#inside === "text") at = this.#text(chunk, at);
      else at = this.#structure(chunk, at);
    }
  }

  end(): Parts {
    if (this.#inside === "binary") throw unreadable("JSON");
    const rest = parse(new TextDecoder().decode(this.#rest.slice(0)));
    if (typeof rest !== "object" || rest === null || Array.isArray(rest)) {
      throw invalid(["expected a JSON object"]);
    }
    const { [NAME]: _, ...fields }: { [NAME]?: unknown } = rest;
    return { fields, bytes: this.#bytes() };
  }

  #bytes(): Uint8Array<ArrayBuffer> | string {
    if (!this.#isDecoded) return "wasmBinary: expected the binary as a base64 string";
    if (this.#base64.end()) return this.#binary.bytes;
    return "wasmBinary: expected base64, got characters that are none";
  }

  #structure(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte !== QUOTE) {
        this.#note(byte);
        continue;
      }
      if (this.#next === "value") {
        this.#rest.append(chunk.subarray(from, at));
        this.#rest.append(EMPTY_TEXT);
        this.#next = "other";
        this.#inside = "binary";
        this.#isDecoded = true;
        return at + 1;
      }
      this.#rest.append(chunk.subarray(from, at + 1));
      this.#inside = "text";
      this.#nameStart = this.#depth === 1 && this.#namesNext ? this.#rest.length : null;
      return at + 1;
    }
    this.#rest.append(chunk.subarray(from));
    return chunk.length;
  }

  /** What a byte outside of texts says of the place. Of what isn't JSON it may say anything: that isn't accepted. */
  #note(byte: number): void {
    if (WHITESPACE.has(byte)) return;
    const isNamed = this.#next === "named" && byte === COLON;
    this.#next = isNamed ? "value" : "other";
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (this.#depth === 0) this.#isObject = byte === OPEN_OBJECT;
      this.#depth += 1;
      this.#namesNext = this.#isObject;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      this.#depth -= 1;
    } else if (this.#depth === 1) {
      this.#namesNext = this.#isObject && byte === COMMA;
    }
  }

  #text(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#escape !== null) {
        this.#escape = null;
      } else if (byte === BACKSLASH) {
        this.#escape = { left: 0, code: 0 };
      } else if (byte === QUOTE) {
        this.#rest.append(chunk.subarray(from, at));
        this.#endName();
        this.#rest.append(EMPTY_TEXT.subarray(0, 1));
        this.#inside = "structure";
        return at + 1;
      }
    }
    this.#rest.append(chunk.subarray(from));
    return chunk.length;
  }

  #endName(): void {
    const start = this.#nameStart;
    this.#nameStart = null;
    this.#namesNext = false;
    this.#next = "other";
    if (start === null || this.#rest.length - start > NAME_BYTES_MAX) return;
    const name = new TextDecoder().decode(this.#rest.slice(start - 1));
    if (parse(`${name}"`) !== NAME) return;
    if (this.#isNamed) throw invalid(["wasmBinary: expected it once, got it again"]);
    this.#isNamed = true;
    this.#next = "named";
  }

  #decode(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      if (this.#escape === null) at = this.#base64.run(chunk, at);
      const byte = chunk[at];
      if (byte === undefined) return at;
      if (this.#escape !== null) {
        this.#unescape(byte, this.#escape);
      } else if (byte === QUOTE) {
        this.#inside = "structure";
        return at + 1;
      } else if (byte < 0x20) {
        throw unreadable("JSON");
      } else if (byte === BACKSLASH) {
        this.#escape = { left: 0, code: 0 };
      } else {
        this.#base64.character(byte);
      }
    }
    return chunk.length;
  }

  #unescape(byte: number, { left, code }: { left: number; code: number }): void {
    if (left > 0) {
      const digit = digitOf(byte);
      this.#escape = left === 1 ? null : { left: left - 1, code: 16 * code + digit };
      if (left === 1) this.#base64.character(16 * code + digit);
      return;
    }
    if (byte === SMALL_U) {
      this.#escape = { left: 4, code: 0 };
      return;
    }
    const meant = ESCAPED.get(byte);
    if (meant === undefined) throw unreadable("JSON");
    this.#escape = null;
    this.#base64.character(meant);
  }
}

function digitOf(byte: number): number {
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  if (Number.isNaN(digit)) throw unreadable("JSON");
  return digit;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable("JSON", cause);
  }
}
