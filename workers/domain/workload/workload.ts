// What should run: one type for all dialects. It says nothing of what runs now, and nothing of how it came here.
import { constraintFault } from "#domain/placement/constraint.ts";
import type { Grant } from "#domain/link.ts";
import type { Need } from "#domain/placement/need.ts";
import type { Resources } from "#domain/placement/node.ts";
import type { Placement } from "#domain/placement/placement.ts";
import type { JsonObject } from "#domain/json.ts";
import type { SpreadRule } from "#domain/placement/spread.ts";
import { scheduleFault } from "#domain/schedule.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { Entry } from "./order.ts";

export type Workload = {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** The dialect that wrote it. */
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What its instances find in their environment. */
  readonly config: Readonly<Record<string, string>>;
  /** What its links lead to; absent where there are none. */
  readonly grants?: readonly Grant[];
  /** The id of a registered version. */
  readonly moduleId: string;
  /** What that, and what is wanted of it, needs of a node. */
  readonly needs?: readonly Need[];
  /** Changes exactly when what an instance runs changes: its module, config, links, entry or resources. */
  readonly revision: string;
  readonly kind: Kind;
  readonly resources: Resources;
  readonly placement: Placement;
  /** The only nodes that it may run on; null: any. */
  readonly targets: readonly string[] | null;
  readonly spread: readonly SpreadRule[];
  readonly update: UpdatePolicy;
  readonly timing: Timing;
  readonly isStopped: boolean;
  /** What a run calls; null: the program that the module is. */
  readonly entry: Entry | null;
  /** By which a changed artifact goes out; null: each new instance starts before an old one stops. */
  readonly strategy: Strategy | null;
  /** The deployments that brought it into service, the oldest first. */
  readonly deployments?: readonly string[];
  /** The last change of it that went out by a rollout; absent where there was none. */
  readonly rollout?: WorkloadRollout | null;
  /** Whether its instances answer HTTP. */
  readonly isHttp: boolean;
  /** Who probes reports what came of it; here it is kept. */
  readonly health: HttpProbe | null;
  /** The autoscaler's policy in its own words. Nobody reads it here. */
  readonly scaling: JsonObject | null;
  /** What the owner keeps of its own form. Nobody else reads it. */
  readonly details: JsonObject;
};

export type WorkloadRollout = {
  readonly deployment: string;
  readonly moduleId: string;
  /** Of the workload that it brings; absent where it was begun before it was kept. */
  readonly revision?: string;
  /** To named nodes; or another artifact, which the instances take over from the rollout. */
  readonly purpose: "deploy" | "update";
  readonly stage: "rolling" | "replacing" | "complete" | "takenBack";
  /** What the workload becomes when the rollout is complete; null once it is over. */
  readonly to: SettledWorkload | null;
  /** What it was before: should the rollout be taken back after all, it is so again. */
  readonly from: SettledWorkload | null;
  /** Why it was taken back. */
  readonly message: string | null;
};

/** A workload without a word of rollouts. */
export type SettledWorkload = Omit<Workload, "rollout">;

type HttpProbe = {
  readonly path: string;
  readonly port: number | null;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly initialDelayMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly expectedStatusCodes: readonly number[];
};

/** What a dialect writes; the rest is given by `control/workloads.ts`. */
export type WorkloadSpec = Omit<Workload, "id" | "revision" | "needs">;

/** What a workload has that nobody said anything else of. */
export const DEFAULT_SPEC = {
  labels: {},
  config: {},
  resources: { cpuMillis: 0, memoryBytes: 0, storageBytes: 0 },
  placement: { strategy: "edge-first", constraints: [], preferences: [], region: null },
  targets: null,
  spread: [],
  update: { surge: 1, unavailable: 0 },
  timing: { startMs: 60_000, unhealthyMs: 30_000, drainMs: 30_000 },
  isStopped: false,
  entry: null,
  strategy: null,
  isHttp: false,
  health: null,
  scaling: null,
  details: {},
} as const satisfies Partial<WorkloadSpec>;

/** The workload as it is reconciled: its targets are one more constraint. */
export function targeted(workload: Workload): Workload {
  const { targets, placement } = workload;
  if (targets === null) return workload;
  const only = { key: "node", operator: "In", values: targets } as const;
  return {
    ...workload,
    placement: { ...placement, constraints: [...placement.constraints, only] },
  };
}

export type Kind =
  | { readonly type: "deployment"; readonly replicas: number }
  /** Stable names, started in order and changed from the last to the first. */
  | { readonly type: "statefulset"; readonly replicas: number }
  /** So many on each node that its constraints and spreads allow. */
  | { readonly type: "daemonset"; readonly perNode: number }
  | { readonly type: "job"; readonly run: RunPolicy }
  | {
      readonly type: "cronjob";
      readonly run: RunPolicy;
      /** Five fields of cron, in UTC. */
      readonly schedule: string;
      /** When an occurrence falls due while a run goes on: both, the old one alone, or the new one alone. */
      readonly concurrency: "Allow" | "Forbid" | "Replace";
      /** An occurrence that is older than this when it is seen is left out. */
      readonly startingDeadlineMs: number;
    };

export type RunPolicy = {
  readonly completions: number;
  readonly parallelism: number;
  /** Failures that a run survives; a node that is lost is none. */
  readonly retries: number;
};

/** In instances: more than are wanted, and fewer than are wanted, while the old give way to the new. */
type UpdatePolicy = { readonly surge: number; readonly unavailable: number };

type Timing = {
  /** How long a start may take until it is given up. */
  readonly startMs: number;
  /** How long an instance may be unhealthy until it is replaced. */
  readonly unhealthyMs: number;
  /** How long calls in flight have until the instance is stopped. */
  readonly drainMs: number;
};

/** A workload's state must be small enough to be one row: instances at once, and for a daemonset those on one node. */
const INSTANCES_MAX = 1000;
const PER_NODE_MAX = 100;
/** What is only counted, or waited for, may be larger: thirty days in milliseconds is the longest. */
const COUNT_MAX = 2_592_000_000;

/** Why this workload can't be reconciled as it is written; empty when it can. */
export function conflictsOf({ kind, update, placement, timing, resources }: Workload): string[] {
  const faults = [
    ...placement.constraints.map(constraintFault),
    ...kindFaults(kind),
    updateFault(kind, update),
    ...Object.entries(timing).map(([name, ms]) => countFault(name, ms, [0, COUNT_MAX])),
    ...Object.entries(resources).map(([name, amount]) =>
      countFault(name, amount, [0, Number.MAX_SAFE_INTEGER]),
    ),
  ];
  return faults.filter((fault) => fault !== null);
}

function kindFaults(kind: Kind): (string | null)[] {
  switch (kind.type) {
    case "deployment":
    case "statefulset":
      return [countFault("replicas", kind.replicas, [0, INSTANCES_MAX])];
    case "daemonset":
      return [countFault("instances on each node", kind.perNode, [0, PER_NODE_MAX])];
    case "job":
      return runFaults(kind.run);
    case "cronjob":
      return [
        scheduleFault(kind.schedule),
        countFault("startingDeadlineMs", kind.startingDeadlineMs, [0, COUNT_MAX]),
        ...runFaults(kind.run),
      ];
  }
}

function runFaults({ completions, parallelism, retries }: RunPolicy): (string | null)[] {
  return [
    countFault("completions", completions, [1, COUNT_MAX]),
    countFault("parallelism", parallelism, [1, INSTANCES_MAX]),
    countFault("retries", retries, [0, COUNT_MAX]),
  ];
}

/** A slot has one instance at a time: there, what is new can't come before what is old has gone. */
function updateFault({ type }: Kind, { surge, unavailable }: UpdatePolicy): string | null {
  const fault =
    countFault("surge", surge, [0, INSTANCES_MAX]) ??
    countFault("unavailable", unavailable, [0, INSTANCES_MAX]);
  if (fault !== null) return fault;
  if (type === "deployment") {
    return surge === 0 && unavailable === 0
      ? "Surge 0 and unavailable 0 leave no way to update: allow 1 of either."
      : null;
  }
  const isSlotted = type === "statefulset" || type === "daemonset";
  return isSlotted && unavailable === 0
    ? `A ${type} is updated in place: allow 1 unavailable or more.`
    : null;
}

function countFault(
  name: string,
  count: number,
  [least, most]: readonly [number, number],
): string | null {
  return Number.isInteger(count) && count >= least && count <= most
    ? null
    : `${name} must be a whole number from ${least} to ${most}, not ${count}.`;
}
