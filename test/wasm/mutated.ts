// Real binaries with bytes changed or cut off, the same ones for the same seed.

const PREAMBLE = 8;

/** One of the originals, with up to four bytes or bits changed, or cut off. */
export function mutated(
  originals: readonly [Uint8Array, ...Uint8Array[]],
  seed: number,
): Uint8Array<ArrayBuffer> {
  const pick = random(seed + 1);
  const original = originals[pick(originals.length)] ?? originals[0];
  const isCut = pick(8) === 0;
  const bytes = isCut
    ? Uint8Array.from(original.subarray(0, PREAMBLE + pick(original.length)))
    : Uint8Array.from(original);
  for (let left = isCut ? pick(2) : 1 + pick(4); left > 0; left -= 1) {
    const at = Math.min(bytes.length - 1, PREAMBLE + pick(Math.max(1, bytes.length - PREAMBLE)));
    bytes[at] = pick(2) === 0 ? pick(256) : (bytes[at] ?? 0) ^ (1 << pick(8));
  }
  return bytes;
}

/** https://en.wikipedia.org/wiki/Xorshift */
function random(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
