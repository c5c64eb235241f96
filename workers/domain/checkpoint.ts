// A checkpoint: all that was wanted at a moment, section by section, as one document that its content names. What ran
// then, secrets and passwords are no part of it.
import canonicalize from "canonicalize";

/** In the order in which they are restored; what is to go goes in the reverse of it. */
export const SECTIONS = ["nodes", "settings", "workloads", "routes", "clusters"] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Entries of a section by what is theirs for good: a node's id, a workload's namespace, owner and name. */
export type Entries = Readonly<Record<string, unknown>>;
export type DesiredState = Readonly<Record<SectionName, Entries>>;

export type Checkpoint = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** SHA-256 of the document. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly counts: Readonly<Record<SectionName, number>>;
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
  return canonicalize(state) ?? "{}";
}

/** Every section must be there: a document of another form is refused rather than read as an empty state. */
export function readDocument(text: string): DesiredState {
  const state: unknown = JSON.parse(text);
  const isWhole =
    typeof state === "object" && state !== null && SECTIONS.every((name) => name in state);
  if (!isWhole) throw new Error("The document is not that of a checkpoint.");
  // Written by `documentOf`, and found by its own digest.
  return state as DesiredState;
}

export function countsOf(state: DesiredState): Record<SectionName, number> {
  const count = (name: SectionName): number => Object.keys(state[name]).length;
  return {
    nodes: count("nodes"),
    settings: count("settings"),
    workloads: count("workloads"),
    routes: count("routes"),
    clusters: count("clusters"),
  };
}

/** What must be done to come from one state to the other, in an order in which it can be done. */
export function changesBetween(from: DesiredState, to: DesiredState): Change[] {
  const wanted = SECTIONS.flatMap((section) =>
    Object.entries(to[section]).flatMap(([key, value]): Change[] => {
      if (!Object.hasOwn(from[section], key)) return [{ section, key, verb: "add" }];
      return isSame(from[section][key], value) ? [] : [{ section, key, verb: "change" }];
    }),
  );
  const unwanted = SECTIONS.toReversed().flatMap((section) =>
    Object.keys(from[section])
      .filter((key) => !Object.hasOwn(to[section], key))
      .map((key): Change => ({ section, key, verb: "remove" })),
  );
  return [...wanted, ...unwanted];
}

export function isSame(one: unknown, other: unknown): boolean {
  return canonicalize(one) === canonicalize(other);
}
