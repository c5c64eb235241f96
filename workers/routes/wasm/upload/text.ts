// Fields that come as texts: as headers or query parameters beside a raw body, as parts of a form.

const JSON_FIELDS: ReadonlySet<string> = new Set(["limits", "metadata", "files"]);

/** Lists are separated by commas or written as JSON, objects are JSON. */
export function fromText(given: readonly (readonly [string, string])[]): Record<string, unknown> {
  return Object.fromEntries(
    given.map(([field, value]) => {
      if (JSON_FIELDS.has(field)) return [field, parseJson(value)];
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
