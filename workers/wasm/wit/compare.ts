// Says what a new version of an interface breaks. Types and functions are closed in the component
// model: what was built against one form can't be linked with another. So every change of a signature
// or a type breaks both ways, and only what is added or removed whole breaks one way.
import type { Compatibility } from "#domain/interface.ts";
import { canonicalTypes, importKey, type Numbers } from "./canonical.ts";
import { changesOfDefinition, changesOfFunction, type Same, showKind } from "./change.ts";
import {
  showFunction,
  type WitFunction,
  type WitInterface,
  type WitType,
  type WitTypeDefinition,
} from "./interface.ts";

export interface Break {
  /** What is broken: `function resize`, `record options`, `import wasi:io/streams@0.2.0`. */
  readonly subject: string;
  /** A sentence that begins with the subject. */
  readonly message: string;
}

type Direction = "Backward" | "Forward" | "Both";

interface Difference extends Break {
  readonly direction: Direction;
}

interface Versions {
  readonly previous: WitInterface;
  readonly next: WitInterface;
  /** Whether two types are the same, each standing in the interface of the given id. */
  readonly sameIn: (previousId: string, nextId: string) => Same;
}

/** All that the next version breaks, under what the previous one's author promised. */
export function compareInterfaces(
  previous: WitInterface,
  next: WitInterface,
  compatibility: Compatibility,
): Break[] {
  if (compatibility === "None") return [];
  const numbers: Numbers = new Map();
  const before = canonicalTypes(previous, numbers);
  const after = canonicalTypes(next, numbers);
  const sameIn = (previousId: string, nextId: string): Same => {
    return (one: WitType | null, other: WitType | null) =>
      before(one, previousId) === after(other, nextId);
  };
  const versions = { previous, next, sameIn };
  return [...functionsOf(versions), ...typesOf(versions), ...importsOf(versions)]
    .filter(({ direction }) => isBreak(direction, compatibility))
    .map(({ subject, message }) => ({ subject, message }));
}

function isBreak(direction: Direction, compatibility: Compatibility): boolean {
  return compatibility === "Full" || direction === "Both" || direction === compatibility;
}

function functionsOf({ previous, next, sameIn }: Versions): Difference[] {
  const same = sameIn(previous.id, next.id);
  return pair(previous.functions, next.functions, ({ name }: WitFunction) => name).flatMap(
    ([before, after]) => {
      if (!before) return only(showFunction(after.name), "next", "Forward");
      const subject = showFunction(before.name);
      if (!after) return only(subject, "previous", "Backward");
      return bothWays(subject, changesOfFunction(before, after, same));
    },
  );
}

function typesOf({ previous, next, sameIn }: Versions): Difference[] {
  const same = sameIn(previous.id, next.id);
  return pair(previous.types, next.types, ({ name }) => name).flatMap(([before, after]) => {
    if (!before) return only(subjectOf(after), "next", "Forward");
    if (!after) return only(subjectOf(before), "previous", "Backward");
    return changesOfType(before, after, { same, suffix: "" });
  });
}

function importsOf({ previous, next, sameIn }: Versions): Difference[] {
  const keyed = ({ id, imports }: WitInterface) =>
    imports.map((imported) => ({ ...imported, key: importKey(imported.id, id) }));
  return pair(keyed(previous), keyed(next), ({ key }) => key).flatMap(([before, after]) => {
    if (!before) return only(`import ${after.id}`, "next", "Backward");
    if (!after) return only(`import ${before.id}`, "previous", "Forward");
    const same = sameIn(before.id, after.id);
    return pair(before.types, after.types, ({ name }) => name).flatMap(([one, other]) =>
      one && other ? changesOfType(one, other, { same, suffix: ` of ${before.key}` }) : [],
    );
  });
}

function changesOfType(
  before: WitTypeDefinition,
  after: WitTypeDefinition,
  { same, suffix }: { readonly same: Same; readonly suffix: string },
): Difference[] {
  const [one, other] = [aliasOf(before), aliasOf(after)];
  if (one && other && same(one, other)) return [];
  const changes = changesOfDefinition(before.definition, after.definition, same);
  return bothWays(`${subjectOf(before)}${suffix}`, changes);
}

/** A type that only stands for another, as a reference to it. */
function aliasOf({ name, definition }: WitTypeDefinition): WitType | null {
  return definition.kind === "alias" || definition.kind === "use" ? { kind: "named", name } : null;
}

function subjectOf({ name, definition }: WitTypeDefinition): string {
  return `${showKind(definition)} ${name}`;
}

function bothWays(subject: string, changes: readonly string[]): Difference[] {
  return changes.map((change) => ({
    subject,
    message: `${subject}: ${change}`,
    direction: "Both" as const,
  }));
}

/** What only one version has. An import is a demand, so its addition is what breaks backward. */
function only(subject: string, has: "previous" | "next", breaks: Direction): Difference[] {
  const change = has === "previous" ? "was removed" : "was added";
  return [{ subject, message: `${subject} ${change}`, direction: breaks }];
}

type Pair<T> = readonly [T, T] | readonly [T, null] | readonly [null, T];

/** Puts what both versions have side by side: first the previous version's, then what is new. */
function pair<T extends object>(
  previous: readonly T[],
  next: readonly T[],
  keyOf: (item: T) => string,
): Pair<T>[] {
  const before = new Map(previous.map((item) => [keyOf(item), item]));
  const after = new Map(next.map((item) => [keyOf(item), item]));
  const kept = previous.map((item): Pair<T> => {
    const counterpart = after.get(keyOf(item));
    return counterpart ? [item, counterpart] : [item, null];
  });
  const added = next
    .filter((item) => !before.has(keyOf(item)))
    .map((item): Pair<T> => [null, item]);
  return [...kept, ...added];
}
