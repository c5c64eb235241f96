import { describe, expect, it } from "vitest";
import type { Bytes } from "#test/wasm/builder.ts";
import { core, functionType, i32, section, u32, vector } from "#test/wasm/builder.ts";
import { instructions, numericInstructions, vectorInstructions } from "#wasm/meter/instructions.ts";
import { ModuleMeter } from "#wasm/meter/meter.ts";

// A label so deep that its index is no opcode: where an operand is read too long, nothing fits.
const depth = 0x16;
const operandsMax = 18;
const blocks = Array.from({ length: depth }, () => [0x02, 0x40]).flat();
const ends = Array.from({ length: depth + 1 }, () => 0x0b);
const branch = [0x0c, depth];

// One function that can't be reached past its first instruction, with one of everything to refer to.
function moduleWith(code: Bytes, rest: Bytes): Uint8Array<ArrayBuffer> {
  const body = [1, 1, i32, ...blocks, 0x00, ...code, ...rest, ...ends];
  return core(
    section(1, vector(functionType([], []))),
    section(3, vector([0])),
    section(4, vector([0x70, 0, 1])),
    section(5, vector([0, 1])),
    section(13, vector([0, 0])),
    section(6, vector([i32, 1, 0x41, 0, 0x0b])),
    section(9, vector([0, 0x41, 0, 0x0b, ...vector([0])])),
    section(12, [1]),
    section(10, vector([...u32(body.length), ...body])),
    section(11, vector([1, 1, 0])),
  );
}

function refusal(bytes: Uint8Array): string | null {
  try {
    const meter = new ModuleMeter({ memoryPagesMax: 10, tableElementsMax: 10 });
    meter.write(bytes);
    meter.end();
    return null;
  } catch (error) {
    return String(error);
  }
}

function zeros(count: number): Bytes {
  return Array.from({ length: count }, () => 0);
}

// How many bytes of operands an instruction has, all zero, and what has to close it.
type Length = { readonly operands: number; readonly closing: Bytes };

function lengthInEngine(code: Bytes): Length | null {
  for (let operands = 0; operands <= operandsMax; operands += 1) {
    for (const closing of [[], [0x0b]]) {
      const rest = [...branch, ...closing];
      if (WebAssembly.validate(moduleWith([...code, ...zeros(operands)], rest))) {
        return { operands, closing };
      }
    }
  }
  return null;
}

// The meter finds the body whole with these operands, and cut short with one less.
function agrees(code: Bytes, { operands, closing }: Length): boolean {
  const whole = refusal(moduleWith([...code, ...zeros(operands)], closing)) === null;
  const short = operands > 0 && refusal(moduleWith([...code, ...zeros(operands - 1)], closing));
  return whole && short !== null;
}

// They need something before them that no code after a trap has, or operands that aren't zero.
const dependent: ReadonlySet<number> = new Set([0x05, 0x07, 0x09, 0x0b, 0x18, 0x19, 0x1c]);

describe("the table of instructions", () => {
  it.each<[string, { prefix: Bytes; count: number; names: readonly (string | undefined)[] }]>([
    ["plain", { prefix: [], count: 0xfb, names: instructions.names }],
    ["numeric", { prefix: [0xfc], count: 0x40, names: numericInstructions.names }],
    ["vector", { prefix: [0xfd], count: 0x180, names: vectorInstructions.names }],
  ])("is the engine's own for the %s ones, operands and all", (_, { prefix, count, names }) => {
    const differences: string[] = [];
    for (let code = 0; code < count; code += 1) {
      if (prefix.length === 0 && dependent.has(code)) continue;
      const written = prefix.length === 0 ? [code] : [...prefix, ...u32(code)];
      const length = lengthInEngine(written);
      const refused = refusal(moduleWith(written, branch)) ?? "";
      const isListed = names[code] !== undefined;
      if (/GC/.test(refused)) continue;
      if (isListed !== (length !== null))
        differences.push(`${written.join(" ")} is listed: ${isListed}`);
      if (length !== null && !agrees(written, length))
        differences.push(`${written.join(" ")} is read wrongly`);
    }
    expect(differences).toEqual([]);
  });

  it.each<[string, Bytes, string]>([
    ["an atomic one", [0xfe, 0x00, 0, 0], "threads"],
    ["a collected one", [0xfb, 0x00, 0], "GC"],
    ["ref.eq", [0xd3], "GC"],
    ["a reference to a collected type", [0xd0, 0x6e], "GC"],
    ["an opcode of the future", [0xe0], "expected a known one, got 0xe0 at offset"],
    ["a numeric one of the future", [0xfc, 19], "expected a known one, got 0xfc 19 at offset"],
    ["a vector one of the future", [0xfd, 0xa0, 2], "expected a known one, got 0xfd 288 at offset"],
  ])("refuses %s with the reason and the place", (_, code, reason) => {
    expect(refusal(moduleWith(code, []))).toContain(reason);
  });
});
