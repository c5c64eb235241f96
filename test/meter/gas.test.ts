import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALL_PREPAYS, meterModule } from "#wasm/meter/meter.ts";
import kernels from "./fixtures/kernels.wat";
import type { Run } from "./guest.ts";
import { limits, runAll, runMetered } from "./guest.ts";
import type { Answer, Call } from "./harness.ts";
import { gas } from "./golden.ts";
import type { Program } from "./programs.ts";
import { assemble, programs } from "./programs.ts";

const rounds: Readonly<Record<string, number>> = {
  fibonacci: 15,
  matrix: 12,
  growing: 9,
  tail: 500,
};
const budget = 1_000_000_000n;
const calls: Call[] = Object.keys(gas).map((name) => ({
  name,
  values: [rounds[name] ?? 150],
  gas: budget,
}));

function told(answers: readonly Answer[]): [string | undefined, string, string][] {
  return answers.map(({ outcome, memory }, place) => [calls[place]?.name, outcome, memory]);
}

describe("a metered program", () => {
  it("does what it did before, to its memory too", async () => {
    const [plain = []] = await runAll([{ bytes: kernels, calls }]);
    expect(told(await runMetered(kernels, calls))).toEqual(told(plain));
  });

  // Computed in Node by `scripts/bench/meter/golden.ts`. A change of prices changes METER_VERSION.
  it("uses exactly as much gas as in Node, each time", async () => {
    for (const _ of [1, 2]) {
      const answers = await runMetered(kernels, calls);
      const used = answers.map(({ gasUsed }, place) => [calls[place]?.name, Number(gasUsed)]);
      expect(Object.fromEntries(used)).toEqual(gas);
    }
  });

  it("ends at the same place with one unit less than it needs", async () => {
    const counted = ["sieve", "interpreter", "tail", "exceptions"];
    const less = counted.map((name) => ({
      name,
      values: [rounds[name] ?? 150],
      gas: BigInt(gas[name] ?? 0) - 1n,
    }));
    const enough = less.map((call) => ({ ...call, gas: call.gas + 1n }));
    const [short, exact] = [await runMetered(kernels, less), await runMetered(kernels, enough)];
    expect(short.map(({ isOutOfGas }) => isOutOfGas)).toEqual(counted.map(() => true));
    expect(exact.map(({ isOutOfGas }) => isOutOfGas)).toEqual(counted.map(() => false));
  });

  it("uses as much where it is given by slices, however thin", async () => {
    // What was not yet paid at a trap isn't known.
    const whole = calls.filter(({ name }) => name !== "traps");
    for (const slice of [1n, 100n, 1_009n]) {
      const answers = await runMetered(
        kernels,
        whole.map((call) => ({ ...call, slice })),
      );
      const used = answers.map(({ gasUsed }, place) => [whole[place]?.name, Number(gasUsed)]);
      expect(Object.fromEntries(used)).toEqual({ ...gas, traps: undefined });
    }
  });

  it("pays for a loop that is left by what a function in it throws", async () => {
    const escapes = [100, 300].map((times) => ({ name: "escapes", values: [times], gas: budget }));
    const [few, many] = await runMetered(kernels, escapes);
    expect(few?.outcome).toBe("1");
    expect(Number(many?.gasUsed) - Number(few?.gasUsed)).toBeGreaterThan(200 * 30);
  });

  it("pays for the host's calls as its table says, called directly or through a reference", async () => {
    const options = { ...limits, hostGas: () => 1_000 };
    const call = { name: "dispatch", values: [30], gas: budget };
    const [free, paid] = [
      await runMetered(kernels, [call]),
      await runMetered(kernels, [call], options),
    ];
    const extra = Number(paid[0]?.gasUsed) - Number(free[0]?.gasUsed);
    // Any call of this type may be the host's; what a larger debt rounds up less is left out.
    expect(extra).toBeGreaterThan(30 * 990);
  });
});

type Sample = readonly [Program, number];

function runsOf([program, value]: Sample): Run[] {
  const plain = assemble(program, false);
  const { bytes, metered } = meterModule(plain, limits);
  const calls = [{ name: "run", values: [value], gas: budget }];
  const exact = assemble(program, true);
  return [
    { bytes: plain, calls },
    { bytes, calls: [...calls, ...calls.map((call) => ({ ...call, slice: 97n }))], metered },
    {
      bytes: exact,
      calls: [
        { name: "run", values: [value] },
        { name: "spent", values: [value] },
      ],
    },
  ];
}

describe("random programs", () => {
  const samples = fc.sample(fc.tuple(programs, fc.integer()), { numRuns: 60, seed: 20_261_121 });

  it("do what they did before, and never pay less than what they ran, in slices neither", async () => {
    const answers = await runAll(samples.flatMap(runsOf));
    const wrong = samples.filter((_, place) => {
      const [plain, metered, exact] = answers.slice(place * 3);
      const [whole, sliced] = metered ?? [];
      const same = [whole, sliced, exact?.[0]].every(
        (other) => other?.outcome === plain?.[0]?.outcome,
      );
      const spent = BigInt(exact?.[1]?.outcome ?? "0");
      const isExact = whole?.gasUsed === sliced?.gasUsed;
      return !same || !isExact || (whole?.gasUsed ?? 0n) + BigInt(CALL_PREPAYS) < spent;
    });
    expect(wrong).toEqual([]);
  });
});
