// Which actions and resources a rule means. Names are compared as they are, letter for letter: one name, one thing.
import { parseModuleReference } from "#domain/module.ts";

export const RESOURCE_PATTERN = /^(\*|[a-z][a-z0-9_-]*:\S{1,300})$/;
export const ACTION_PATTERN = /^(\*|[a-z][a-z-]*(:(\*|[a-z][a-z-]*))?)$/;

export function matchesAction(pattern: string, action: string): boolean {
  if (pattern === "*" || pattern === action) return true;
  const [area, verb] = action.split(":");
  return pattern === verb || pattern === `${area}:*`;
}

/** A rule for a module is one for all of its versions. */
export function matchesResource(pattern: string, resource: string): boolean {
  return namesOf(resource).some((name) => matchesGlob(pattern, name));
}

function namesOf(resource: string): string[] {
  if (!resource.startsWith("modules:")) return [resource];
  const reference = parseModuleReference(resource.slice("modules:".length));
  return reference === null ? [resource] : [resource, `modules:${reference.name}`];
}

/** Without a regular expression: each `*` takes what it must, so that the time is bounded by both lengths. */
function matchesGlob(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? "";
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
