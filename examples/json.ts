// The `json` convention for AssemblyScript guests: the room that the host writes to, a reader of the fields of
// one JSON object, a writer of texts. The host wrote the document with JSON.stringify, so the reader trusts
// that it is JSON; it doesn't trust that a field is there or of the right type.

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** Room for `size` bytes; every call has an instance of its own, so nothing is ever given back. */
export function allocate(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const room = heap.alloc(size);
  if (old != 0) memory.copy(room, old, min(oldSize, size));
  return room;
}

/** The document that the host wrote at `at`. */
export function received(at: usize, length: usize): string {
  return String.UTF8.decodeUnsafe(at, length);
}

/** The answer as the host expects it: pointer and length in one i64. */
export function answer(document: string): u64 {
  const bytes = String.UTF8.encode(document);
  return ((<u64>changetype<usize>(bytes)) << 32) | <u64>bytes.byteLength;
}

/** The text of a field of the document's object; null when it is absent or no text. */
export function textField(document: string, name: string): string | null {
  const raw = field(document, name);
  if (raw === null || raw.charCodeAt(0) != QUOTE) return null;
  return new Reader(raw).text();
}

/** The number of a field of the document's object; NaN when it is absent or no number. */
export function numberField(document: string, name: string): f64 {
  const raw = field(document, name);
  if (raw === null) return NaN;
  const first = raw.charCodeAt(0);
  const isNumber = first == 0x2d || (first >= 0x30 && first <= 0x39);
  return isNumber ? parseFloat(raw) : NaN;
}

/** A text as JSON, quotes included. */
export function quoted(text: string): string {
  let result = '"';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code == QUOTE || code == BACKSLASH) result += "\\" + text.charAt(index);
    else if (code < 0x20) result += "\\u00" + hexadecimal(code, 2);
    else result += text.charAt(index);
  }
  return result + '"';
}

/** The lowest `digits` hexadecimal digits. */
export function hexadecimal(value: u32, digits: i32): string {
  let result = "";
  for (let shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    result += "0123456789abcdef".charAt((value >> shift) & 15);
  }
  return result;
}

/** The field's value as it is written; null when the document is no object or lacks it. The last of two counts. */
function field(document: string, name: string): string | null {
  const reader = new Reader(document);
  if (!reader.takes(0x7b)) return null;
  let found: string | null = null;
  while (!reader.takes(0x7d) && !reader.isAtEnd()) {
    const key = reader.text();
    reader.takes(0x3a);
    const value = reader.value();
    if (key == name) found = value;
    reader.takes(0x2c);
  }
  return found;
}

class Reader {
  private at: i32 = 0;

  constructor(private document: string) {}

  isAtEnd(): bool {
    return this.at >= this.document.length;
  }

  /** Skips space, then the character if it is the next one. */
  takes(code: i32): bool {
    this.skipSpace();
    if (this.isAtEnd() || this.document.charCodeAt(this.at) != code) return false;
    this.at++;
    return true;
  }

  /** Reads a text and undoes its escapes. */
  text(): string {
    let result = "";
    this.takes(QUOTE);
    while (!this.isAtEnd()) {
      const code = this.document.charCodeAt(this.at++);
      if (code == QUOTE) break;
      result += code == BACKSLASH ? this.escaped() : String.fromCharCode(code);
    }
    return result;
  }

  /** Passes over one value of any kind, however deep, and gives it as it is written. */
  value(): string {
    this.skipSpace();
    const start = this.at;
    let depth = 0;
    while (!this.isAtEnd()) {
      const code = this.document.charCodeAt(this.at);
      const closes = code == 0x7d || code == 0x5d;
      if (depth == 0 && (closes || code == 0x2c)) break;
      if (code == QUOTE) {
        this.text();
        continue;
      }
      if (code == 0x7b || code == 0x5b) depth++;
      if (closes) depth--;
      this.at++;
    }
    return this.document.substring(start, this.at);
  }

  private skipSpace(): void {
    while (!this.isAtEnd() && this.document.charCodeAt(this.at) <= 0x20) this.at++;
  }

  private escaped(): string {
    const code = this.document.charCodeAt(this.at++);
    switch (code) {
      case 0x62:
        return "\b";
      case 0x66:
        return "\f";
      case 0x6e:
        return "\n";
      case 0x72:
        return "\r";
      case 0x74:
        return "\t";
      case 0x75: {
        const digits = this.document.substr(this.at, 4);
        this.at += 4;
        return String.fromCharCode(<i32>parseInt(digits, 16));
      }
      default:
        return String.fromCharCode(code);
    }
  }
}
