/**
 * How much gas calls used, counted in logarithmic buckets. Three of them are a growth by 30 %: what is counted above
 * a bound on one version and above the bound three buckets up on another compares the two at exactly that growth.
 */
import type { Histogram } from "./histogram.ts";

const STEPS = 3;
const GROWTH = 1.3;
/** Bucket 0 holds everything up to this: what costs less than a microsecond is not told apart. */
const FIRST_BOUND = 1_000;
/** The last bucket holds everything above some 10^12 units, which is minutes of a core. */
const BUCKET_MAX = 256;

export const GAS_BUCKETS = BUCKET_MAX + 1;

export function gasBucketOf(gasUsed: number): number {
  if (gasUsed <= FIRST_BOUND) return 0;
  const bucket = Math.ceil((Math.log(gasUsed / FIRST_BOUND) / Math.log(GROWTH)) * STEPS);
  return Math.min(BUCKET_MAX, bucket);
}

/** Calls above a bound on one version, and above 1.3 times that bound on the other. */
export type Exceeding = { readonly above: number; readonly aboveGrown: number };

/**
 * For each bound at which either of them changes: how many calls of `base` lie above it, and of `grown` above 1.3 times
 * it.
 */
export function exceeding(base: Histogram, grown: Histogram): Exceeding[] {
  let above = countIn(base, 0);
  let aboveGrown = countIn(grown, STEPS);
  const found: Exceeding[] = [{ above, aboveGrown }];
  for (let bucket = 1; bucket + STEPS <= BUCKET_MAX; bucket += 1) {
    const [left, leftGrown] = [base[bucket] ?? 0, grown[bucket + STEPS] ?? 0];
    if (left === 0 && leftGrown === 0) continue;
    above -= left;
    aboveGrown -= leftGrown;
    found.push({ above, aboveGrown });
  }
  return found;
}

function countIn(histogram: Histogram, above: number): number {
  return Object.entries(histogram)
    .filter(([bucket]) => Number(bucket) > above)
    .reduce((sum, [, count]) => sum + count, 0);
}
