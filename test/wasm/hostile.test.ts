import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCoreModule } from "#wasm/core/read.ts";
import { WasmFault } from "#wasm/cursor.ts";
import { inspect } from "#wasm/inspect.ts";
import type { Bytes } from "./builder.ts";
import { component, core, custom, section, text, vector } from "./builder.ts";
import command from "./fixtures/command.wat";
import { canon, coreTypes, greet, http, nested, types } from "./fixtures/components.ts";
import everything from "./fixtures/everything.wat";
import json from "./fixtures/json.wat";
import numbers from "./fixtures/numbers.wat";

const modules = [everything, json, numbers, command];
const components = [greet, types, http, canon, nested, coreTypes];
const preambles = [json.slice(0, 8), greet.slice(0, 8), new Uint8Array()];

type Edit = { position: number; byte: number; kind: "set" | "flip" | "insert" | "remove" | "cut" };

const edits = fc.array(
  fc.record({
    position: fc.nat(),
    byte: fc.nat(255),
    kind: fc.constantFrom("set", "set", "flip", "flip", "insert", "remove", "cut"),
  }),
  { minLength: 1, maxLength: 4 },
);

function edited(original: Uint8Array, changes: readonly Edit[]): Uint8Array {
  let bytes = [...original];
  for (const { position, byte, kind } of changes) {
    // Past the preamble, or little else would be tried.
    const at = 8 + (position % Math.max(1, bytes.length - 8));
    if (kind === "set") bytes[at] = byte;
    if (kind === "flip") bytes[at] = (bytes[at] ?? 0) ^ (1 << (byte % 8));
    if (kind === "insert") bytes.splice(at, 0, byte);
    if (kind === "remove") bytes.splice(at, 1);
    if (kind === "cut") bytes = bytes.slice(0, at);
  }
  return Uint8Array.from(bytes);
}

function accepts(bytes: Uint8Array): boolean {
  try {
    readCoreModule(bytes);
    return true;
  } catch (error) {
    if (error instanceof WasmFault) return false;
    throw error;
  }
}

describe("hostile bytes", () => {
  it("never make inspect throw when they are random", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...preambles),
        fc.uint8Array({ maxLength: 300 }),
        (preamble, rest) => {
          const inspection = inspect(Uint8Array.from([...preamble, ...rest]));
          expect(inspection.ok || inspection.faults.length > 0).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("never make inspect throw when they are a real binary's, changed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...modules, ...components), edits, (original, changes) => {
        const inspection = inspect(edited(original, changes));
        expect(inspection.ok || inspection.faults.length > 0).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("are accepted whenever the engine accepts them", () => {
    for (const original of modules) expect(accepts(original)).toBe(true);
    fc.assert(
      fc.property(fc.constantFrom(...modules), edits, (original, changes) => {
        const bytes = edited(original, changes);
        expect(accepts(bytes) || !WebAssembly.validate(bytes)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it.each<[string, Uint8Array, string]>([
    [
      "custom sections",
      core(Array.from({ length: 10_001 }, () => custom("")).flat()),
      "custom sections: expected at most 10000",
    ],
    [
      "core modules",
      component(Array.from({ length: 1_001 }, () => section(1, [...core()])).flat()),
      "core modules: expected at most 1000",
    ],
    [
      "components",
      component(Array.from({ length: 1_001 }, () => section(4, [...component()])).flat()),
      "components: expected at most 1000",
    ],
    [
      "type definitions",
      component(
        section(
          7,
          Array.from({ length: 1_048_577 }, () => 0),
        ),
      ),
      "definitions: expected at most 1048576 bytes",
    ],
  ])("can't fill the heap with %s", (_, bytes, fault) => {
    const inspection = inspect(bytes);
    expect(inspection.ok ? [] : inspection.faults).toEqual([expect.stringContaining(fault)]);
  });

  it("can't hide an endless type behind exports", () => {
    // Each instance type holds the one before twice; walking all of them would take 2^60 steps.
    const holders = Array.from({ length: 60 }, (_, index): Bytes =>
      index === 0 ? [0x42, 0] : [0x42, 3, ...alias(index - 1), ...holder("a"), ...holder("b")],
    );
    const bytes = component(
      section(7, vector(...holders)),
      section(10, vector([0, ...text("i"), 5, 59])),
      section(11, vector([0, ...text("e"), 5, 0, 0])),
    );
    expect(inspect(bytes)).toMatchObject({ ok: true, functions: [] });
  });
});

function alias(type: number): Bytes {
  return [2, 3, 2, 1, type];
}

function holder(name: string): Bytes {
  return [4, 0, ...text(name), 5, 0];
}
