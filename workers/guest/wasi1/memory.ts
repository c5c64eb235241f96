// The guest's memory as the host may touch it: every address and length that the guest gives is checked here,
// and what does not lie in its memory is EFAULT. Views are made anew each time, since memory can grow.
import { Refusal } from "./errno.ts";

/** Buffers that one call may name: what is more is EINVAL. */
const VECTORS_MAX = 1_024;
/** A path as the guest gives it. */
const TEXT_BYTES_MAX = 4_096;

export class GuestMemory {
  readonly #buffer: () => ArrayBufferLike;

  constructor(buffer: () => ArrayBufferLike) {
    this.#buffer = buffer;
  }

  bytes(pointer: number, length: number): Uint8Array {
    const buffer = this.#buffer();
    const [start, size] = [pointer >>> 0, length >>> 0];
    if (start + size > buffer.byteLength) throw new Refusal("fault");
    return new Uint8Array(buffer, start, size);
  }

  view(pointer: number, length: number): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes(pointer, length);
    return new DataView(buffer, byteOffset, byteLength);
  }

  setU32(pointer: number, value: number): void {
    this.view(pointer, 4).setUint32(0, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.view(pointer, 8).setBigUint64(0, value, true);
  }

  /** A path: UTF-8 without NUL. */
  text(pointer: number, length: number): string {
    const bytes = this.bytes(pointer, length);
    if (bytes.length > TEXT_BYTES_MAX) throw new Refusal("nametoolong");
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      if (text.includes("\0")) throw new Refusal("inval");
      return text;
    } catch (thrown) {
      throw thrown instanceof Refusal ? thrown : new Refusal("ilseq");
    }
  }

  /** The buffers of a vectored call, together at most so many bytes: the rest is for the next call. */
  vectors(pointer: number, count: number, bytesMax: number): Uint8Array[] {
    const many = count >>> 0;
    if (many > VECTORS_MAX) throw new Refusal("inval");
    const list = this.view(pointer, many * 8);
    const found: Uint8Array[] = [];
    let left = bytesMax;
    for (let at = 0; at < many * 8; at += 8) {
      const bytes = this.bytes(list.getUint32(at, true), list.getUint32(at + 4, true));
      if (left === 0 || bytes.length === 0) continue;
      found.push(bytes.subarray(0, left));
      left -= Math.min(left, bytes.length);
    }
    return found;
  }
}
