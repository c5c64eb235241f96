// What an operation acts on, as policies and the ledger name it: `modules:image-processor`, `deployments:*`.
// A route gives a template, whose braces a path's parameter or a field of the body fills.
const WHOLE = "*";
const HOLE = /\{(body\.)?([\w.]+)\}/g;

/** For an operation that names no template: its action's kind, and the last thing that its path names. */
export function defaultTemplate(action: string, path: string): string {
  const [, last] = /.*[{:](\w+)\}?/.exec(path) ?? [];
  return `${kindOf(action)}:${last === undefined ? WHOLE : `{${last}}`}`;
}

function kindOf(action: string): string {
  const [area = ""] = action.split(":");
  if (area.endsWith("s") || area === "audit") return area;
  return area.endsWith("y") ? `${area.slice(0, -1)}ies` : `${area}s`;
}

export function needsBody(template: string): boolean {
  return template.includes("{body.");
}

/** Where nothing fills a hole it means all of the kind: a request that names nothing is refused by its schema. */
export function fill(
  template: string,
  param: (name: string) => string | undefined,
  body: unknown,
): string {
  return template.replaceAll(HOLE, (_, inBody: string | undefined, name: string) => {
    const value = inBody === undefined ? param(name) : fieldOf(body, name);
    return typeof value === "string" && value !== "" ? value : WHOLE;
  });
}

function fieldOf(body: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, key)
          ? new Map(Object.entries(value)).get(key)
          : undefined,
      body,
    );
}
