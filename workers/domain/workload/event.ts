// What a commit of a lattice changed of one workload, as events: what somebody wants, how it stands, and its instances.
import type { Data, EventLevel, NewEvent } from "#domain/event.ts";
import type { Instance } from "./instance.ts";
import type { WorkloadRecord } from "./record.ts";
import type { WorkloadState } from "./state.ts";

type Seen = {
  readonly record: WorkloadRecord;
  readonly state: WorkloadState;
  readonly isRemoved: boolean;
};

/** Null stands for what was not there before, or is not there any more. */
export function workloadEvents(before: Seen | null, after: Seen | null, at: number): NewEvent[] {
  const seen = after ?? before;
  if (seen === null) return [];
  const { workload } = seen.record;
  const subject = `workloads/${workload.id}`;
  const common = { at, app: workload.name };
  const data = { workload_id: workload.id, namespace: workload.namespace, name: workload.name };
  const told = (what: string, level: EventLevel, more: Data = {}): NewEvent => ({
    ...common,
    type: `workload.${what}`,
    subject,
    level,
    message: `Workload ${workload.name} of ${workload.namespace}: ${what}`,
    data: { ...data, ...more },
  });
  return [
    ...wanted(before, after).map((what) => ({
      ...told(what, "info", { resource_version: seen.record.resourceVersion }),
      // An app tells what is wanted of it itself, with its reasons.
      app: workload.owner === "apps" ? null : workload.name,
    })),
    ...instanceEvents(before, after).map(({ what, instance, reason }): NewEvent => ({
      ...common,
      type: `instance.${what}`,
      subject: `${subject}/instances/${instance.id}`,
      level: what === "started" || what === "stopped" ? "info" : "warning",
      message: `Instance ${instance.id} of ${workload.name} ${sentence(what)}${reason === null ? "" : `: ${reason}`}`,
      data: {
        ...data,
        owner: workload.owner,
        module_id: moduleOf(instance, seen),
        instance: instance.id,
        node: instance.node,
        ready_on_node: readyOn(instance.node, after),
        reason,
      },
    })),
    ...phaseTold(before, after).map(({ phase, desired, counts, conflicts }) => {
      const level = phase === "failed" ? "error" : "info";
      return told(phase, level, { desired, ready: counts.ready, conflicts });
    }),
  ];
}

function phaseTold(before: Seen | null, after: Seen | null): WorkloadRecord["status"][] {
  if (after === null || after.record.status.phase === before?.record.status.phase) return [];
  return [after.record.status];
}

function wanted(before: Seen | null, after: Seen | null): string[] {
  if (after === null || (after.isRemoved && before?.isRemoved === false)) {
    return before?.isRemoved === true ? [] : ["removed"];
  }
  if (before === null) return ["created"];
  if (before.record.resourceVersion === after.record.resourceVersion) return [];
  const [from, to] = [sizeOf(before), sizeOf(after)];
  return from !== to && from !== null && to !== null ? ["changed", "scaled"] : ["changed"];
}

function sizeOf({ record }: Seen): number | null {
  const { kind } = record.workload;
  return "replicas" in kind ? kind.replicas : null;
}

type What = "started" | "failed" | "lost" | "unhealthy" | "stopped";

function instanceEvents(
  before: Seen | null,
  after: Seen | null,
): { what: What; instance: Instance; reason: string | null }[] {
  const earlier = before?.state.instances ?? [];
  const later = new Map((after?.state.instances ?? []).map((one) => [one.id, one]));
  const known = new Map(earlier.map((one) => [one.id, one]));
  const failed = new Set(before?.state.failures);
  const failures = (after?.state.failures ?? []).filter((failure) => !failed.has(failure));
  const ended = new Map(failures.map(({ instance, reason }) => [instance, reason]));
  const events: { what: What; instance: Instance; reason: string | null }[] = [];
  for (const instance of new Map([...known, ...later]).values()) {
    const reason = ended.get(instance.id);
    if (reason !== undefined) events.push({ what: "failed", instance, reason });
    const what = changeOf(known.get(instance.id), later.get(instance.id));
    const isToldAlready = reason !== undefined && what === "stopped";
    if (what !== null && !isToldAlready) events.push({ what, instance, reason: instance.reason });
  }
  return events;
}

function changeOf(before: Instance | undefined, after: Instance | undefined): What | null {
  if (before?.phase === after?.phase) return null;
  if (after === undefined) return before?.phase === "pending" ? null : "stopped";
  switch (after.phase) {
    case "ready":
      return "started";
    case "unhealthy":
      return "unhealthy";
    case "lost":
      return "lost";
    case "pending":
    case "starting":
    case "draining":
    case "stopping":
      return null;
  }
}

function moduleOf(instance: Instance, { record }: Seen): string {
  return instance.phase === "pending" ? record.workload.moduleId : instance.moduleId;
}

/** How many of the workload can be called there from then on. */
function readyOn(node: string | null, after: Seen | null): number {
  const there = (after?.state.instances ?? []).filter((instance) => instance.node === node);
  return there.filter(({ phase, run }) => phase === "ready" && run === null).length;
}

function sentence(what: What): string {
  switch (what) {
    case "started":
    case "failed":
    case "stopped":
      return what;
    case "lost":
      return "was lost with its node";
    case "unhealthy":
      return "is unhealthy";
  }
}
