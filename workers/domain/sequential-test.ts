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
  const mixture = gammaln(1 + hits) + gammaln(1 + misses) - gammaln(2 + trials);
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
