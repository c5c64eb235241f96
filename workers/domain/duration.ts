// ISO 8601 durations, as the APIs write them: "PT5M".
import { Temporal } from "temporal-polyfill";

/** Milliseconds of a duration without years or months; null when the text is none. Days are 24 hours. */
export function parseDuration(text: string): number | null {
  try {
    const duration = Temporal.Duration.from(text);
    if (duration.sign < 0 || duration.years !== 0 || duration.months !== 0) return null;
    return duration.total({ unit: "milliseconds", relativeTo: "2026-01-01T00:00:00Z[UTC]" });
  } catch {
    return null;
  }
}

/** Whole seconds, balanced to hours as the documents show: 72 hours are "PT72H". */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  return Temporal.Duration.from({ seconds }).round({ largestUnit: "hours" }).toString();
}
