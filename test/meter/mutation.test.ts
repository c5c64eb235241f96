// Real binaries with bytes changed or cut off: what the reader, the engine and the meter say of each must agree,
// and nothing may throw but the fault that names what was expected.
import { describe, expect, it } from "vitest";
import { WasmFault } from "#wasm/cursor.ts";
import { inspect } from "#wasm/inspect.ts";
import { meterModule } from "#wasm/meter/meter.ts";
import everything from "#test/wasm/fixtures/everything.wat";
import json from "#test/wasm/fixtures/json.wat";
import { mutated } from "#test/wasm/mutated.ts";
import exnref from "./fixtures/exnref.wat";
import hostile from "./fixtures/hostile.wat";
import kernels from "./fixtures/kernels.wat";
import { limits } from "./guest.ts";

const MUTATIONS = 100_000;
const CHUNK = 10_000;
const originals = [everything, json, exnref, hostile, kernels] as const;

type Judged = { readonly seed: number; readonly wrong: string } | null;

/** What is wrong with how a mutation was taken; null when nothing is. */
function judged(seed: number): Judged {
  const bytes = mutated(originals, seed);
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
      valid += WebAssembly.validate(mutated(originals, seed)) ? 1 : 0;
    expect(valid).toBeGreaterThan(50);
    expect(valid).toBeLessThan(950);
  });
});
