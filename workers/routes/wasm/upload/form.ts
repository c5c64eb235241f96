// An upload as multipart/form-data (RFC 7578), read as it comes: the file part wasmBinary goes into the binary, text
// parts are fields, other files are passed over.
import { FieldBytes, unreadable } from "./body.ts";
import type { Body, Parts } from "./body.ts";
import type { Binary } from "./binary.ts";
import { fromText } from "./text.ts";

const FORM = "multipart/form-data";
const NAME = "wasmBinary";
const CR = 0x0d;
const WORK_BYTES = 128 * 1024;
/** Far above what a client writes before a part. */
const HEADERS_BYTES_MAX = 16 * 1024;
const LINE_END = new TextEncoder().encode("\r\n");
const HEADERS_END = new TextEncoder().encode("\r\n\r\n");
const CLOSING = new TextEncoder().encode("--");
const BOUNDARY = /;\s*boundary=(?:"([^"]+)"|([^;\s"]+))/i;
const PARAMETER = /;\s*([a-z]+\*?)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/gi;

type Part =
  | { readonly type: "binary" | "passed" }
  | { readonly type: "field"; readonly name: string };

export class FormBody implements Body {
  readonly #binary: Binary;
  readonly #delimiter: Uint8Array;
  /** What came and isn't decided yet stands at its front: nothing is kept of the chunks themselves. */
  readonly #work = new Uint8Array(WORK_BYTES);
  #filled = 0;
  #inside: "content" | "delimiter" | "headers" | "epilogue" = "content";
  /** What stands before the first delimiter is no part. */
  #part: Part = { type: "passed" };
  readonly #fields = new FieldBytes();
  #fieldStart = 0;
  readonly #given: (readonly [string, string])[] = [];
  #files = 0;

  constructor(binary: Binary, contentType: string) {
    const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
    const boundary = quoted ?? plain;
    if (boundary === undefined || boundary.length > 200) throw unreadable(FORM);
    this.#binary = binary;
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
    // The first delimiter has no line before it, so it is given one.
    this.write(LINE_END);
  }

  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + WORK_BYTES - this.#filled);
      this.#work.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      const done = this.#advance();
      this.#work.copyWithin(0, done, this.#filled);
      this.#filled -= done;
    }
  }

  end(): Parts {
    if (this.#inside !== "epilogue") throw unreadable(FORM);
    return { fields: fromText(this.#given), bytes: this.#bytes() };
  }

  #bytes(): Uint8Array<ArrayBuffer> | string {
    if (this.#files === 1) return this.#binary.bytes;
    return this.#files === 0
      ? "wasmBinary: expected a file part with the binary"
      : `wasmBinary: expected one file part, got ${this.#files}`;
  }

  /** Decides all that can be decided; answers where the rest begins. */
  #advance(): number {
    for (let at = 0; ;) {
      const from = at;
      if (this.#inside === "epilogue") return this.#filled;
      if (this.#inside === "content") at = this.#content(from);
      else if (this.#inside === "delimiter") at = this.#afterDelimiter(from);
      else at = this.#headers(from);
      if (at === from) return at;
    }
  }

  #content(from: number): number {
    const found = this.#find(this.#delimiter, from);
    const end = found ?? Math.max(from, this.#filled - this.#delimiter.length + 1);
    this.#take(this.#work.subarray(from, end));
    if (found === null) return end;
    // A wasmBinary that is a text is told as a binary that is missing.
    if (this.#part.type === "field" && this.#part.name !== NAME) {
      const value = new TextDecoder().decode(this.#fields.slice(this.#fieldStart));
      this.#given.push([this.#part.name, value]);
    }
    this.#part = { type: "passed" };
    this.#inside = "delimiter";
    return found + this.#delimiter.length;
  }

  #take(bytes: Uint8Array): void {
    if (this.#part.type === "binary" && this.#files === 1) this.#binary.append(bytes);
    if (this.#part.type === "field") this.#fields.append(bytes);
  }

  /** The end of the line, with the blanks that some write before it, or the two dashes of the last delimiter. */
  #afterDelimiter(from: number): number {
    if (this.#filled - from < CLOSING.length) return from;
    if (this.#isAt(CLOSING, from)) {
      this.#inside = "epilogue";
      return this.#filled;
    }
    const end = this.#find(LINE_END, from);
    if (end === null && this.#filled - from < HEADERS_BYTES_MAX) return from;
    const blanks = this.#work.subarray(from, end ?? from);
    if (end === null || blanks.some((byte) => byte !== 0x20 && byte !== 0x09)) {
      throw unreadable(FORM);
    }
    this.#inside = "headers";
    return end + LINE_END.length;
  }

  #headers(from: number): number {
    const end = this.#find(HEADERS_END, from);
    if (end === null && this.#filled - from < HEADERS_BYTES_MAX) return from;
    if (end === null) throw unreadable(FORM);
    this.#part = this.#begin(new TextDecoder().decode(this.#work.subarray(from, end)));
    this.#inside = "content";
    return end + HEADERS_END.length;
  }

  #begin(headers: string): Part {
    const disposition = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(headers)?.[1];
    const parameters = new Map(
      [...(disposition ?? "").matchAll(PARAMETER)].map(([, name = "", quoted, plain]) => [
        name.toLowerCase(),
        quoted ?? plain ?? "",
      ]),
    );
    const name = parameters.get("name");
    if (name === undefined) throw unreadable(FORM);
    this.#fieldStart = this.#fields.length;
    if (!parameters.has("filename") && !parameters.has("filename*")) return { type: "field", name };
    if (name !== NAME) return { type: "passed" };
    this.#files += 1;
    return { type: "binary" };
  }

  /** Where these bytes begin at or after `from`, in what came so far. */
  #find(bytes: Uint8Array, from: number): number | null {
    for (let at = from; ; at += 1) {
      at = this.#work.indexOf(CR, at);
      if (at < 0 || at + bytes.length > this.#filled) return null;
      if (this.#isAt(bytes, at)) return at;
    }
  }

  #isAt(bytes: Uint8Array, at: number): boolean {
    for (let index = 0; index < bytes.length; index += 1) {
      if (this.#work[at + index] !== bytes[index]) return false;
    }
    return true;
  }
}
