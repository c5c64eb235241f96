// Workloads, for all dialects: what is wanted is written here and read here with how it stands. What follows from it is
// the business of the lattice that the namespace names; runners are known to nobody above it.
import { Fault, faultFrom } from "#domain/fault.ts";
import type { JsonObject } from "#domain/json.ts";
import type { Module } from "#domain/module.ts";
import { needsOf } from "#domain/placement/need.ts";
import type { Principal } from "#domain/role.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import type { InstanceView, WorkloadRecord } from "#domain/workload/record.ts";
import { conflictsOf } from "#domain/workload/workload.ts";
import { rolloutUnderWay } from "#domain/workload/rollout.ts";
import type { Kind, SettledWorkload, Workload, WorkloadSpec } from "#domain/workload/workload.ts";
import { digestOf } from "#stores/artifacts.ts";
import { database } from "#stores/database.ts";
import { latticeOf } from "#stores/objects.ts";
import * as workloads from "#stores/workloads.ts";
import { getModule } from "./modules.ts";

/** Whoever may: it is recorded by name. */
type Actor = Pick<Principal, "username">;

/** What may change of a workload once it is there. */
export type WorkloadChange = Partial<Omit<WorkloadSpec, "namespace" | "name" | "owner">>;

/** How often a change without If-Match is made anew because another came between. */
const TRIES = 5;

/** Acknowledged when its lattice has stored it. Its instances start at once; `status` tells how far they are. */
export async function createWorkload(
  env: Env,
  spec: WorkloadSpec,
  by: {
    principal: Actor;
    /** Of one that was there before, and comes back. */
    id?: string;
  },
): Promise<WorkloadRecord> {
  const workload = await completed(env, spec, by.id ?? `workload-${crypto.randomUUID()}`);
  const put = { expected: 0, by: by.principal.username };
  const answer = await latticeOf(env, spec.namespace).put(workload, put);
  if ("fault" in answer) throw faultFrom(answer.fault);
  return answer.record;
}

export async function getWorkload(env: Env, id: string): Promise<WorkloadRecord> {
  const namespace = await workloads.namespaceOf(database(env), id);
  const record = namespace === null ? null : await latticeOf(env, namespace).read(id);
  if (record === null) throw unknown(id);
  return record;
}

/** By the name that its owner gave it; null when there is none. */
export async function findWorkload(
  env: Env,
  by: { namespace: string; owner: string; name: string },
): Promise<WorkloadRecord | null> {
  const page = { limit: 1, offset: 0 };
  const [found] = (await workloads.listWorkloads(database(env), { ...by, ...page })).workloads;
  return found === undefined ? null : latticeOf(env, by.namespace).read(found.workload.id);
}

/** What its owner keeps with it; null where it has gone. */
export async function workloadDetails(
  env: Env,
  namespace: string,
  id: string,
): Promise<JsonObject | null> {
  return (await latticeOf(env, namespace).read(id))?.workload.details ?? null;
}

/** As the lattices last told: newest first. */
export async function listWorkloads(env: Env, filter: workloads.WorkloadFilter) {
  return workloads.listWorkloads(database(env), filter);
}

/**
 * Changes what is given. With `ifMatch` only where that resourceVersion still stands; without it the change is made on
 * whatever stands. What runs follows: a changed artifact by starting the new before the old stops.
 */
export async function changeWorkload(
  env: Env,
  id: string,
  of: { change: WorkloadChange; ifMatch: number | null; principal: Actor },
): Promise<WorkloadRecord> {
  const { change, ifMatch, principal } = of;
  for (let tried = 1; ; tried += 1) {
    const before = await getWorkload(env, id);
    const { resourceVersion, workload } = before;
    const next = await amended(env, workload, change);
    const put = { expected: ifMatch ?? resourceVersion, by: principal.username };
    const answer = await latticeOf(env, workload.namespace).put(next, put);
    if ("record" in answer) return answer.record;
    const isOvertaken = ifMatch === null && answer.fault.code === "CONFLICT" && tried < TRIES;
    if (!isOvertaken) throw faultFrom(answer.fault);
  }
}

/** How many replicas there should be: of a deployment or a statefulset. */
export async function scaleWorkload(
  env: Env,
  id: string,
  of: { replicas: number; principal: Actor },
): Promise<WorkloadRecord> {
  const { kind } = (await getWorkload(env, id)).workload;
  const { replicas, principal } = of;
  if (kind.type !== "deployment" && kind.type !== "statefulset") {
    const message = `Workload ${id} is a ${kind.type}: it has no replicas to scale.`;
    throw new Fault("VALIDATION_ERROR", message, { details: [`replicas: ${message}`] });
  }
  return changeWorkload(env, id, {
    change: { kind: { ...kind, replicas } },
    ifMatch: null,
    principal,
  });
}

/** Gone for its callers at once; its instances drain, then stop. */
export async function removeWorkload(
  env: Env,
  id: string,
  ifMatch: number | null = null,
): Promise<void> {
  const { workload } = await getWorkload(env, id);
  const fault = await latticeOf(env, workload.namespace).remove(id, ifMatch);
  if (fault !== null) throw faultFrom(fault);
}

/** Its replicas with their nodes and health, those that have no node yet among them. */
export async function workloadInstances(env: Env, id: string): Promise<InstanceView[]> {
  const namespace = await workloads.namespaceOf(database(env), id);
  const found = namespace === null ? null : await latticeOf(env, namespace).instances(id);
  if (found === null) throw unknown(id);
  return found;
}

/** Nodes on which instances of it serve: where another version of it is to be rolled out. */
export async function readyNodes(env: Env, id: string): Promise<string[]> {
  const instances = await workloadInstances(env, id);
  const nodes = instances.flatMap(({ phase, node, run }) =>
    phase === "ready" && run === null ? (node ?? []) : [],
  );
  return [...new Set(nodes)];
}

/**
 * What somebody who probes found of instances of one namespace. One that is unhealthy gets no calls; if it stays so for
 * the workload's `timing.unhealthyMs`, another takes its place. A report that says nothing new changes nothing.
 */
export async function reportHealth(
  env: Env,
  namespace: string,
  reports: readonly { instance: string; fault: string | null }[],
): Promise<void> {
  const outcomes = reports.map(({ instance, fault }): Outcome =>
    fault === null ? { type: "healthy", instance } : { type: "unhealthy", instance, reason: fault },
  );
  await latticeOf(env, namespace).hear(outcomes);
}

/** A change that comes while another goes out by a rollout is one of both: of what is, and of what is to be. */
async function amended(env: Env, before: Workload, change: WorkloadChange): Promise<Workload> {
  const { id, rollout } = before;
  const next = { ...before, ...change };
  const isKept = change.moduleId === undefined || change.moduleId === before.moduleId;
  if (rollout == null || "rollout" in change) return completed(env, next, id);
  if (change.moduleId !== undefined && rolloutUnderWay(before) !== null) throw underWay(before);
  if (!isKept) return completed(env, { ...next, rollout: null }, id);
  const both = async (other: SettledWorkload | null) =>
    other === null ? null : completed(env, { ...other, ...amendment(change, before, other) }, id);
  const [to, from] = await Promise.all([both(rollout.to), both(rollout.from)]);
  return completed(env, { ...next, rollout: { ...rollout, to, from } }, id);
}

/** Of what the owner keeps, only what changes is the other's too. */
function amendment(
  change: WorkloadChange,
  before: Workload,
  { details }: SettledWorkload,
): WorkloadChange {
  if (change.details === undefined) return change;
  const changed = Object.entries(change.details).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before.details[name]),
  );
  return { ...change, details: { ...details, ...Object.fromEntries(changed) } };
}

function underWay({ id, rollout }: Workload): Fault {
  const message = `Workload ${id} is being rolled out by ${rollout?.deployment}: abort that, wait for its end, or leave the image as it is.`;
  return new Fault("CONFLICT", message);
}

/** With its id and revision, or a fault that says what is wrong with it. */
export async function completed(env: Env, spec: WorkloadSpec, id: string): Promise<Workload> {
  const module = await getModule(env, spec.moduleId);
  const faults = [...unfit(module, spec.kind), ...conflictsOf({ ...spec, id, revision: "" })];
  if (faults.length > 0) {
    throw new Fault("VALIDATION_ERROR", "The workload can't be run as it is written.", {
      details: faults,
    });
  }
  const { grants, isHttp } = spec;
  const needs = needsOf({ ...module, grants, isHttp });
  return { ...spec, id, revision: await revisionOf(spec), needs };
}

function unfit(module: Module, kind: Kind): string[] {
  const faults: string[] = [];
  if (module.status === "Disabled") faults.push(`Module ${module.id} is Disabled.`);
  const isRun = kind.type === "job" || kind.type === "cronjob";
  if (isRun && module.convention === "http") {
    faults.push(`Module ${module.id} answers HTTP; a ${kind.type} calls a function or a program.`);
  }
  return faults;
}

async function revisionOf(spec: WorkloadSpec): Promise<string> {
  const { moduleId, config, resources, entry, grants = [] } = spec;
  const settings = Object.entries(config).sort(([one], [other]) => (one < other ? -1 : 1));
  const text = JSON.stringify([
    moduleId,
    settings,
    resources,
    entry,
    ...(grants.length === 0 ? [] : [grants]),
  ]);
  return (await digestOf(Uint8Array.from(new TextEncoder().encode(text)))).slice(0, 16);
}

function unknown(id: string): Fault {
  return new Fault("NOT_FOUND", `Workload ${id} does not exist.`);
}
