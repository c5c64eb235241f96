// JSON text of a value as jco's glue gives it, by what it is and not by its WIT type: 64-bit integers that a
// number can't hold and what isn't finite become strings, byte lists become arrays, and nothing becomes null.

export function resultText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value, plain);
}

function plain(_: string, value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) {
    return [...(value as unknown as Iterable<unknown>)];
  }
  return value;
}
