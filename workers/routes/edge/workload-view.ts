// Domain → the 001 document's words for workloads.
import type { Constraint } from "#domain/placement/constraint.ts";
import type { Placement } from "#domain/placement/placement.ts";
import type { InstanceView, WorkloadRecord } from "#domain/workload/record.ts";
import type { WorkloadRollout } from "#domain/workload/workload.ts";
import { strategyName } from "./strategy-schema.ts";
import { iso } from "./view.ts";

export function workloadSummaryView({ workload, status, createdAt }: WorkloadRecord) {
  const { id, name, namespace, kind } = workload;
  return { id, name, namespace, type: kind.type, status: status.phase, created_at: iso(createdAt) };
}

export function createdWorkloadView({ workload, createdAt, resourceVersion }: WorkloadRecord) {
  const { id, name, namespace } = workload;
  const created = { id, name, namespace, status: "created" as const, created_at: iso(createdAt) };
  return { ...created, resource_version: resourceVersion };
}

export function updatedWorkloadView({ workload, updatedAt, resourceVersion }: WorkloadRecord) {
  const { id, name } = workload;
  const updated = { id, name, status: "updating" as const, updated_at: iso(updatedAt) };
  return { ...updated, resource_version: resourceVersion };
}

export function workloadView(record: WorkloadRecord, instances: readonly InstanceView[]) {
  const { workload, status, resourceVersion, updatedAt } = record;
  const { details, moduleId, placement, labels, kind, targets } = workload;
  return {
    ...workloadSummaryView(record),
    image: typeof details["image"] === "string" ? details["image"] : moduleId,
    module: moduleId,
    replicas: status.desired,
    ready_replicas: status.current,
    resources: objectOf(details["resources"]),
    placement: placementView(placement),
    labels: { ...labels },
    nodes: [...new Set(instances.flatMap(({ node }) => node ?? []))].sort(),
    instances: instances.map(({ id, name, node, phase, health, reason }) => ({
      id,
      name,
      node,
      status: phase,
      health,
      reason,
    })),
    conflicts: [...status.conflicts],
    failures: [...status.failures],
    runs: [...status.runs],
    ...(kind.type === "cronjob" ? { schedule: kind.schedule } : {}),
    strategy: workload.strategy === null ? null : strategyName(workload.strategy),
    rollout: workload.rollout == null ? null : rolloutView(workload.rollout),
    target_nodes: targets === null ? null : [...targets],
    resource_version: resourceVersion,
    updated_at: iso(updatedAt),
  };
}

function rolloutView({ deployment, moduleId, stage, message }: WorkloadRollout) {
  const status = stage === "takenBack" ? ("taken-back" as const) : stage;
  return { deployment_id: deployment, module: moduleId, status, message };
}

function placementView({ strategy, constraints, preferences, region }: Placement) {
  return {
    strategy,
    constraints: constraints.map(constraintView),
    preferences: preferences.map((one) => ({ ...constraintView(one), weight: one.weight })),
    region,
  };
}

function constraintView({ key, operator, values }: Constraint) {
  return { key, operator, values: [...values] };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
