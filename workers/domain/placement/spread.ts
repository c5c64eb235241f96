// Spread rules divide a workload's instances over groups of nodes by weight. Each instance counts for one rule, so
// a node that several rules name can serve none of them: what can't be counted is a conflict, never tried again and again.
import { apportion } from "#domain/apportion.ts";
import type { PlacementNode } from "./node.ts";

export type SpreadRule = {
  readonly name: string;
  readonly weight: number;
  /** Labels that a node must have with exactly these values; `node`, `region` and `zone` may be named too. */
  readonly requirements: Readonly<Record<string, string>>;
};

export type Spread = {
  readonly counts: readonly number[];
  /** For each node the rule that it may serve. */
  readonly ruleOf: ReadonlyMap<string, number>;
  readonly faults: readonly string[];
};

/** Largest weights get what is left by rounding: 7 at 30 and 40 are 3 and 4. */
export function spreadOver(
  instances: number,
  rules: readonly SpreadRule[],
  nodes: Iterable<PlacementNode>,
): Spread {
  const counts = apportion(
    instances,
    rules.map(({ weight }) => weight),
  );
  const ruleOf = new Map<string, number>();
  const matched = rules.map(() => 0);
  const exclusive = rules.map(() => 0);
  for (const node of nodes) {
    if (!node.isAlive) continue;
    const [first, ...more] = rules.flatMap((rule, at) => (serves(node, rule) ? [at] : []));
    for (const at of first === undefined ? [] : [first, ...more])
      matched[at] = (matched[at] ?? 0) + 1;
    if (first === undefined || more.length > 0) continue;
    ruleOf.set(node.id, first);
    exclusive[first] = (exclusive[first] ?? 0) + 1;
  }
  const faults = rules.flatMap(({ name }, at) => {
    if ((counts[at] ?? 0) === 0 || (exclusive[at] ?? 0) > 0) return [];
    return (matched[at] ?? 0) === 0
      ? [`Could not satisfy spread ${name}: no node that is alive has its labels.`]
      : [`Spread requirement conflict: every node of ${name} belongs to another spread too.`];
  });
  return { counts, ruleOf, faults };
}

export function serves(node: PlacementNode, { requirements }: SpreadRule): boolean {
  return Object.entries(requirements).every(([key, value]) => {
    if (Object.hasOwn(node.labels, key)) return node.labels[key] === value;
    return (
      (key === "node" && node.id === value) ||
      (key === "region" && node.region === value) ||
      (key === "zone" && node.zone === value)
    );
  });
}
