// Confidence bounds for a rate that hold at every look at once, so that looking often raises no false alarm.
import { gammaln } from "simple-statistics";

export type Bounds = { readonly lower: number; readonly upper: number };

/**
 * The confidence sequence of a Bernoulli rate by the method of mixtures with a uniform prior:
 * under the true rate p the ratio B(1+k, 1+n−k) / (p^k (1−p)^(n−k)) is a martingale that starts at 1,
 * so by Ville's inequality the chance that it ever passes 1/alpha is at most alpha.
 * Robbins (1970), "Statistical methods related to the law of the iterated logarithm"; Howard, Ramdas,
 * McAuliffe and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences".
 */
export function rateBounds(hits: number, trials: number, alpha: number): Bounds {
  if (trials === 0) return { lower: 0, upper: 1 };
  const misses = trials - hits;
  const mixture = mixtureOf({ hits, trials });
  const evidence = (rate: number): number =>
    mixture - times(hits, Math.log(rate)) - times(misses, Math.log(1 - rate));
  const limit = -Math.log(alpha);
  const excluded = (rate: number): boolean => evidence(rate) >= limit;
  const observed = hits / trials;
  return {
    lower: hits === 0 ? 0 : edge({ outside: 0, inside: observed }, excluded),
    upper: misses === 0 ? 1 : edge({ outside: 1, inside: observed }, excluded),
  };
}

export type Tally = { readonly hits: number; readonly trials: number };

/**
 * The evidence, as a logarithm, that one rate is larger than another: both mixtures against the best that any pair
 * of rates with the first no larger can do. Under such a pair it is at most a martingale that starts at 1, so the
 * chance that it ever passes log(1/alpha) is at most alpha, however often it is looked at.
 * Wasserman, Ramdas and Balakrishnan (2020), "Universal inference", section 8; the mixtures are those of `rateBounds`.
 */
export function evidenceOfMore(one: Tally, other: Tally): number {
  if (one.trials === 0 || other.trials === 0) return 0;
  const mixture = mixtureOf(one) + mixtureOf(other);
  const isMore = one.hits * other.trials > other.hits * one.trials;
  if (!isMore) return mixture - best(one) - best(other);
  const hits = one.hits + other.hits;
  return mixture - best({ hits, trials: one.trials + other.trials });
}

/** The likelihood of the outcomes, averaged over all rates. */
function mixtureOf({ hits, trials }: Tally): number {
  return gammaln(1 + hits) + gammaln(1 + trials - hits) - gammaln(2 + trials);
}

/** Their likelihood under the rate that explains them best. */
function best({ hits, trials }: Tally): number {
  const misses = trials - hits;
  return times(hits, Math.log(hits / trials)) + times(misses, Math.log(misses / trials));
}

/** 0 · −∞ is 0 here: an outcome that never came says nothing. */
function times(count: number, logarithm: number): number {
  return count === 0 ? 0 : count * logarithm;
}

/** The point between an excluded rate and one that isn't, given on the excluded side: never too narrow. */
function edge(
  between: { outside: number; inside: number },
  excluded: (rate: number) => boolean,
): number {
  let { outside, inside } = between;
  for (let round = 0; round < 50; round += 1) {
    const middle = (outside + inside) / 2;
    if (excluded(middle)) outside = middle;
    else inside = middle;
  }
  return outside;
}
