// What a lattice tells a node, and what the node tells back: commands with all that a node needs to obey them.
import type { Assignment } from "#domain/execution.ts";
import type { Grant } from "#domain/link.ts";
import type { Json } from "#domain/json.ts";
import type { Resources } from "#domain/placement/node.ts";

/** A function that a run calls to its end. */
export type Entry = { readonly functionName: string; readonly parameters: Json };

/** As a value of a workload's configuration: each instance finds the name of its node in its place. */
export const NODE_ADDRESS = "$(instance.node)";

/** The version as it runs there for a workload of this configuration and these links. */
export function configured(
  assignment: Assignment,
  {
    config,
    grants = [],
  }: { readonly config: Readonly<Record<string, string>>; readonly grants?: readonly Grant[] },
  node: string,
): Assignment {
  const { limits } = assignment;
  const given = Object.entries(config).map(([name, value]) => [
    name,
    value === NODE_ADDRESS ? node : value,
  ]);
  const environmentVariables = { ...limits.environmentVariables, ...Object.fromEntries(given) };
  const linked = grants.length === 0 ? {} : { grants };
  return { ...assignment, ...linked, limits: { ...limits, environmentVariables } };
}

export type StartOrder = {
  readonly type: "start";
  readonly instance: string;
  readonly workload: string;
  /** With the workload's configuration in its environment. */
  readonly assignment: Assignment;
  readonly resources: Resources;
  /** What the node has: it refuses what doesn't fit beside all that it holds, whoever sent that. */
  readonly capacity: Resources;
  /** Null for an instance that stays until it is stopped. */
  readonly run: Entry | null;
  /** Where what it writes is kept; null: nowhere. */
  readonly log: { readonly log: string; readonly container: string } | null;
};

export type Order =
  | StartOrder
  /** Tells `drained` once the calls of its version have ended. */
  | { readonly type: "drain"; readonly instance: string }
  | { readonly type: "stop"; readonly instance: string };

/** Everything of one lattice that runs on a node at a moment. */
export type Inventory = {
  readonly node: string;
  readonly takenAt: number;
  readonly instances: readonly string[];
};

/** The workload that an instance's id names. */
export function workloadOf(instance: string): string {
  return instance.slice(0, instance.lastIndexOf("."));
}
