// Words for what changed in one function or one type. It knows nothing of versions or of who is
// broken: compare.ts decides that.
import {
  showType,
  type WitCompound,
  type WitDefinition,
  type WitFunction,
  type WitType,
} from "./interface.ts";

/** Whether a type of the previous version and one of the next are the same. */
export type Same = (previous: WitType | null, next: WitType | null) => boolean;

interface Named {
  readonly name: string;
  readonly type: WitType | null;
}

interface Nouns {
  readonly singular: string;
  readonly plural: string;
  /** Why an addition is a break, where that isn't plain. */
  readonly whyClosed: string;
}

const parameterNouns: Nouns = { singular: "parameter", plural: "parameters", whyClosed: "" };

const memberNouns: Record<WitCompound["kind"], Nouns> = {
  record: {
    singular: "field",
    plural: "fields",
    whyClosed: " (records are closed: adding a field breaks callers)",
  },
  variant: {
    singular: "case",
    plural: "cases",
    whyClosed: " (variants are closed: adding a case breaks callers)",
  },
  enum: {
    singular: "case",
    plural: "cases",
    whyClosed: " (enums are closed: adding a case breaks callers)",
  },
  flags: {
    singular: "flag",
    plural: "flags",
    whyClosed: " (flags are closed: adding one breaks callers)",
  },
};

export function changesOfFunction(previous: WitFunction, next: WitFunction, same: Same): string[] {
  const changes = changesOfList(previous.parameters, next.parameters, {
    nouns: parameterNouns,
    same,
  });
  if (differs(previous.result, next.result, same)) {
    changes.push(`result changed from ${showType(previous.result)} to ${showType(next.result)}`);
  }
  if (previous.isAsync !== next.isAsync) {
    changes.push(`changed from ${synchrony(previous)} to ${synchrony(next)}`);
  }
  return changes;
}

export function changesOfDefinition(
  previous: WitDefinition,
  next: WitDefinition,
  same: Same,
): string[] {
  if (isCompound(previous) && isCompound(next) && previous.kind === next.kind) {
    const nouns = memberNouns[next.kind];
    return changesOfList(previous.members, next.members, { nouns, same });
  }
  const [before, after] = [showDefinition(previous), showDefinition(next)];
  return before === after ? [] : [`changed from ${before} to ${after}`];
}

/** The word that begins a sentence about a type. */
export function showKind(definition: WitDefinition): string {
  return definition.kind === "alias" || definition.kind === "use" ? "type" : definition.kind;
}

function changesOfList(
  previous: readonly Named[],
  next: readonly Named[],
  { nouns, same }: { readonly nouns: Nouns; readonly same: Same },
): string[] {
  const before = new Map(previous.map(({ name, type }) => [name, type]));
  const after = new Map(next.map(({ name, type }) => [name, type]));
  const changes: string[] = [];
  for (const [name, type] of before) {
    const now = after.get(name);
    if (now === undefined) changes.push(`${nouns.singular} ${name} was removed`);
    else if (differs(type, now, same)) {
      changes.push(`${nouns.singular} ${name} changed from ${showType(type)} to ${showType(now)}`);
    }
  }
  for (const name of after.keys()) {
    if (!before.has(name)) changes.push(`${nouns.singular} ${name} was added${nouns.whyClosed}`);
  }
  const [keptBefore, keptAfter] = [
    [...before.keys()].filter((name) => after.has(name)).join(", "),
    [...after.keys()].filter((name) => before.has(name)).join(", "),
  ];
  if (keptBefore !== keptAfter) {
    changes.push(`${nouns.plural} were reordered from ${keptBefore} to ${keptAfter}`);
  }
  return changes;
}

/** Types that read alike and yet differ rest on a named type that changed, which is told there. */
function differs(previous: WitType | null, next: WitType | null, same: Same): boolean {
  return !same(previous, next) && showType(previous) !== showType(next);
}

function isCompound(definition: WitDefinition): definition is WitCompound {
  return "members" in definition;
}

function showDefinition(definition: WitDefinition): string {
  if (definition.kind === "alias") return showType(definition.type);
  if (definition.kind === "use") return `${definition.name} of ${definition.interfaceId}`;
  if (definition.kind === "flags") return "flags";
  return definition.kind === "enum" ? "an enum" : `a ${definition.kind}`;
}

function synchrony({ isAsync }: WitFunction): string {
  return isAsync ? "asynchronous" : "synchronous";
}
