import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import everything from "#test/wasm/fixtures/everything.wat";
import type { CoreModule } from "#wasm/core/module.ts";
import { readCoreModule } from "#wasm/core/read.ts";
import { Cursor } from "#wasm/cursor.ts";
import { Hints, HINTS_SECTION } from "#wasm/meter/hints.ts";
import { meterModule } from "#wasm/meter/meter.ts";
import { Writer } from "#wasm/meter/writer.ts";
import hostile from "./fixtures/hostile.wat";
import kernels from "./fixtures/kernels.wat";
import { limits } from "./guest.ts";

type Hinted = { readonly index: number; readonly places: readonly number[] };

// What follows the section's name.
function hintsIn(payload: Uint8Array): Hinted[] {
  const cursor = new Cursor(payload);
  const found = Array.from({ length: cursor.u32("functions") }, () => {
    const index = cursor.u32("function");
    const places = Array.from({ length: cursor.u32("hints") }, () => {
      const place = cursor.u32("place");
      expect([cursor.u32("size"), cursor.u32("direction")]).toEqual([1, 0]);
      return place;
    });
    return { index, places };
  });
  expect(cursor.done).toBe(true);
  return found;
}

function hintsOf(bytes: Uint8Array<ArrayBuffer>, { customSections }: CoreModule): Hinted[] {
  const sections = customSections.filter(({ name }) => name === HINTS_SECTION);
  return sections.flatMap(({ start, end }) => hintsIn(bytes.subarray(start, end)));
}

// i64.const 0, i64.lt_s, and the branch itself: an if without a result, or one out of a loop.
const check = [0x42, 0x00, 0x53];
const branches = new Set([0x04, 0x0d]);

function occurrences(bytes: Uint8Array): number[] {
  return [...bytes.keys()].filter(
    (at) =>
      check.every((byte, place) => bytes[at + place] === byte) &&
      branches.has(bytes[at + check.length] ?? 0),
  );
}

describe("what a metered module tells of its branches", () => {
  it.each([
    ["everything", everything],
    ["the kernels", kernels],
    ["the hostile", hostile],
  ])("names each look at the gas of a function in %s, and nothing else", (_, original) => {
    const { bytes } = meterModule(original, limits);
    const module = readCoreModule(bytes);
    const ours = module.bodies.slice(0, readCoreModule(original).bodies.length);
    const looks = ours.map(({ start, end }, place) => ({
      index: module.importedFunctions + place,
      places: occurrences(bytes.subarray(start, end)).map((at) => at + 3),
    }));
    const hinted = hintsOf(bytes, module);
    const indices = new Set(hinted.map(({ index }) => index));
    expect(hinted.length).toBeGreaterThan(0);
    expect(hinted).toEqual(looks.filter(({ index }) => indices.has(index)));
  });

  it("stands before the code that it speaks of", () => {
    const { bytes } = meterModule(kernels, limits);
    const { customSections, bodies } = readCoreModule(bytes);
    const hints = customSections.find(({ name }) => name === HINTS_SECTION);
    expect(hints?.end).toBeLessThan(bodies[0]?.start ?? 0);
  });
});

const ascending = fc.uniqueArray(fc.nat(2 ** 20), { maxLength: 20 });
const functions = fc.array(ascending.map((places) => places.toSorted((one, other) => one - other)));

describe("the room that is kept for hints", () => {
  it("is filled exactly, with as many functions as it holds, whole", () => {
    fc.assert(
      fc.property(fc.nat(5_000), functions, (codeBytes, all) => {
        const hints = new Hints(codeBytes);
        all.forEach((places, index) => hints.add(index, places));
        const written = new Writer();
        hints.write(written);
        expect(written.length).toBe(hints.room);
        expect([...hints.blank()].reduce((sum, { length }) => sum + length, 0)).toBe(hints.room);
        const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
        const bytes = Uint8Array.from([...preamble, ...written.view]);
        expect(WebAssembly.validate(bytes)).toBe(true);
        const found = hintsOf(bytes, readCoreModule(bytes));
        for (const { index, places } of found) expect(places).toEqual(all[index]);
        const indices = found.map(({ index }) => index);
        expect(indices).toEqual(indices.toSorted((one, other) => one - other));
      }),
    );
  });
});
