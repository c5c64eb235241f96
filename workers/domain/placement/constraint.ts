// Constraints filter nodes as Kubernetes' node affinity does. They never rank.
import type { PlacementNode } from "./node.ts";

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] as const;

export type Constraint = {
  /** `node` (its id), `region`, `zone`, a capability's name, else a label. */
  readonly key: string;
  readonly operator: (typeof OPERATORS)[number];
  readonly values: readonly string[];
};

/** A missing key fails In, Gt and Lt and passes NotIn. */
export function satisfies(node: PlacementNode, { key, operator, values }: Constraint): boolean {
  const value = valueOf(node, key);
  switch (operator) {
    case "In":
      return value !== null && values.includes(value);
    case "NotIn":
      return value === null || !values.includes(value);
    case "Exists":
      return value !== null;
    case "DoesNotExist":
      return value === null;
    case "Gt":
      return compared(value, values, (one, other) => one > other);
    case "Lt":
      return compared(value, values, (one, other) => one < other);
  }
}

/** Null when the constraint can be decided; else what is wrong with it. */
export function constraintFault({ key, operator, values }: Constraint): string | null {
  if (key === "") return "A constraint needs a key.";
  const needed = `${operator} on ${key}`;
  if (operator === "In" || operator === "NotIn") {
    return values.length > 0 ? null : `${needed} needs one value or more.`;
  }
  if (operator === "Exists" || operator === "DoesNotExist") {
    return values.length === 0 ? null : `${needed} takes no values.`;
  }
  return values.length === 1 && integer(values[0]) !== null
    ? null
    : `${needed} needs exactly one whole number.`;
}

export function told({ key, operator, values }: Constraint): string {
  return values.length === 0 ? `${key} ${operator}` : `${key} ${operator} ${values.join(", ")}`;
}

/** A capability that no label of its name describes has the value "true". */
function valueOf(node: PlacementNode, key: string): string | null {
  if (key === "node") return node.id;
  if (key === "region") return node.region;
  if (key === "zone") return node.zone;
  const label = Object.hasOwn(node.labels, key) ? node.labels[key] : undefined;
  if (label !== undefined) return label;
  return node.capabilities.has(key) ? "true" : null;
}

function compared(
  value: string | null,
  values: readonly string[],
  holds: (one: number, other: number) => boolean,
): boolean {
  const [one, other] = [integer(value ?? undefined), integer(values[0])];
  return one !== null && other !== null && holds(one, other);
}

function integer(text: string | undefined): number | null {
  if (text === undefined || !/^[+-]?\d{1,15}$/.test(text)) return null;
  return Number(text);
}
