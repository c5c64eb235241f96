// Links and named configs of a lattice that no manifest asks for: somebody puts and deletes them, and the components
// that they are about follow at once. What a manifest wrote is its own to change.
import { Fault } from "#domain/fault.ts";
import type { LatticeLink, NamedConfig } from "#domain/link.ts";
import { planComponents } from "#domain/oam/component.ts";
import { handGrants, handLink } from "#domain/oam/hand-link.ts";
import type { Principal } from "#domain/role.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { database } from "#stores/database.ts";
import * as store from "#stores/links.ts";
import { deployedModels } from "#stores/models.ts";
import { natsOf } from "#stores/objects.ts";
import { latticeWorkloads } from "./applications.ts";
import { announceWiring } from "./lattice-events.ts";
import { assertLinked } from "./linking.ts";
import { settleModel } from "./models.ts";
import { getModule } from "./modules.ts";
import { grantsByHand, namedValues } from "./wiring.ts";
import { changeWorkload } from "./workloads.ts";

export type GivenLink = Omit<LatticeLink, "model" | "port" | "sourceConfig" | "targetConfig">;

type By = { readonly principal: Principal };

export async function listLinks(env: Env, lattice: string): Promise<LatticeLink[]> {
  return store.listLinks(database(env), lattice);
}

/** In place of the one that the same source has by that name for the same interfaces. */
export async function putLink(env: Env, given: GivenLink, by: By): Promise<LatticeLink> {
  const workloads = await latticeWorkloads(env, given.lattice);
  const link = await made(env, given, workloads);
  await refuseIfModels(env, link);
  await refuseIfTaken(env, link);
  const before = await store.findLink(database(env), link);
  await store.putByHand(database(env), { links: [link] });
  await told(env, link.lattice, { links: [before, link] });
  await natsOf(env, link.lattice).relink();
  await follow(env, { ...link, workloads }, by);
  return link;
}

/** Null where there was none. */
export async function deleteLink(
  env: Env,
  key: store.LinkKey,
  by: By,
): Promise<LatticeLink | null> {
  const db = database(env);
  await refuseIfModels(env, key);
  const found = await store.findLink(db, key);
  if (found === null || !(await store.deleteLink(db, key))) return null;
  await told(env, key.lattice, { links: [found, null] });
  await natsOf(env, key.lattice).relink();
  await follow(env, { ...found, workloads: await latticeWorkloads(env, key.lattice) }, by);
  return found;
}

/** In place of the values that it had. Links that name it are made anew of it. */
export async function putConfig(
  env: Env,
  config: {
    readonly lattice: string;
    readonly name: string;
    readonly values: Readonly<Record<string, string>>;
  },
  by: By,
): Promise<void> {
  const { lattice, name, values } = config;
  const db = database(env);
  await refuseIfWritten(env, lattice, name);
  const workloads = await latticeWorkloads(env, lattice);
  const naming = (await store.listLinks(db, lattice)).filter(
    ({ model, sourceConfigNames, targetConfigNames }) =>
      model === null && [...sourceConfigNames, ...targetConfigNames].includes(name),
  );
  const links: LatticeLink[] = [];
  for (const link of naming) {
    const again = await made(env, link, workloads, { [name]: values });
    await refuseIfTaken(env, again);
    links.push(again);
  }
  const [before = null] = await store.findConfigs(db, lattice, [name]);
  const after = { lattice, name, values, model: null };
  await store.putByHand(db, { links, config: after });
  await told(env, lattice, { configs: [before, after] });
  if (links.length > 0) await natsOf(env, lattice).relink();
  await reconfigure(env, { lattice, name, workloads }, by);
}

/** False where there was none. What names it keeps the values that it has, until it is changed. */
export async function deleteConfig(env: Env, lattice: string, name: string): Promise<boolean> {
  await refuseIfWritten(env, lattice, name);
  const db = database(env);
  const [before = null] = await store.findConfigs(db, lattice, [name]);
  const isDeleted = await store.deleteConfig(db, lattice, name);
  if (isDeleted) await told(env, lattice, { configs: [before, null] });
  return isDeleted;
}

export async function getConfig(
  env: Env,
  lattice: string,
  name: string,
): Promise<Readonly<Record<string, string>> | null> {
  const [found] = await store.findConfigs(database(env), lattice, [name]);
  return found?.values ?? null;
}

async function made(
  env: Env,
  given: GivenLink,
  ...[workloads, fresh = {}]: [
    workloads: readonly WorkloadRecord[],
    fresh?: Readonly<Record<string, Readonly<Record<string, string>>>>,
  ]
): Promise<LatticeLink> {
  const { lattice, source, target, sourceConfigNames, targetConfigNames } = given;
  const valuesOf = async (names: readonly string[]) => {
    const kept = names.filter((name) => !Object.hasOwn(fresh, name));
    const values = await namedValues(env, lattice, kept);
    return Object.assign(values, ...names.map((name) => fresh[name])) as Record<string, string>;
  };
  const isComponent = (id: string) => workloads.some(({ workload }) => workload.name === id);
  const link = handLink(
    {
      ...given,
      sourceConfig: await valuesOf(sourceConfigNames),
      targetConfig: await valuesOf(targetConfigNames),
    },
    { isFromComponent: isComponent(source), isToComponent: isComponent(target) },
  );
  if (typeof link === "string") throw new Fault("VALIDATION_ERROR", link);
  await assertFit(env, link, workloads);
  return link;
}

/** What both of its components run now. */
async function assertFit(
  env: Env,
  link: LatticeLink,
  workloads: readonly WorkloadRecord[],
): Promise<void> {
  const links = handGrants([link]).filter((grant) => grant.service === "link");
  const moduleOf = async (id: string) => {
    const found = workloads.find(({ workload }) => workload.name === id);
    return found === undefined ? null : getModule(env, found.workload.moduleId);
  };
  const source = links.length === 0 ? null : await moduleOf(link.source);
  if (source !== null) await assertLinked(env, links, { source, targetOf: moduleOf });
}

type Change<One> = readonly [before: One | null, after: One | null];

async function told(
  env: Env,
  lattice: string,
  change: { readonly links?: Change<LatticeLink>; readonly configs?: Change<NamedConfig> },
): Promise<void> {
  const { links = [null, null], configs = [null, null] } = change;
  const sideOf = (at: 0 | 1) => ({
    links: [links[at]].filter((link) => link !== null),
    configs: [configs[at]].filter((config) => config !== null),
  });
  await announceWiring(env, lattice, { before: sideOf(0), after: sideOf(1) });
}

async function refuseIfModels(env: Env, key: store.LinkKey): Promise<void> {
  const found = await store.findLink(database(env), key);
  if (found?.model == null) return;
  const message = `The link ${key.name} of ${key.source} for ${key.namespace}:${key.package} is the application ${found.model}'s: change its manifest.`;
  throw new Fault("CONFLICT", message);
}

async function refuseIfTaken(env: Env, link: LatticeLink): Promise<void> {
  const { port, lattice } = link;
  if (port === null) return;
  // No model has an empty name.
  const taken = await store.othersAtPorts(database(env), { lattice, model: "" }, [port]);
  const other = taken.find((one) => !isSameLink(one, link));
  if (other === undefined) return;
  throw new Fault("CONFLICT", `Port ${port} of the lattice leads to ${other.target} already.`);
}

function isSameLink(one: LatticeLink, other: LatticeLink): boolean {
  return (
    one.source === other.source &&
    one.name === other.name &&
    one.namespace === other.namespace &&
    one.package === other.package
  );
}

async function refuseIfWritten(env: Env, lattice: string, name: string): Promise<void> {
  const [found] = await store.findConfigs(database(env), lattice, [name]);
  if (found?.model == null) return;
  const message = `The config ${name} is the application ${found.model}'s: change its manifest.`;
  throw new Fault("CONFLICT", message);
}

/** The source of a link may reach what its links lead to now. */
async function follow(
  env: Env,
  of: {
    readonly lattice: string;
    readonly source: string;
    readonly workloads: readonly WorkloadRecord[];
  },
  by: By,
): Promise<void> {
  const { lattice, source } = of;
  const found = of.workloads.find(({ workload }) => workload.name === source);
  if (found === undefined) return;
  const { model } = found.workload.details;
  if (typeof model === "string") {
    await settleModel(env, { lattice, name: model, ...by });
    return;
  }
  const change = { grants: await grantsByHand(env, lattice, source) };
  await changeWorkload(env, found.workload.id, { change, ifMatch: null, ...by });
}

/** Components that name the config: those by hand, and those of applications that don't write it out themselves. */
async function reconfigure(
  env: Env,
  of: {
    readonly lattice: string;
    readonly name: string;
    readonly workloads: readonly WorkloadRecord[];
  },
  by: By,
): Promise<void> {
  const { lattice, name } = of;
  for (const { workload } of of.workloads) {
    const names = configNamesOf(workload.details);
    if (!names.includes(name)) continue;
    const change = { config: await namedValues(env, lattice, names) };
    await changeWorkload(env, workload.id, { change, ifMatch: null, ...by });
  }
  for (const model of await deployedModels(database(env), lattice)) {
    const isNamed = planComponents(model).some(({ want }) => want?.configNames.includes(name));
    if (isNamed) await settleModel(env, { lattice, name: model.name, ...by });
  }
}

/** Of a component that was scaled by hand; others have none. */
function configNamesOf({ configNames }: WorkloadRecord["workload"]["details"]): string[] {
  if (!Array.isArray(configNames)) return [];
  return configNames.filter((name) => typeof name === "string");
}
