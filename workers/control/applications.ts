// What runs of a model: each component that can run is one workload of its lattice, owned by this dialect.
import { Fault } from "#domain/fault.ts";
import type { LatticeLink } from "#domain/link.ts";
import { planComponents, planConfigs, planLinks } from "#domain/oam/component.ts";
import type { Planned, Wanted } from "#domain/oam/component.ts";
import { HANDLER, hearingsOf } from "#domain/messaging.ts";
import { withoutVersion } from "#domain/wasi.ts";
import { httpKindOf } from "#domain/http.ts";
import type { ModelVersion } from "#domain/oam/model.ts";
import { rolloutPolicyOf } from "#domain/oam/rollout-policy.ts";
import type { Principal } from "#domain/role.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { takenBack } from "#domain/workload/rollout.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import { database } from "#stores/database.ts";
import { othersAtPorts } from "#stores/links.ts";
import { assertLinked } from "./linking.ts";
import { endUpdate, isAsWanted, rollOut } from "./model-rollout.ts";
import { assertSecrets } from "./secrets.ts";
import { resolveImage } from "./oci.ts";
import { grantsByHand, namedValues, rewire } from "./wiring.ts";
import {
  changeWorkload,
  createWorkload,
  findWorkload,
  listWorkloads,
  removeWorkload,
} from "./workloads.ts";

export type Applied = {
  readonly faults: Readonly<Record<string, string>>;
  readonly isSettled: boolean;
};

type Of = { readonly lattice: string; readonly name: string };

export const OWNER = "wadm";
const PAGE = 500;

/**
 * Writes what the model wants and removes what it doesn't want any more, the new before the old. Tells by component
 * what could not be written; again, it does nothing twice. It is not settled while a rollout goes on.
 */
export async function applyModel(
  env: Env,
  model: ModelVersion,
  principal: Principal,
): Promise<Applied> {
  const planned = planComponents(model);
  const faults: Record<string, string> = await wire(env, model, planned);
  const hearing = new Set(
    planned.flatMap(({ links }) => links.flatMap(hearingsOf)).map(({ component }) => component),
  );
  const images = new Map(
    planned.flatMap(({ id, want }) => (want === null ? [] : [[id, want.image] as const])),
  );
  let isSettled = true;
  await Promise.all(
    planned.map(async ({ id, name, want }) => {
      if (want === null || name in faults) return;
      try {
        const isHearing = hearing.has(id);
        const isBrought = await bring(env, {
          model,
          component: name,
          id,
          want,
          images,
          isHearing,
          principal,
        });
        isSettled &&= isBrought;
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        faults[name] = [thrown.message, ...thrown.details].join(" ");
      }
    }),
  );
  const wanted = new Set(planned.filter(({ want }) => want !== null).map(({ id }) => id));
  for (const { workload } of await workloadsOf(env, model)) {
    if (!wanted.has(workload.name)) await remove(env, workload.id);
  }
  return { faults, isSettled };
}

/** Keeps the model's links and configs in its lattice. Tells by component which can't be had beside those of others. */
async function wire(
  env: Env,
  model: ModelVersion,
  planned: readonly Planned[],
): Promise<Record<string, string>> {
  const db = database(env);
  const of = { lattice: model.lattice, model: model.name };
  const links = planLinks(planned, model);
  const ports = links.flatMap(({ port }) => (port === null ? [] : [port]));
  const taken = await othersAtPorts(db, of, ports);
  const faults: Record<string, string> = {};
  const isFree = (link: LatticeLink, at: number): boolean => {
    const isTaken = (other: LatticeLink) => other.port !== null && other.port === link.port;
    const other = taken.find(isTaken) ?? links.slice(0, at).find(isTaken);
    if (other === undefined) return true;
    const { name = link.source } = planned.find(({ id }) => id === link.source) ?? {};
    faults[name] = `Port ${link.port} of the lattice leads to ${other.target} already.`;
    return false;
  };
  await rewire(env, of, { links: links.filter(isFree), configs: planConfigs(model) });
  return faults;
}

/** Everything of it drains and stops; what its components have kept by their links stays. */
export async function withdrawModel(env: Env, of: Of): Promise<void> {
  const { lattice, name: model } = of;
  await rewire(env, { lattice, model }, { links: [], configs: [] });
  const own = await workloadsOf(env, of);
  await Promise.all(
    own.map(async (record) => {
      await endUpdate(env, record);
      await remove(env, record.workload.id);
    }),
  );
}

/** Everything of it goes on, and belongs to no model: the next that has a component of the same id takes it over. */
export async function leaveModel(env: Env, of: Of, principal: Principal): Promise<void> {
  const own = await workloadsOf(env, of);
  await Promise.all(
    own.map(async (record) => {
      const { workload } = record;
      await endUpdate(env, record);
      const change = { details: { ...workload.details, model: null } };
      await changeWorkload(env, workload.id, { change, ifMatch: null, principal });
    }),
  );
}

/** The workloads of all models of a lattice, as the lattice last told. */
export async function latticeWorkloads(env: Env, lattice: string): Promise<WorkloadRecord[]> {
  const filter = { namespace: lattice, owner: OWNER, limit: PAGE };
  const found: WorkloadRecord[] = [];
  for (;;) {
    const page = await listWorkloads(env, { ...filter, offset: found.length });
    found.push(...page.workloads);
    if (page.workloads.length < PAGE) return found;
  }
}

export function isOf(record: WorkloadRecord, name: string): boolean {
  return record.workload.details["model"] === name;
}

async function workloadsOf(env: Env, { lattice, name }: Of): Promise<WorkloadRecord[]> {
  return (await latticeWorkloads(env, lattice)).filter((record) => isOf(record, name));
}

/** False while a rollout brings it. */
async function bring(
  env: Env,
  of: {
    readonly model: ModelVersion;
    readonly component: string;
    readonly id: Planned["id"];
    readonly want: Wanted;
    /** Those of the model's components, by their ids. */
    readonly images: ReadonlyMap<string, string>;
    /** Whether messages come to it by a link. */
    readonly isHearing: boolean;
    readonly principal: Principal;
  },
): Promise<boolean> {
  const { model, component, id, want, images, principal } = of;
  const { image, configNames, config: written, grants, ...rest } = want;
  const by = { principal, now: Date.now() };
  const module = await resolveImage(env, image, by);
  if (
    of.isHearing &&
    !module.signatures.some(({ name }) => withoutVersion(name).startsWith(HANDLER))
  ) {
    const message = `${module.id} exports no ${HANDLER}, by which a link has ${component} hear messages.`;
    throw new Fault("VALIDATION_ERROR", message);
  }
  const links = grants.filter((grant) => grant.service === "link");
  const targetOf = async (target: string) => {
    const its = images.get(target);
    return its === undefined ? null : resolveImage(env, its, by);
  };
  await assertLinked(env, links, { source: module, targetOf });
  const secrets = grants.flatMap((grant) => (grant.service === "secrets" ? grant.secrets : []));
  await assertSecrets(env, model.lattice, secrets);
  const next = {
    ...rest,
    config: { ...(await namedValues(env, model.lattice, configNames)), ...written },
    grants: [...grants, ...(await grantsByHand(env, model.lattice, id))],
    moduleId: module.id,
    isHttp: httpKindOf(module) !== null,
    update: { surge: 1, unavailable: want.kind.type === "daemonset" ? 1 : 0 },
    details: { model: model.name, component },
  };
  const at = { namespace: model.lattice, owner: OWNER, name: id };
  const found = await findWorkload(env, at);
  const owner = found?.workload.details["model"] ?? null;
  if (owner !== null && owner !== model.name) {
    throw new Fault("CONFLICT", `Its id ${id} is that of a component of ${JSON.stringify(owner)}.`);
  }
  if (found === null) {
    await createWorkload(env, { ...DEFAULT_SPEC, ...next, ...at }, { principal });
    return true;
  }
  const policy = rolloutPolicyOf(model.manifest.spec.policies, component);
  if (await rollOut(env, { record: found, next, policy, principal })) return false;
  // What was taken back is no more asked for.
  const isOver = takenBack(found.workload) !== null;
  if (isOver || !isAsWanted(found.workload, next)) {
    const change = isOver ? { ...next, rollout: null } : next;
    await changeWorkload(env, found.workload.id, { change, ifMatch: null, principal });
  }
  return true;
}

/** What has gone already is as it should be. */
async function remove(env: Env, id: string): Promise<void> {
  try {
    await removeWorkload(env, id);
  } catch (thrown) {
    if (!(thrown instanceof Fault && thrown.code === "NOT_FOUND")) throw thrown;
  }
}
