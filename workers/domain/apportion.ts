/**
 * Divides a whole number over weights: each share is rounded down, and what is left goes out one by one to
 * the heaviest first. The shares always sum to the total; equal weights when all are zero.
 */
export function apportion(total: number, weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const even = weights.every((weight) => weight === 0);
  const parts = even ? weights.map(() => 1) : weights;
  const sum = parts.reduce((all, part) => all + part, 0);
  const shares = parts.map((part) => Math.floor((total * part) / sum));
  const left = total - shares.reduce((all, share) => all + share, 0);
  const heaviest = [...parts.keys()].sort((a, b) => (parts[b] ?? 0) - (parts[a] ?? 0));
  const favoured = new Set(heaviest.slice(0, left));
  return shares.map((share, index) => (favoured.has(index) ? share + 1 : share));
}
