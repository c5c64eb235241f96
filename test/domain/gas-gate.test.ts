// The gas gate: a dearer version is caught within its first calls, and chance condemns nobody, whatever the inputs.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_CALLS, addCounters } from "#domain/counters.ts";
import type { Counters } from "#domain/counters.ts";
import { gasBucketOf } from "#domain/gas-histogram.ts";
import { judgeGas } from "#domain/rollout/gas-gate.ts";
import type { GateSettings } from "#domain/rollout/verdict.ts";
import { evidenceOfMore } from "#domain/sequential-test.ts";
import type { Tally } from "#domain/sequential-test.ts";
import { counted } from "./rollouts.ts";

const SETTINGS: GateSettings = {
  minimumSample: 20,
  falseAlarmRate: 0.01,
  memoryLimitBytes: 64 * 1024 * 1024,
  hasStable: true,
  experiment: null,
};

const using = (calls: number, gas: number): Counters => counted(calls, { gas });
const verdict = (candidate: Counters, stable: Counters): string =>
  judgeGas({ candidate, stable }, SETTINGS).verdict;

describe("the gas gate", () => {
  const table: [string, Counters, Counters, string][] = [
    ["passes the same gas", using(100, 50_000), using(100, 50_000), "pass"],
    ["passes a cheaper version", using(100, 5_000), using(100, 50_000), "pass"],
    ["passes a quarter more", using(100, 62_500), using(100, 50_000), "pass"],
    ["fails half as much again", using(100, 75_000), using(100, 50_000), "fail"],
    ["fails 20 times the gas within 5 of 50 calls", using(5, 1e6), using(45, 50_000), "fail"],
    ["fails it within 3 calls after 1000", using(3, 1e6), using(1_000, 50_000), "fail"],
    ["fails it within 11 of 22 calls", using(11, 1e6), using(11, 50_000), "fail"],
    ["waits while one call may be chance", using(1, 1e6), using(45, 50_000), "inconclusive"],
    ["waits for the sample", using(5, 50_000), using(45, 50_000), "inconclusive"],
    ["takes a few hundred units for nothing", using(100, 900), using(100, 40), "pass"],
    ["compares with nobody without calls before", using(100, 1e6), NO_CALLS, "pass"],
    ["lets a silent module pass", NO_CALLS, NO_CALLS, "pass"],
  ];
  for (const [promise, candidate, stable, expected] of table) {
    it(promise, () => expect(verdict(candidate, stable)).toBe(expected));
  }

  it("finds a rare input that has become a hundred times dearer", () => {
    const rare = addCounters(using(940, 50_000), using(60, 5e6));
    expect(verdict(rare, using(1_000, 50_000))).toBe("fail");
  });

  it("tells its numbers", () => {
    const window = { candidate: using(11, 1e6), stable: using(99, 50_000) };
    expect(judgeGas(window, SETTINGS)).toMatchObject({
      candidate: 1e6,
      stable: 50_000,
      limit: 65_000,
      samples: 11,
      reason:
        "Gas: 1000000 units a call over 11 calls, 50000 units over 99 on the version before; 65000 units are tolerated.",
    });
  });

  it("never fails a version whose calls all cost no more than the cheapest before and 30 %", () => {
    const calls = fc.array(fc.integer({ min: 1_000, max: 1e9 }), {
      minLength: 1,
      maxLength: 200,
      size: "max",
    });
    fc.assert(
      fc.property(calls, calls, (costs, before) => {
        const most = 1.3 * Math.min(...before);
        const candidate = costs.map((gas) => Math.min(gas, most));
        expect(verdict(tallied(candidate), tallied(before))).not.toBe("fail");
      }),
      { numRuns: 30 },
    );
  });

  it("condemns no more sound versions than promised, with heavy-tailed inputs and looked at often", () => {
    const [runs, calls, lookEvery] = [100, 200, 8];
    const random = generator(11);
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      let [candidate, stable] = [NO_CALLS, NO_CALLS];
      for (let call = 0; call < calls; call += 1) {
        // A Pareto distribution without a variance; the candidate needs 30 % more for every input.
        const gas = Math.floor(20_000 * (1 - random()) ** (-1 / 1.2));
        if (random() < 0.5) candidate = addCounters(candidate, using(1, Math.floor(gas * 1.3)));
        else stable = addCounters(stable, using(1, gas));
        if (call % lookEvery > 0) continue;
        if (
          judgeGas({ candidate, stable }, { ...SETTINGS, falseAlarmRate: 0.05 }).verdict !== "fail"
        )
          continue;
        alarms += 1;
        break;
      }
    }
    expect(alarms / runs).toBeLessThanOrEqual(0.05);
  });
});

describe("the evidence that one rate is larger", () => {
  it("passes its bound in no more runs than promised, though every trial is looked at", () => {
    const [runs, looks, alpha] = [200, 400, 0.1];
    const random = generator(3);
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const tallies: [Tally, Tally] = [
        { hits: 0, trials: 0 },
        { hits: 0, trials: 0 },
      ];
      for (let look = 0; look < looks; look += 1) {
        const at = random() < 0.2 ? 0 : 1;
        const { hits, trials } = tallies[at];
        tallies[at] = { hits: hits + (random() < 0.3 ? 1 : 0), trials: trials + 1 };
        if (evidenceOfMore(...tallies) < Math.log(1 / alpha)) continue;
        alarms += 1;
        break;
      }
    }
    expect(alarms / runs).toBeLessThanOrEqual(alpha);
  });
});

function tallied(costs: readonly number[]): Counters {
  const gas: Record<number, number> = {};
  for (const cost of costs) gas[gasBucketOf(cost)] = (gas[gasBucketOf(cost)] ?? 0) + 1;
  const gasUsed = costs.reduce((sum, cost) => sum + cost, 0);
  return { ...NO_CALLS, calls: costs.length, gasUsed, gas };
}

/** Mulberry32: the same numbers at every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
