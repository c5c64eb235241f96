/**
 * Divides a whole number over weights: each share is rounded down, and what is left goes out one by one to
 * the heaviest first of those that lost something by rounding. The shares always sum to the total, and none is a whole
 * one away from its exact share; equal weights when all are zero.
 */
export function apportion(total: number, weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const even = weights.every((weight) => weight === 0);
  const parts = even ? weights.map(() => 1) : weights;
  const sum = parts.reduce((all, part) => all + part, 0);
  const shares = parts.map((part) => Math.floor((total * part) / sum));
  const left = total - shares.reduce((all, share) => all + share, 0);
  const isRounded = (index: number): boolean => (total * (parts[index] ?? 0)) % sum > 0;
  const order = [...parts.keys()].sort(
    (a, b) => Number(isRounded(b)) - Number(isRounded(a)) || (parts[b] ?? 0) - (parts[a] ?? 0),
  );
  const favoured = new Set(order.slice(0, left));
  return shares.map((share, index) => (favoured.has(index) ? share + 1 : share));
}
