// Base64 that is decoded while it comes in: the same texts are taken and refused as by Uint8Array.fromBase64, but no
// text is ever made of it.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** The six bits of a character, −1 for one that has none. */
const SEXTETS = new Int32Array(256).fill(-1);
for (let sextet = 0; sextet < ALPHABET.length; sextet += 1) {
  SEXTETS[ALPHABET.charCodeAt(sextet)] = sextet;
}
/** As fromBase64 skips them: tab, line feed, form feed, carriage return, space. */
const WHITESPACE: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x20]);
const PADDING = 0x3d;
const SCRATCH_BYTES = 48 * 1024;

export class Base64Decoder {
  readonly #sink: { append: (bytes: Uint8Array) => void };
  readonly #scratch = new Uint8Array(SCRATCH_BYTES);
  #filled = 0;
  /** The characters of a group of four that isn't whole yet, and how many they are. */
  #bits = 0;
  #count = 0;
  #paddings = 0;
  #sound = true;

  constructor(sink: { append: (bytes: Uint8Array) => void }) {
    this.#sink = sink;
  }

  /** Takes what is of the alphabet from there on; answers where that ended. */
  run(text: Uint8Array, from: number): number {
    if (!this.#sound || this.#paddings > 0) return from;
    let at = from;
    while (at < text.length) {
      const sextet = sextetOf(text[at]);
      if (sextet < 0) return at;
      if (this.#count === 0 && at + 4 <= text.length) {
        const next = this.#groups(text, at);
        if (next > at) {
          at = next;
          continue;
        }
      }
      this.#take(sextet);
      at += 1;
    }
    return at;
  }

  /** One character, by its code, of the alphabet or not. */
  character(code: number): void {
    if (!this.#sound || WHITESPACE.has(code)) return;
    if (code === PADDING) {
      this.#paddings += 1;
      this.#sound = this.#count >= 2 && this.#count + this.#paddings <= 4;
      return;
    }
    const sextet = sextetOf(code);
    if (sextet < 0 || this.#paddings > 0) this.#sound = false;
    else this.#take(sextet);
  }

  /** Whether all of it was base64. The last group may lack its padding, but not a part of it. */
  end(): boolean {
    const isWhole = this.#paddings === 0 || this.#count + this.#paddings === 4;
    if (!this.#sound || !isWhole || this.#count === 1) return false;
    if (this.#count >= 2) this.#put(this.#bits >> (this.#count === 2 ? 4 : 10));
    if (this.#count === 3) this.#put(this.#bits >> 2);
    this.#flush();
    return true;
  }

  /** Groups of four, as many as there are one after the other and the scratch has room for. */
  #groups(text: Uint8Array, from: number): number {
    if (this.#filled + 3 > SCRATCH_BYTES) this.#flush();
    const scratch = this.#scratch;
    const end = Math.min(
      text.length - 3,
      from + 4 * Math.floor((SCRATCH_BYTES - this.#filled) / 3),
    );
    let filled = this.#filled;
    let at = from;
    for (; at < end; at += 4) {
      const bits =
        (sextetOf(text[at]) << 18) |
        (sextetOf(text[at + 1]) << 12) |
        (sextetOf(text[at + 2]) << 6) |
        sextetOf(text[at + 3]);
      if (bits < 0) break;
      scratch[filled] = bits >> 16;
      scratch[filled + 1] = bits >> 8;
      scratch[filled + 2] = bits;
      filled += 3;
    }
    this.#filled = filled;
    return at;
  }

  #take(sextet: number): void {
    this.#bits = (this.#bits << 6) | sextet;
    this.#count += 1;
    if (this.#count < 4) return;
    this.#put(this.#bits >> 16);
    this.#put(this.#bits >> 8);
    this.#put(this.#bits);
    this.#bits = 0;
    this.#count = 0;
  }

  #put(byte: number): void {
    if (this.#filled === SCRATCH_BYTES) this.#flush();
    this.#scratch[this.#filled] = byte;
    this.#filled += 1;
  }

  #flush(): void {
    this.#sink.append(this.#scratch.subarray(0, this.#filled));
    this.#filled = 0;
  }
}

function sextetOf(code: number | undefined): number {
  return SEXTETS[code ?? 0] ?? -1;
}
