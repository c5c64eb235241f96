// Gas and time: budgets, the rate that a node measures of itself, and the share of a core that gas is.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuPercent, gasBudget, rateOf } from "#domain/gas.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";

describe("a budget", () => {
  it("is the module's share of a core for as long as a call may take, at the node's rate", () => {
    expect(gasBudget({ ...DEFAULT_LIMITS, maxCpuPercent: 50 }, 2_000, 3_000_000)).toBe(3e9);
    expect(gasBudget({ ...DEFAULT_LIMITS, maxCpuPercent: 100 }, 2_000, 3_000_000)).toBe(6e9);
  });
});

describe("the rate of a node", () => {
  const run = (gasUsed: number, durationMs: number) => ({ gasUsed, durationMs });

  const table: [string, ReturnType<typeof run>[], number | null][] = [
    ["is that of its fastest run", [run(4e7, 10), run(4e7, 16), run(4e7, 100)], 4_000_000],
    ["passes over a run that took no time", [run(4e7, 0), run(4e7, 10)], 4_000_000],
    ["is unknown when the clock stood still", [run(4e7, 0), run(4e7, -1)], null],
    ["is unknown without a run", [], null],
    ["is no less than its lower bound", [run(1_000, 10)], 1_000_000],
    ["is no more than its upper bound", [run(1e12, 1)], 20_000_000],
  ];
  for (const [promise, runs, expected] of table) {
    it(promise, () => expect(rateOf(runs, null)).toBe(expected));
  }

  it("rises at once, and falls by a tenth a measurement", () => {
    expect(rateOf([run(8e7, 10)], 4_000_000)).toBe(8_000_000);
    expect(rateOf([run(2e7, 10)], 4_000_000)).toBe(3_600_000);
    expect(rateOf([run(2e7, 10)], 2_100_000)).toBe(2_000_000);
  });

  it("stays within its bounds, whatever was measured", () => {
    const runs = fc.array(
      fc.record({ gasUsed: fc.nat(), durationMs: fc.double({ noNaN: true, min: -10, max: 1e6 }) }),
      { minLength: 1, maxLength: 20, size: "max" },
    );
    fc.assert(
      fc.property(runs, fc.option(fc.nat()), (measured, before) => {
        const rate = rateOf(measured, before) ?? 1_000_000;
        expect(rate).toBeGreaterThanOrEqual(1_000_000);
        expect(rate).toBeLessThanOrEqual(20_000_000);
      }),
    );
  });
});

describe("the share of a core", () => {
  it("is the gas that was used of what the window has, and never above all of it", () => {
    expect(cpuPercent(5e8, 1_000, 1_000_000)).toBe(50);
    expect(cpuPercent(5e9, 1_000, 1_000_000)).toBe(100);
    expect(cpuPercent(0, 0, 1_000_000)).toBe(0);
  });
});
