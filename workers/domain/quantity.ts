// Kubernetes quantities: "100m", "128Mi", "8Gi", "1e3". Exact, in whole numbers of a unit; rounds up, as Kubernetes does.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/

const QUANTITY = /^\+?(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};

const LENGTH_MAX = 64;

/**
 * Thousandths, rounded up: "100m" of CPU is 100. Null when the text is no quantity, is negative or too large to be
 * exact.
 */
export function parseMilli(text: string): number | null {
  return parse(text, 3);
}

/** Whole units, rounded up: "1Ki" of memory is 1024 bytes. Null as for `parseMilli`. */
export function parseWhole(text: string): number | null {
  return parse(text, 0);
}

function parse(text: string, shift: number): number | null {
  const found = text.length > LENGTH_MAX ? null : QUANTITY.exec(text);
  if (found === null) return null;
  const [, digits = "", suffix = "", exponent = "0"] = found;
  const [whole = "", part = ""] = digits.split(".");
  const power = Number(exponent) + (DECIMAL[suffix] ?? 0) + shift - part.length;
  const value = BigInt(whole + part) * (BINARY[suffix] ?? 1n);
  const scaled = power >= 0 ? value * 10n ** BigInt(power) : ceilDivide(value, -power);
  return scaled > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(scaled);
}

function ceilDivide(value: bigint, power: number): bigint {
  const divisor = 10n ** BigInt(power);
  return (value + divisor - 1n) / divisor;
}
