/**
 * A latency histogram with logarithmic buckets, a quarter of an octave each (a bound is at most 19 % above
 * what was measured). Two of them merge, and an earlier one can be taken away, by adding counts.
 */
export type Histogram = Readonly<Record<number, number>>;

const STEPS_PER_OCTAVE = 4;
/** Bucket 0 holds everything up to this; the last everything above about five minutes. */
const FIRST_BOUND_MS = 0.125;
const BUCKET_MAX = 86;

export const BUCKETS = BUCKET_MAX + 1;

export function bucketOf(durationMs: number): number {
  if (durationMs <= FIRST_BOUND_MS) return 0;
  const bucket = Math.ceil(Math.log2(durationMs / FIRST_BOUND_MS) * STEPS_PER_OCTAVE);
  return Math.min(BUCKET_MAX, bucket);
}

/** The upper bound of a bucket, in ms. */
export function boundOf(bucket: number): number {
  return FIRST_BOUND_MS * 2 ** (bucket / STEPS_PER_OCTAVE);
}

export function mergeHistograms(one: Histogram, other: Histogram): Histogram {
  return combine(one, other, (a, b) => a + b);
}

/** What `later` counted since `earlier`; never negative, so that a reset reads as a fresh start. */
export function subtractHistogram(later: Histogram, earlier: Histogram): Histogram {
  return combine(later, earlier, (a, b) => Math.max(0, a - b));
}

export function countOf(histogram: Histogram): number {
  return Object.values(histogram).reduce((sum, count) => sum + count, 0);
}

/** The upper bound of the bucket that holds the quantile, in ms; null when nothing was measured. */
export function quantile(histogram: Histogram, fraction: number): number | null {
  const total = countOf(histogram);
  if (total === 0) return null;
  let seen = 0;
  for (const [bucket, count] of entries(histogram)) {
    seen += count;
    if (seen >= fraction * total) return boundOf(bucket);
  }
  return boundOf(BUCKET_MAX);
}

/** As though each measurement lay in the middle of its bucket, in ms: at most 10 % off. Null when nothing was measured. */
export function meanOf(histogram: Histogram): number | null {
  const total = countOf(histogram);
  if (total === 0) return null;
  const middle = 2 ** (-0.5 / STEPS_PER_OCTAVE);
  return (
    entries(histogram).reduce((sum, [at, count]) => sum + count * boundOf(at) * middle, 0) / total
  );
}

/** How many measurements lie in buckets above the bound. */
export function countAbove(histogram: Histogram, boundMs: number): number {
  return entries(histogram)
    .filter(([bucket]) => boundOf(bucket) > boundMs * 1.000001)
    .reduce((sum, [, count]) => sum + count, 0);
}

export function entries(histogram: Histogram): [bucket: number, count: number][] {
  return Object.entries(histogram)
    .map(([bucket, count]): [number, number] => [Number(bucket), count])
    .sort(([a], [b]) => a - b);
}

function combine(
  one: Histogram,
  other: Histogram,
  how: (a: number, b: number) => number,
): Histogram {
  const result: Record<number, number> = {};
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const bucket = Number(key);
    const count = how(one[bucket] ?? 0, other[bucket] ?? 0);
    if (count > 0) result[bucket] = count;
  }
  return result;
}
