// Times two forms of the same work beside each other: short samples that take turns, and of each the quickest,
// since whatever else the machine does can only add to it.
const ROUNDS = 150;
const SAMPLE_MS = 0.6;
const WARM_MS = 60;

export type Run = (times: number) => unknown;

export type Ratio = { readonly name: string; readonly ratio: number; readonly ms: number };

type Pair = { readonly name: string; readonly plain: Run; readonly metered: Run };

export function compare({ name, plain, metered }: Pair): Ratio {
  if (plain(2) !== metered(2)) throw new Error(`${name}: metered and plain give different results`);
  const times = timesFor(plain);
  for (const run of [plain, metered]) warm(run, times);
  const least = { plain: Infinity, metered: Infinity };
  for (let round = 0; round < ROUNDS; round += 1) {
    const isFirst = round % 2 === 0;
    if (isFirst) least.plain = Math.min(least.plain, time(plain, times));
    least.metered = Math.min(least.metered, time(metered, times));
    if (!isFirst) least.plain = Math.min(least.plain, time(plain, times));
  }
  return { name, ratio: least.metered / least.plain, ms: least.plain };
}

export function time(run: Run, times: number): number {
  const start = performance.now();
  run(times);
  return performance.now() - start;
}

/** So many times that it takes about SAMPLE_MS; recursion grows too fast to be counted up by doubling alone. */
function timesFor(run: Run): number {
  warm(run, 2);
  let times = 1;
  while (times < 2 ** 24) {
    const ms = Math.min(time(run, times), time(run, times));
    if (ms >= SAMPLE_MS) break;
    times =
      ms < SAMPLE_MS / 4
        ? times + Math.max(1, Math.floor(times / 2))
        : times + Math.ceil(times / 8);
  }
  return times;
}

function warm(run: Run, times: number): void {
  const until = performance.now() + WARM_MS;
  while (performance.now() < until) run(times);
}
