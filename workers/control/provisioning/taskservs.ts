// Taskservs: a registered module of that name, one instance on each node of the infra, now and of those to come.
import {
  changeWorkload,
  createWorkload,
  findWorkload,
  getWorkload,
  removeWorkload,
} from "#control/workloads.ts";
import { Fault } from "#domain/fault.ts";
import { moduleId } from "#domain/module.ts";
import type { Effect, TaskservSpec } from "#domain/provisioning/effect.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import type { WorkloadSpec } from "#domain/workload/workload.ts";
import { database } from "#stores/database.ts";
import { findModule, newestActive } from "#stores/modules.ts";
import { nodesLabelled } from "#stores/nodes.ts";
import type { Deed } from "./effects.ts";
import { INFRA_LABEL } from "./servers.ts";

type TaskservEffect = Extract<Effect, { type: "taskserv" }>;
type Before = { readonly spec: WorkloadSpec } | null;

export const OWNER = "provisioning";
const LOOK_MS = 250;

export async function inspect(
  env: Env,
  { verb, spec }: TaskservEffect,
  key: string,
): Promise<Before> {
  const found = await find(env, spec);
  if (verb === "create") {
    if (found !== null && keyOf(found) !== key) {
      throw new Fault(
        "CONFLICT",
        `Taskserv ${spec.name} is on the nodes of ${spec.infra} already.`,
      );
    }
    await moduleOf(env, spec);
    await nodesOf(env, spec.infra);
    return null;
  }
  if (found === null) {
    if (verb === "delete") return null;
    throw new Fault("NOT_FOUND", `There is no taskserv ${spec.name} in ${spec.infra}.`);
  }
  const { id: _, revision: __, ...rest } = found.workload;
  return { spec: rest };
}

export async function perform(
  env: Env,
  { effect, key, by }: Deed<TaskservEffect>,
): Promise<string> {
  const { verb, spec } = effect;
  const principal = { username: by };
  const found = await find(env, spec);
  switch (verb) {
    case "create": {
      const id = await moduleOf(env, spec);
      await nodesOf(env, spec.infra);
      const record = found ?? (await createWorkload(env, wanted(spec, id, key), { principal }));
      return running(env, record, spec);
    }
    case "update": {
      if (found === null)
        throw new Fault("NOT_FOUND", `There is no taskserv ${spec.name} in ${spec.infra}.`);
      const change = { moduleId: await moduleOf(env, spec), details: { key } };
      const record =
        keyOf(found) === key
          ? found
          : await changeWorkload(env, found.workload.id, { change, ifMatch: null, principal });
      return running(env, record, spec);
    }
    case "delete":
      if (found !== null) await removeWorkload(env, found.workload.id);
      return `Taskserv ${spec.name} is gone from ${spec.infra}.`;
    case "check":
      return checked(found, spec);
  }
}

export async function undo(
  env: Env,
  { effect, key, by }: Deed<TaskservEffect>,
  before: unknown,
): Promise<void> {
  const principal = { username: by };
  const found = await find(env, effect.spec);
  // What `inspect` found before the effect, as the run kept it.
  const earlier = before as Before;
  switch (effect.verb) {
    case "create":
      if (found !== null && keyOf(found) === key) await removeWorkload(env, found.workload.id);
      return;
    case "update":
      if (found === null || keyOf(found) !== key || earlier === null) return;
      await changeWorkload(env, found.workload.id, {
        change: earlier.spec,
        ifMatch: null,
        principal,
      });
      return;
    case "delete":
      if (found === null && earlier !== null)
        await createWorkload(env, earlier.spec, { principal });
      return;
    case "check":
      return;
  }
}

async function find(env: Env, { infra, name }: TaskservSpec): Promise<WorkloadRecord | null> {
  return findWorkload(env, { namespace: infra, owner: OWNER, name });
}

function keyOf({ workload }: WorkloadRecord): unknown {
  return workload.details["key"];
}

async function moduleOf(env: Env, { name, version }: TaskservSpec): Promise<string> {
  const db = database(env);
  const module =
    version === null
      ? await newestActive(db, name, null)
      : await findModule(db, moduleId(name, version));
  if (module !== null) return module.id;
  const which = version === null ? "no Active version" : `no version ${version}`;
  throw new Fault("MODULE_NOT_FOUND", `Module ${name} is not registered, or has ${which}.`);
}

async function nodesOf(env: Env, infra: string): Promise<void> {
  const found = await nodesLabelled(database(env), INFRA_LABEL, infra);
  if (found.length === 0) throw new Fault("NOT_FOUND", `The infra ${infra} has no servers.`);
}

function wanted({ name, infra }: TaskservSpec, module: string, key: string): WorkloadSpec {
  return {
    ...DEFAULT_SPEC,
    namespace: infra,
    name,
    owner: OWNER,
    moduleId: module,
    kind: { type: "daemonset", perNode: 1 },
    placement: {
      ...DEFAULT_SPEC.placement,
      constraints: [{ key: INFRA_LABEL, operator: "In", values: [infra] }],
    },
    update: { surge: 0, unavailable: 1 },
    details: { key },
  };
}

/** Waits until it runs on every node of the infra; whoever waits for this has a time limit. */
async function running(
  env: Env,
  from: WorkloadRecord,
  { name, infra }: TaskservSpec,
): Promise<string> {
  for (let record = from; ; record = await getWorkload(env, from.workload.id)) {
    const { phase, current, desired, unplaced, failures, conflicts } = record.status;
    if (phase === "running" && desired > 0 && current >= desired) {
      return `Taskserv ${name} runs as ${record.workload.moduleId} on ${current} nodes of ${infra}.`;
    }
    if (phase === "failed") {
      const reasons = [
        ...conflicts,
        ...failures.map(({ reason }) => reason),
        ...unplaced.map(({ reason }) => reason),
      ];
      throw new Fault(
        "UNAVAILABLE",
        `Taskserv ${name} does not start: ${reasons.at(-1) ?? "no reason is known"}`,
      );
    }
    await scheduler.wait(LOOK_MS);
  }
}

function checked(found: WorkloadRecord | null, { name, infra, version }: TaskservSpec): string {
  if (found === null) throw new Fault("NOT_FOUND", `There is no taskserv ${name} in ${infra}.`);
  const { phase, current, desired } = found.status;
  const { moduleId: module } = found.workload;
  const isVersion = version === null || module === moduleId(name, version);
  if (isVersion && phase === "running")
    return `Taskserv ${name} runs as ${module} on ${current} nodes of ${infra}.`;
  const told = `it is ${phase}, as ${module}, on ${current} of ${desired} nodes`;
  throw new Fault("UNAVAILABLE", `Taskserv ${name} is not as it should be: ${told}.`);
}
