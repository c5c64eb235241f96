// From a workload's instances and what probes found of them to an app's containers, as they are told.
import type { ProbeState } from "#domain/health/probe.ts";
import type { InstanceView, WorkloadRecord } from "#domain/workload/record.ts";
import type { Container, Seen } from "./app.ts";

/** What is only waiting for its turn, or tried again after a failure, has a place. */
const TURN = /turn has yet to come/;

const STATUSES = {
  pending: "pending",
  starting: "starting",
  ready: "running",
  unhealthy: "running",
  draining: "stopping",
  stopping: "stopping",
  lost: "lost",
} as const satisfies Readonly<Record<InstanceView["phase"], Container["status"]>>;

export function seenOf(
  record: WorkloadRecord,
  instances: readonly InstanceView[],
  probeOf: (instance: string) => ProbeState | null,
): Seen {
  const containers = instances.map((instance) => containerOf(instance, probeOf(instance.id)));
  const { status, workload } = record;
  const isUpdating = instances.some(
    ({ phase, isCurrent }) => !isCurrent && (phase === "ready" || phase === "unhealthy"),
  );
  const reason = status.conflicts[0] ?? status.failures.at(-1)?.reason ?? null;
  const isFailed = status.phase === "failed";
  return {
    desired: workload.isStopped ? 0 : status.desired,
    containers,
    isUpdating,
    fault: isFailed ? (reason ?? status.unplaced[0]?.reason ?? "It could not be run.") : null,
    unplaced: status.unplaced.find(({ reason }) => !TURN.test(reason))?.reason ?? null,
  };
}

function containerOf(instance: InstanceView, probe: ProbeState | null): Container {
  const { id, name, node, phase, moduleId, startedAt } = instance;
  return {
    id,
    name: name ?? id,
    node,
    version: moduleId,
    status: STATUSES[phase],
    health: healthOf(phase, probe),
    startedAt,
  };
}

function healthOf(phase: InstanceView["phase"], probe: ProbeState | null): Container["health"] {
  switch (phase) {
    case "ready":
      return probe?.health ?? "starting";
    case "unhealthy":
      return "unhealthy";
    case "pending":
    case "starting":
      return "starting";
    case "draining":
    case "stopping":
    case "lost":
      return "unknown";
  }
}
