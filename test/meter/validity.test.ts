import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import everything from "#test/wasm/fixtures/everything.wat";
import { WasmFault } from "#wasm/cursor.ts";
import { meterModule, ModuleMeter } from "#wasm/meter/meter.ts";
import exnref from "./fixtures/exnref.wat";
import hostile from "./fixtures/hostile.wat";
import kernels from "./fixtures/kernels.wat";
import wide from "./fixtures/wide.wat";

const originals = [everything, hostile, kernels, exnref, wide];
const options = { memoryPagesMax: 65_536, tableElementsMax: 10_000_000 };

type Edit = { position: number; byte: number; kind: "set" | "flip" | "insert" | "remove" | "cut" };

const edits = fc.array(
  fc.record({
    position: fc.nat(),
    byte: fc.nat(255),
    kind: fc.constantFrom("set", "set", "flip", "flip", "flip", "insert", "remove", "cut"),
  }),
  { minLength: 1, maxLength: 3 },
);

function edited(original: Uint8Array, changes: readonly Edit[]): Uint8Array<ArrayBuffer> {
  let bytes = [...original];
  for (const { position, byte, kind } of changes) {
    const at = 8 + (position % Math.max(1, bytes.length - 8));
    if (kind === "set") bytes[at] = byte;
    if (kind === "flip") bytes[at] = (bytes[at] ?? 0) ^ (1 << (byte % 8));
    if (kind === "insert") bytes.splice(at, 0, byte);
    if (kind === "remove") bytes.splice(at, 1);
    if (kind === "cut") bytes = bytes.slice(0, at);
  }
  return Uint8Array.from(bytes);
}

// What the meter makes of it without the engine's opinion, or why it doesn't.
function unvalidated(
  original: Uint8Array,
  lendsMemory: boolean,
): Uint8Array<ArrayBuffer> | WasmFault {
  const meter = new ModuleMeter({ ...options, lendsMemory });
  try {
    const parts = meter.write(original);
    const { parts: last, metered } = meter.end();
    const written = Uint8Array.from([...parts, ...last].flatMap((part) => [...part]));
    if (metered.patch !== null) written.set(metered.patch.bytes, metered.patch.offset);
    return written;
  } catch (error) {
    if (error instanceof WasmFault) return error;
    throw error;
  }
}

// Refusals that are meant, of modules that the engine takes.
const meant = /threads|GC|expected at most \d+ (?:pages|elements)|edgeloom_/;

describe("a changed module", () => {
  it("is valid metered exactly if it was valid before, whether it is validated first or not", () => {
    let valid = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        edits,
        fc.boolean(),
        (original, changes, lends) => {
          const bytes = edited(original, changes);
          const wasValid = WebAssembly.validate(bytes);
          const metered = unvalidated(bytes, lends);
          if (metered instanceof WasmFault) {
            if (wasValid) expect(metered.message).toMatch(meant);
            return;
          }
          if (wasValid) valid += 1;
          expect(WebAssembly.validate(metered)).toBe(wasValid);
        },
      ),
      { numRuns: 8_000 },
    );
    expect(valid).toBeGreaterThan(300);
  });

  it("never makes the meter throw anything but a fault", () => {
    fc.assert(
      fc.property(fc.constantFrom(...originals), edits, (original, changes) => {
        try {
          meterModule(edited(original, changes), options);
        } catch (error) {
          expect(error).toBeInstanceOf(WasmFault);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
