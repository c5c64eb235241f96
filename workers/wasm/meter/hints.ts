// Tells the engine which branches are hardly ever taken, so that it keeps the way to them out of the loops.
// The section stands before the code that it speaks of and is known only after it: room is kept for it, and
// what doesn't fit is left out.
import { id } from "./section-order.ts";
import { Writer } from "./writer.ts";

export const HINTS_SECTION = "metadata.code.branch_hint";
const unlikely = 0;
// An id, a padded size, and an empty name: what fills the room that is left.
const fillerBytes = 7;
// More than the section's header and the filler take.
const headerBytes = 64;
// What code of a megabyte and more needs is a fortieth of it; small code has more branches.
const share = 40;
const smallShare = 8;
const smallBytes = 1_024;
const zeros = new Uint8Array(16_384);

export class Hints {
  readonly room: number;
  readonly #entries: Writer;
  readonly #entry = new Writer(64);
  #functions = 0;

  constructor(codeBytes: number) {
    const small = Math.min(Math.ceil(codeBytes / smallShare), smallBytes);
    const most = Math.ceil(codeBytes / share) + small;
    this.#entries = new Writer(Math.min(most, 65_536));
    this.room = most + headerBytes;
  }

  // The places are counted from the start of the function's body on.
  add(index: number, places: readonly number[]): void {
    if (places.length === 0) return;
    this.#entry.clear();
    this.#entry.u32(index);
    this.#entry.u32(places.length);
    for (const place of places) {
      this.#entry.u32(place);
      this.#entry.byte(1);
      this.#entry.byte(unlikely);
    }
    if (this.#entries.length + this.#entry.length > this.room - headerBytes) return;
    this.#entries.append(this.#entry.view);
    this.#functions += 1;
  }

  // Writes the section, and one that fills what is left of the room.
  write(out: Writer): void {
    const end = out.length + this.room;
    const header = new Writer(headerBytes);
    header.name(HINTS_SECTION);
    header.u32(this.#functions);
    out.byte(id.custom);
    out.u32(header.length + this.#entries.length);
    out.append(header.view);
    out.append(this.#entries.view);
    const left = end - out.length - fillerBytes + 1;
    out.byte(id.custom);
    out.append(paddedSize(left));
    for (let at = 0; at < left; at += zeros.length)
      out.copy(zeros, 0, Math.min(left - at, zeros.length));
  }

  // What stands in the room until then, in pieces.
  *blank(): Generator<Uint8Array, void, void> {
    for (let left = this.room; left > 0; left -= zeros.length) {
      yield zeros.subarray(0, Math.min(left, zeros.length));
    }
  }
}

// A LEB128 of five bytes, whatever its value, so that it can be written over.
export function paddedSize(size: number): Uint8Array {
  const bytes = [0, 7, 14, 21].map((shift) => ((size >>> shift) & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, size >>> 28]);
}
