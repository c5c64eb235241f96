// A workload as its lattice keeps it and as all dialects read it: what is wanted, in which version, and how it stands.
import type { Instance } from "./instance.ts";
import type { WorkloadStatus } from "./status.ts";
import type { Workload } from "./workload.ts";

export type WorkloadRecord = {
  readonly workload: Workload;
  /** Grows by one with each change of what is wanted, never with how it stands: what If-Match names. */
  readonly resourceVersion: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
  readonly status: WorkloadStatus;
};

/** One replica as it is told: where it runs and how it is. A pending one has no node yet. */
export type InstanceView = {
  readonly id: string;
  readonly name: string | null;
  readonly node: string | null;
  readonly phase: Instance["phase"];
  readonly health: "healthy" | "unhealthy" | "starting" | "unknown";
  readonly moduleId: string;
  /** Whether it runs what is wanted now. */
  readonly isCurrent: boolean;
  /** When it was last ready to be called. */
  readonly startedAt: number | null;
  readonly slot: string | null;
  readonly run: string | null;
  /** Failures in a row that came before it. */
  readonly attempt: number;
  readonly reason: string | null;
};

/** Nodes on which instances of a version can be called, and how many there are on each. */
export type Callable = { readonly node: string; readonly moduleId: string; readonly count: number };

export function instanceView(instance: Instance, { moduleId, revision }: Workload): InstanceView {
  const { id, node, phase, slot, run, attempt, reason } = instance;
  const common = { id, node, phase, health: healthOf(phase), slot, run, attempt, reason };
  if (instance.phase === "pending")
    return { ...common, name: null, moduleId, isCurrent: true, startedAt: null };
  return {
    ...common,
    name: instance.name,
    moduleId: instance.moduleId,
    isCurrent: instance.revision === revision,
    startedAt: instance.readyAt,
  };
}

/** Runs are called by nobody: only instances that serve count. */
export function callable(instances: readonly Instance[]): Callable[] {
  const found = new Map<string, { node: string; moduleId: string; count: number }>();
  for (const instance of instances) {
    if (instance.phase !== "ready" || instance.run !== null) continue;
    const { node, moduleId } = instance;
    const key = `${node} ${moduleId}`;
    const before = found.get(key);
    if (before === undefined) found.set(key, { node, moduleId, count: 1 });
    else before.count += 1;
  }
  return [...found.values()];
}

function healthOf(phase: Instance["phase"]): InstanceView["health"] {
  switch (phase) {
    case "ready":
    case "draining":
      return "healthy";
    case "unhealthy":
      return "unhealthy";
    case "pending":
    case "starting":
      return "starting";
    case "stopping":
    case "lost":
      return "unknown";
  }
}
