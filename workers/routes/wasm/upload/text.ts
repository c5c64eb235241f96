// Fields that come as texts: as headers or query parameters beside a raw body, as parts of a form.

/** Lists are separated by commas or written as JSON, objects are JSON. */
export function fromText(given: readonly (readonly [string, string])[]): Record<string, unknown> {
  return Object.fromEntries(
    given.map(([field, value]) => {
      if (field === "limits" || field === "metadata") return [field, parseJson(value)];
      if (field !== "requiredInterfaces") return [field, value];
      const listed = value.trim().startsWith("[");
      return [field, listed ? parseJson(value) : value.split(",").map((name) => name.trim())];
    }),
  );
}

/** What isn't JSON stays text: the schema then says what it expected. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
