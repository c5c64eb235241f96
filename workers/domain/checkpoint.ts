// A checkpoint: all that was wanted at a moment, section by section, as one document that its content names. What ran
// then, secrets and passwords are no part of it.
import { canonical } from "./canonical.ts";

/** In the order in which they are restored; what is to go goes in the reverse of it. */
export const SECTIONS = [
  "config",
  "policies",
  "nodes",
  "settings",
  "workloads",
  "models",
  "apps",
  "routes",
  "clusters",
] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Entries of a section by what is theirs for good: a node's id, a workload's namespace, owner and name. */
export type Entries = Readonly<Record<string, unknown>>;
export type DesiredState = Readonly<Record<SectionName, Entries>>;
/** As a checkpoint has it: of a section that it lacks, since there was none then, it wants nothing. */
export type KeptState = Partial<DesiredState>;

export type Checkpoint = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** SHA-256 of the document. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly createdAt: number;
  readonly createdBy: string;
};

export type Change = {
  readonly section: SectionName;
  readonly key: string;
  readonly verb: "add" | "change" | "remove";
};

/** The same text for the same state. https://www.rfc-editor.org/rfc/rfc8785 */
export function documentOf(state: DesiredState): string {
  return canonical(state);
}

/** In every document from the first on: one of another form is refused rather than read as an empty state. */
const FIRST_SECTIONS = ["nodes", "settings", "workloads", "routes", "clusters"];

export function readDocument(text: string): KeptState {
  const state: unknown = JSON.parse(text);
  const isWhole =
    typeof state === "object" && state !== null && FIRST_SECTIONS.every((name) => name in state);
  if (!isWhole) throw new Error("The document is not that of a checkpoint.");
  // Written by `documentOf`, and found by its own digest.
  return state;
}

export function countsOf(state: DesiredState): Checkpoint["counts"] {
  return Object.fromEntries(SECTIONS.map((name) => [name, Object.keys(state[name]).length]));
}

/** What must be done to come from one state to the other, in an order in which it can be done. */
export function changesBetween(from: DesiredState, to: KeptState): Change[] {
  const wanted = SECTIONS.flatMap((section) =>
    Object.entries(to[section] ?? {}).flatMap(([key, value]): Change[] => {
      if (!Object.hasOwn(from[section], key)) return [{ section, key, verb: "add" }];
      return isSame(from[section][key], value) ? [] : [{ section, key, verb: "change" }];
    }),
  );
  const unwanted = SECTIONS.toReversed().flatMap((section) =>
    Object.keys(to[section] === undefined ? {} : from[section])
      .filter((key) => !Object.hasOwn(to[section] ?? {}, key))
      .map((key): Change => ({ section, key, verb: "remove" })),
  );
  return [...wanted, ...unwanted];
}

export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}
