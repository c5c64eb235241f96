// How long a guest runs between two turns of its neighbours, by how long they take.
import { expect, it } from "vitest";
import { SLICE_MS, sliceGas } from "#domain/gas.ts";
import { Turns } from "#guest/turns.ts";

const GAS_PER_MS = 1_000;
const NOMINAL = sliceGas(GAS_PER_MS);

/** A machine of that rate, whose clock moves while code runs or doesn't, and whose neighbours take so long in each turn. */
async function slicesOf(of: {
  readonly gasPerMs: number;
  readonly neighboursMs: number;
  readonly clockRuns: boolean;
}): Promise<number[]> {
  let [now, told] = [1_000, 1_000];
  const clock = {
    now: () => told,
    async turn() {
      now += of.neighboursMs;
      told = now;
    },
  };
  const turns = new Turns({ slice: NOMINAL, timeoutMs: 1_000_000 }, clock);
  const slices: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    slices.push(turns.slice);
    now += turns.slice / of.gasPerMs;
    if (of.clockRuns) told = now;
    await turns.take();
  }
  return slices;
}

it("keeps its slices beside neighbours that take long, where the clock moves while it runs", async () => {
  const slices = await slicesOf({ gasPerMs: GAS_PER_MS, neighboursMs: 60, clockRuns: true });
  expect(slices.at(-1)).toBeGreaterThan(NOMINAL / 2);
});

it.each([true, false])(
  "gives its neighbours their turns in time though its code is slow, and the clock moves: %s",
  async (clockRuns) => {
    const gasPerMs = GAS_PER_MS / 20;
    const slices = await slicesOf({ gasPerMs, neighboursMs: 0, clockRuns });
    expect((slices.at(-1) ?? 0) / gasPerMs).toBeLessThan(1.1 * SLICE_MS);
  },
);
