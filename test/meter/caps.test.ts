import { describe, expect, it } from "vitest";
import { core, functionType, i32, section, text, vector } from "#test/wasm/builder.ts";
import { readCoreModule } from "#wasm/core/read.ts";
import { MEMORY_PAGE, TABLE_ELEMENT } from "#wasm/meter/costs.ts";
import { meterModule } from "#wasm/meter/meter.ts";
import kernels from "./fixtures/kernels.wat";
import wide from "./fixtures/wide.wat";
import { runMetered } from "./guest.ts";

const caps = { memoryPagesMax: 6, tableElementsMax: 20 };
const huge = 2n ** 63n - 1n;

async function outcomes(calls: readonly [string, ...(number | bigint)[]][]): Promise<string[]> {
  const list = calls.map(([name, ...values]) => ({ name, values }));
  return (await runMetered(wide, list, caps)).map(({ outcome }) => outcome);
}

describe("memory", () => {
  it("grows to the cap over all memories and no further", async () => {
    expect(
      await outcomes([
        ["growFirst", 3n],
        ["growFirst", 4n],
        ["growSecond", 2],
        ["growSecond", 3],
        ["growGiven", 3n],
        ["growGiven", 4n],
      ]),
    ).toEqual(["1", "-1", "1", "-1", "1", "-1"]);
  });

  it("answers a huge growth with -1, in 64 bits too", async () => {
    expect(
      await outcomes([
        ["growFirst", huge],
        ["growFirst", -1n],
        ["growFirst", -(2n ** 63n)],
        ["growSecond", -1],
      ]),
    ).toEqual(["-1", "-1", "-1", "-1"]);
  });

  it("has its maximum lowered, and the host is told what to make of an imported one", () => {
    const { bytes, metered } = meterModule(wide, caps);
    const { memories, tables } = readCoreModule(bytes);
    expect(memories.map(({ maximumPages }) => maximumPages)).toEqual([6, 6, 3]);
    expect(tables.map(({ maximum }) => maximum)).toEqual([20n, 20n]);
    const memory = { module: "env", name: "memory", kind: "memory" };
    expect(metered.imported).toEqual([
      { ...memory, minimum: 1, maximum: 6, wide: true, element: null },
    ]);
  });

  it("is paid by the page that was granted, not by the one that was refused", async () => {
    const [one, two, refused] = await runMetered(
      wide,
      [1n, 2n, huge].map((by) => ({ name: "growFirst", values: [by] })),
      caps,
    );
    expect((two?.gasUsed ?? 0n) - (one?.gasUsed ?? 0n)).toBe(BigInt(MEMORY_PAGE));
    expect((one?.gasUsed ?? 0n) - (refused?.gasUsed ?? 0n)).toBe(BigInt(MEMORY_PAGE));
  });

  it("keeps its place among imports, whichever order they stand in", () => {
    const memory = [...text("a"), ...text("m"), 2, 0, 1];
    const table = [...text("a"), ...text("t"), 1, 0x70, 0, 1];
    const named = [...text("a"), ...text("f"), 0, 0];
    const types = section(1, vector(functionType([i32], [])));
    for (const imports of [
      [memory, named, table],
      [table, named, memory],
    ]) {
      const original = Uint8Array.from(core(types, section(2, vector(...imports))));
      const { bytes } = meterModule(original, caps);
      expect(WebAssembly.validate(bytes)).toBe(true);
      expect(readCoreModule(bytes).memories[0]?.maximumPages).toBe(6);
    }
  });
});

describe("tables", () => {
  it("grow to the cap over all tables and no further", async () => {
    expect(
      await outcomes([
        ["growTable", 12n],
        ["growTable", 13n],
        ["growNarrow", 12],
        ["growNarrow", 13],
      ]),
    ).toEqual(["4", "-1", "4", "-1"]);
  });

  it("give nothing back for a growth so huge that its price would be negative", async () => {
    const lengths = [huge, -1n, -(2n ** 63n), -(2n ** 63n) / BigInt(TABLE_ELEMENT), 2n ** 62n];
    const calls = lengths.map((by) => ({ name: "growTable", values: [by], gas: 1_000_000n }));
    for (const { outcome, gasUsed } of await runMetered(wide, calls, caps)) {
      expect(outcome).toBe("-1");
      expect(gasUsed).toBeGreaterThan(0n);
    }
    const endless = { name: "growTableForEver", gas: 1_000_000n };
    expect(await runMetered(wide, [endless], caps)).toMatchObject([{ isOutOfGas: true }]);
  });
});

describe("a bulk operation", () => {
  it("past its memory or table traps as before and takes no gas for its length", async () => {
    const calls = [
      ...[huge, -1n, 2n ** 48n, 65_537n].flatMap((length) => [
        { name: "fillHuge", values: [length] },
        { name: "copyHuge", values: [length] },
      ]),
      { name: "copyMixed", values: [-1] },
    ].map((call) => ({ ...call, gas: 100_000n }));
    for (const { outcome, isOutOfGas, gasUsed } of await runMetered(wide, calls, caps)) {
      expect(outcome).toBe("RuntimeError: memory access out of bounds");
      expect(isOutOfGas).toBe(false);
      expect(gasUsed).toBeLessThan(200n);
    }
    const table = { name: "fillTableHuge", gas: 100_000n };
    const [answer] = await runMetered(wide, [table], caps);
    expect(answer).toMatchObject({ isOutOfGas: false, outcome: expect.stringContaining("table") });
  });

  it("pays by the byte, and stops before it does what can't be paid", async () => {
    const calls = [
      { name: "fillHuge", values: [60_000n], gas: 100_000n },
      { name: "fillHuge", values: [60_000n], gas: 50_000n },
    ];
    const [paid, short] = await runMetered(wide, calls, caps);
    expect(paid).toMatchObject({ outcome: "undefined", isOutOfGas: false });
    expect(paid?.gasUsed).toBeGreaterThanOrEqual(60_000n);
    expect(short).toMatchObject({ outcome: "RuntimeError: unreachable", isOutOfGas: true });
  });

  it("is paid inside a loop that keeps the gas in a local", async () => {
    const [one, two] = await runMetered(
      kernels,
      [100, 200].map((rounds) => ({ name: "bulk", values: [rounds], gas: 10_000_000n })),
    );
    // The fills' lengths are three times the round's number.
    const filled = (rounds: number): number => (3 * rounds * (rounds + 1)) / 2;
    const more = Number((two?.gasUsed ?? 0n) - (one?.gasUsed ?? 0n));
    expect(more).toBeGreaterThan(filled(200) - filled(100));
  });
});
