// Real binaries with bytes changed or cut off: what the reader, the engine and the meter say of each must agree,
// and nothing may throw but the fault that names what was expected.
import { describe, expect, it } from "vitest";
import { WasmFault } from "#wasm/cursor.ts";
import { inspect } from "#wasm/inspect.ts";
import { meterModule } from "#wasm/meter/meter.ts";
import everything from "#test/wasm/fixtures/everything.wat";
import json from "#test/wasm/fixtures/json.wat";
import exnref from "./fixtures/exnref.wat";
import hostile from "./fixtures/hostile.wat";
import kernels from "./fixtures/kernels.wat";
import { limits } from "./guest.ts";

const MUTATIONS = 100_000;
const CHUNK = 10_000;
const PREAMBLE = 8;
const originals = [everything, json, exnref, hostile, kernels];

/** Repeatable: the same seed, the same bytes. https://en.wikipedia.org/wiki/Xorshift */
function random(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function mutated(seed: number): Uint8Array<ArrayBuffer> {
  const pick = random(seed + 1);
  const original = originals[pick(originals.length)] ?? json;
  const isCut = pick(8) === 0;
  const bytes = isCut ? original.slice(0, PREAMBLE + pick(original.length)) : original.slice();
  for (let left = isCut ? pick(2) : 1 + pick(4); left > 0; left -= 1) {
    const at = Math.min(bytes.length - 1, PREAMBLE + pick(Math.max(1, bytes.length - PREAMBLE)));
    bytes[at] = pick(2) === 0 ? pick(256) : (bytes[at] ?? 0) ^ (1 << pick(8));
  }
  return bytes;
}

type Judged = { readonly seed: number; readonly wrong: string } | null;

/** What is wrong with how a mutation was taken; null when nothing is. */
function judged(seed: number): Judged {
  const bytes = mutated(seed);
  try {
    const inspection = inspect(bytes);
    if (!inspection.ok && inspection.faults.length === 0)
      return { seed, wrong: "refused silently" };
    const metered = meterModule(bytes, limits);
    if (!WebAssembly.validate(metered.bytes))
      return { seed, wrong: "metered into what is invalid" };
    return inspection.ok ? null : { seed, wrong: "metered, though it was refused" };
  } catch (thrown) {
    return thrown instanceof WasmFault ? null : { seed, wrong: String(thrown) };
  }
}

describe("a binary with bytes changed or cut off", () => {
  it.each(Array.from({ length: MUTATIONS / CHUNK }, (_, part) => part * CHUNK))(
    "is refused with a reason or metered into a valid one, from mutation %i on",
    (first) => {
      const wrong: Judged[] = [];
      for (let seed = first; seed < first + CHUNK; seed += 1) {
        const found = judged(seed);
        if (found !== null) wrong.push(found);
      }
      expect(wrong).toEqual([]);
    },
  );

  it("is refused often and taken often", () => {
    let valid = 0;
    for (let seed = 0; seed < 1_000; seed += 1)
      valid += WebAssembly.validate(mutated(seed)) ? 1 : 0;
    expect(valid).toBeGreaterThan(50);
    expect(valid).toBeLessThan(950);
  });
});
