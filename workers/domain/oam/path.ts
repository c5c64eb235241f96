// Where something stands in a manifest, as JavaScript would write it: `spec.components[0].name`.

export function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((told, part) => {
    if (typeof part === "number") return `${told}[${part}]`;
    return told === "" ? String(part) : `${told}.${String(part)}`;
  }, "");
}
