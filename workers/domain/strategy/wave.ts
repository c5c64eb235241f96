// The next step of a rollout: which nodes take the candidate, which share of traffic, and what must hold after.

export type Target = { readonly node: string; readonly region: string };

export type Targets = {
  /** The nodes to deploy to, in the order in which waves take them. */
  readonly nodes: readonly Target[];
  /** For each region, the part of its nodes (0 to 1) that is a target: 1 unless single nodes were named. */
  readonly coverage: Readonly<Record<string, number>>;
  /** Calls that each region answered lately: the quiet ones go first where no order is given. */
  readonly traffic: Readonly<Record<string, number>>;
};

export type GateName =
  | "health"
  | "errorRate"
  | "latency"
  | "crashes"
  | "memory"
  | "gas"
  | "experiment";

export const SAFETY_GATES = [
  "health",
  "errorRate",
  "latency",
  "crashes",
  "memory",
  "gas",
] as const satisfies readonly GateName[];

/** What a failed wave takes back: everything, itself alone and then on with the next, or itself and then wait. */
type FailureScope = "rollout" | "wave" | "pause";

export type Wave = {
  readonly label: string;
  /** progressPercent once this wave's traffic has been shifted. */
  readonly progress: number;
  /** All nodes that must hold the candidate, and pass its health function, in this wave. */
  readonly nodes: readonly string[];
  /** Percent of each region's requests that the candidate gets. Regions that are not named stay as they are. */
  readonly shares: Readonly<Record<string, number>>;
  readonly bakeMs: number;
  readonly gates: readonly GateName[];
  readonly failureScope: FailureScope;
};

/** Takes targets from the regions in turn, so that the first few nodes of a wave span them. */
export function interleaved(nodes: readonly Target[]): Target[] {
  const regions = Map.groupBy(nodes, (target) => target.region);
  const result: Target[] = [];
  for (let row = 0; result.length < nodes.length; row += 1) {
    for (const group of regions.values()) {
      const target = group[row];
      if (target !== undefined) result.push(target);
    }
  }
  return result;
}

/** The share of each region in which these nodes stand, when the wave is to have `percent` of the target. */
export function evenShares(
  nodes: readonly Target[],
  percent: number,
  targets: Targets,
): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const { region } of nodes) {
    shares[region] = Math.round(percent * (targets.coverage[region] ?? 1));
  }
  return shares;
}

export function ids(nodes: readonly Target[]): string[] {
  return nodes.map((target) => target.node);
}
