// Times several forms of the same work beside each other: short samples that take turns, and of each the quickest,
// since whatever else the machine does can only add to it.
import { elapsed } from "./clock.ts";

const ROUNDS = 150;
const SAMPLE_MS = 0.6;
const WARM_MS = 60;
const FEW = 32;

export type Run = (times: number) => unknown;

/** The milliseconds of the first form, and what the others take of it. */
export type Comparison = { readonly ms: number; readonly ratios: readonly number[] };

export type Sampling = {
  readonly rounds?: number;
  readonly sampleMs?: number;
  readonly warmMs?: number;
};

export function compare(
  [first, ...others]: readonly [Run, ...Run[]],
  { rounds = ROUNDS, sampleMs = SAMPLE_MS, warmMs = WARM_MS }: Sampling = {},
): Comparison {
  const runs = [first, ...others];
  const result = first(2);
  if (others.some((run) => run(2) !== result)) throw new Error("the forms give different results");
  const times = timesFor(first, sampleMs);
  for (const run of runs) warm(run, times, warmMs);
  const least = runs.map(() => Infinity);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < runs.length; turn += 1) {
      const place = (turn + round) % runs.length;
      const run = runs[place] ?? first;
      least[place] = Math.min(
        least[place] ?? Infinity,
        elapsed(() => run(times)),
      );
    }
  }
  const [ms = 0, ...rest] = least;
  return { ms, ratios: rest.map((other) => other / ms) };
}

/** So many times that it takes about a sample; recursion grows too fast to be counted up by doubling alone. */
function timesFor(run: Run, sampleMs: number): number {
  warm(run, 2, WARM_MS);
  let times = 1;
  while (times < 2 ** 24) {
    const ms = Math.min(
      elapsed(() => run(times)),
      elapsed(() => run(times)),
    );
    if (ms >= sampleMs) break;
    const isFar = ms < sampleMs / 4 && times >= FEW;
    times += Math.ceil(times / (isFar ? 2 : 8));
  }
  return times;
}

function warm(run: Run, times: number, ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until) run(times);
}
