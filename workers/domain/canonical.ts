// The same text for the same JSON value, as RFC 8785 has it. Half a surrogate pair is no text and RFC 8785 refuses it, but
// JSON may carry one and stores keep it: here it counts as U+FFFD, as everywhere where text becomes bytes.
import canonicalize from "canonicalize";

export function canonical(value: unknown): string {
  return canonicalize(wellFormed(value)) ?? "null";
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [
    key.toWellFormed(),
    wellFormed(each),
  ]);
  return Object.fromEntries(entries);
}
