/**
 * Divides a whole number over weights: each share is rounded down, and what is left goes out one by one
 * in the order given. The shares always sum to the total; equal weights when all are zero.
 */
export function apportion(total: number, weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const even = sum === 0;
  const shares = weights.map((weight) =>
    Math.floor((total * (even ? 1 : weight)) / (even ? weights.length : sum)),
  );
  let left = total - shares.reduce((all, share) => all + share, 0);
  return shares.map((share, index) => {
    const eligible = even || (weights[index] ?? 0) > 0;
    if (left <= 0 || !eligible) return share;
    left -= 1;
    return share + 1;
  });
}
