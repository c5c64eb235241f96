import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cursor, WasmFault } from "#wasm/cursor.ts";

function cursor(...bytes: number[]): Cursor {
  return new Cursor(Uint8Array.from(bytes));
}

// LEB128 as the specification writes it, on big integers.
function unsigned(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  return value < 128n ? [low] : [low | 0x80, ...unsigned(value >> 7n)];
}

function signed(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  const ends = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40);
  return ends ? [low] : [low | 0x80, ...signed(rest)];
}

const signed33 = fc.bigInt({ min: -(2n ** 32n), max: 2n ** 32n - 1n });

describe("the cursor", () => {
  it("reads every u32 that was written", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (value) => {
        expect(cursor(...unsigned(BigInt(value))).u32("n")).toBe(value);
      }),
    );
  });

  it("reads every s32 that was written", () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(cursor(...signed(BigInt(value))).s32("n")).toBe(value);
      }),
    );
  });

  it("reads every s33 that was written", () => {
    fc.assert(
      fc.property(signed33, (value) => {
        expect(cursor(...signed(value)).s33("n")).toBe(Number(value));
      }),
    );
  });

  it("reads every u64 and s64 that was written", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(cursor(...unsigned(value)).u64("n")).toBe(value);
        const asSigned = BigInt.asIntN(64, value);
        expect(cursor(...signed(asSigned)).s64("n")).toBe(asSigned);
      }),
    );
  });

  it("takes padding up to the width of the type", () => {
    expect(cursor(0x83, 0x80, 0x80, 0x80, 0x00).u32("n")).toBe(3);
    expect(cursor(0xff, 0xff, 0xff, 0xff, 0x7f).s32("n")).toBe(-1);
    expect(cursor(0xff, 0xff, 0xff, 0xff, 0x7f).s33("n")).toBe(-1);
    expect(cursor(0xff, 0xff, 0xff, 0xff, 0x0f).s33("n")).toBe(0xffff_ffff);
  });

  it.each([
    ["u32", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ["u32", [0xff, 0xff, 0xff, 0xff, 0x1f]],
    ["s32", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ["s32", [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["s33", [0xff, 0xff, 0xff, 0xff, 0x2f]],
    ["s33", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ["u64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]],
    ["s64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ] as const)("refuses a %s that is too long or too large: %j", (type, bytes) => {
    expect(() => cursor(...bytes)[type]("n")).toThrow(WasmFault);
  });

  it("tells the offset in the whole file", () => {
    const inner = new Cursor(Uint8Array.from([1, 2, 3]), 100).sub(2, "part");
    inner.byte("a");
    inner.byte("b");
    expect(() => inner.byte("c")).toThrow("c: expected 1 more byte, got the end at offset 102");
  });

  it("refuses names that aren't UTF-8", () => {
    expect(() => cursor(1, 0xff).name("name")).toThrow("expected UTF-8");
  });

  it("refuses a count that the bytes left can't hold", () => {
    expect(() => cursor(5, 0, 0).count("items", 10)).toThrow("expected 5, got only 2 bytes");
    expect(() => cursor(5, 0, 0, 0, 0, 0).count("items", 4)).toThrow("expected at most 4, got 5");
  });
});
