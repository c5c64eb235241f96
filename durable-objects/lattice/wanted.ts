// How a put becomes what is kept: made anew, or changed if the version is the one that was expected.
import { fault } from "#domain/fault.ts";
import type { FaultReport } from "#domain/fault.ts";
import { newState } from "#domain/workload/state.ts";
import { NO_STATUS } from "#domain/workload/status.ts";
import type { Workload } from "#domain/workload/workload.ts";
import type { Put } from "#stores/objects.ts";
import type { Kept } from "./book.ts";

type Refused = { readonly fault: FaultReport };

/** A name is one owner's once in a namespace. */
export function begin(
  workload: Workload,
  { put, now, others }: { put: Put; now: number; others: Iterable<Kept> },
): Kept | Refused {
  const { id, namespace, name, owner } = workload;
  if (put.expected !== 0) return { fault: fault("NOT_FOUND", `Workload ${id} does not exist.`) };
  for (const { record, isRemoved } of others) {
    const isSame = record.workload.name === name && record.workload.owner === owner;
    if (!isSame || isRemoved) continue;
    const message = `Namespace ${namespace} has a workload ${name} already: ${record.workload.id}.`;
    return { fault: fault("CONFLICT", message) };
  }
  const times = { createdAt: now, createdBy: put.by, updatedAt: now };
  return {
    record: { workload, resourceVersion: 1, ...times, status: NO_STATUS },
    state: newState(id),
    wakeAt: null,
    sequence: 0,
    isRemoved: false,
  };
}

export function change(
  before: Kept,
  workload: Workload,
  { put, now }: { put: Put; now: number },
): Kept | Refused {
  const { resourceVersion } = before.record;
  const { id } = workload;
  if (before.isRemoved) return { fault: fault("NOT_FOUND", `Workload ${id} does not exist.`) };
  if (put.expected !== null && put.expected !== resourceVersion) {
    const message = `Workload ${id} is at resourceVersion ${resourceVersion}, not ${put.expected}: read it again, then change it.`;
    return { fault: fault("CONFLICT", message) };
  }
  const record = {
    ...before.record,
    workload,
    resourceVersion: resourceVersion + 1,
    updatedAt: now,
  };
  return { ...before, record };
}
