// Spans of time as Go writes them, with days and weeks beside: "5m", "1h30m", "7d".
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SPAN = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w))+$/;

/** Whole milliseconds; null when the text is no span or is too long to count. */
export function parseSpan(text: string): number | null {
  if (!SPAN.test(text) || text.length > 64) return null;
  const parts = [...text.matchAll(/([\d.]+)([a-zµ]+)/g)];
  const total = parts.reduce(
    (sum, [, amount = "", unit = ""]) => sum + Number(amount) * (UNIT_MS[unit] ?? 0),
    0,
  );
  const spanMs = Math.round(total);
  return Number.isSafeInteger(spanMs) ? spanMs : null;
}
