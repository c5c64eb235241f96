// Applications' manifests, append-only, and which version of each runs. What is stored and what runs are two things:
// storing starts nothing.
import { ulid } from "ulid";
import { Fault } from "#domain/fault.ts";
import { LATEST, modelVersion } from "#domain/oam/model.ts";
import type { ModelVersion } from "#domain/oam/model.ts";
import { parseManifest, tellFindings } from "#domain/oam/parse.ts";
import type { ManifestFormat } from "#domain/oam/parse.ts";
import { planComponents } from "#domain/oam/component.ts";
import * as standing from "#domain/oam/status.ts";
import type { ModelStatus } from "#domain/oam/status.ts";
import type { Finding } from "#domain/oam/validate.ts";
import type { Principal } from "#domain/role.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { database } from "#stores/database.ts";
import * as list from "#stores/model-list.ts";
import * as store from "#stores/models.ts";
import { pausedRollouts } from "./model-rollout.ts";
import { announceManifest, announceProviders } from "./lattice-events.ts";
import {
  OWNER,
  applyModel,
  isOf,
  latticeWorkloads,
  leaveModel,
  withdrawModel,
} from "./applications.ts";

/** Which model. */
export type Named = { readonly lattice: string; readonly name: string };

/** And who asks. */
type Asked = Named & { readonly principal: Principal };

/** And whether what runs of it is to go. */
type Ended = Asked & { readonly isDestructive: boolean };

/** How often what is deployed may change while it is written. */
const TRIES = 5;
/** More than this waits for the next sweep. */
const SWEPT_MAX = 100;

export type Stored = {
  readonly model: ModelVersion;
  readonly isNew: boolean;
  readonly total: number;
  readonly warnings: readonly Finding[];
};

export async function putModel(
  env: Env,
  text: string,
  of: {
    readonly lattice: string;
    readonly format: ManifestFormat;
    readonly principal: Pick<Principal, "username">;
    /** Refuses who may not put one of that name, which stands in the manifest alone. */
    readonly permit: (name: string) => Promise<void>;
  },
): Promise<Stored> {
  const parsed = parseManifest(text, of.format);
  if (!parsed.ok) {
    const details = parsed.errors.map((error) => tellFindings([error]));
    throw new Fault("VALIDATION_ERROR", "The manifest is not valid:", { details });
  }
  await of.permit(parsed.manifest.metadata.name);
  const storedAt = Date.now();
  const { lattice, principal } = of;
  const version = ulid(storedAt);
  const storedBy = principal.username;
  const model = modelVersion(parsed.manifest, { lattice, version, storedAt, storedBy });
  const db = database(env);
  const total = await store.insertModel(db, model);
  if (total === null) {
    throw new Fault("CONFLICT", `Manifest version ${model.version} already exists`);
  }
  const trimmed = await store.trimModels(db, model, Number(env.MODEL_VERSIONS_MAX));
  return { model, isNew: total === 1, total: total - trimmed, warnings: parsed.warnings };
}

export type Summary = Pick<ModelVersion, "name" | "version" | "description"> & {
  readonly deployedVersion: string | null;
  readonly status: ModelStatus;
};

/** A list of many workloads takes more than one look. */
const LISTED_AT_ONCE = 500;

export async function listModels(env: Env, lattice: string): Promise<Summary[]> {
  const of = { lattice, owner: OWNER, limit: LISTED_AT_ONCE };
  const { listed, records: first } = await list.listModels(database(env), of);
  const records = first.length < LISTED_AT_ONCE ? first : await latticeWorkloads(env, lattice);
  return listed.map(({ deployedManifest: manifest, faults, ...summary }) => {
    const model = manifest === null ? null : { name: summary.name, lattice, manifest };
    const status =
      model === null ? standing.UNDEPLOYED : statusOf(model, { deployed: { faults }, records });
    return { ...summary, status };
  });
}

/** The newest where no version is named, or `latest` is. */
export async function getModel(env: Env, of: Named, version: string | null): Promise<ModelVersion> {
  const wanted = version === LATEST ? null : version;
  const found = await store.findModel(database(env), of, wanted);
  if (found !== null) return found;
  throw wanted === null ? unknown(of.name) : unknownVersion(of.name, wanted);
}

export async function modelVersions(
  env: Env,
  of: Named,
): Promise<{ version: string; deployed: boolean }[]> {
  const versions = await store.listVersions(database(env), of);
  if (versions.length === 0) throw unknown(of.name);
  return versions;
}

export type Deleted = { readonly versions: readonly string[]; readonly isUndeployed: boolean };

/** One version, or all where none is named. What runs of it goes with it, where that is destructive. */
export async function deleteModel(env: Env, of: Ended, version: string | null): Promise<Deleted> {
  const db = database(env);
  const deployed = await store.findDeployment(db, of);
  const isUndeployed = deployed !== null && (version === null || version === deployed.version);
  if (isUndeployed) {
    const model = await getModel(env, of, deployed.version);
    await endModel(env, of);
    await store.clearDeployed(db, of);
    await announceManifest(env, "manifest_unpublished", model);
    await announceProviders(env, of.lattice, { before: model, after: null });
  }
  return { versions: await store.deleteModels(db, of, version), isUndeployed };
}

/** It tells that it was understood; `modelStatus` tells how far it is. */
export async function deployModel(
  env: Env,
  { lattice, name, principal }: Asked,
  version: string | null,
): Promise<ModelVersion> {
  const model = await getModel(env, { lattice, name }, version);
  const by = { deployedAt: Date.now(), deployedBy: principal.username };
  const deployed = { lattice, name, version: model.version, ...by };
  const before = await deployedModel(env, { lattice, name });
  const isNews = await store.setDeployed(database(env), deployed);
  await settleModel(env, { lattice, name, principal });
  if (isNews) {
    await announceManifest(env, "manifest_published", model);
    await announceProviders(env, lattice, { before, after: model });
  }
  return model;
}

/** False when nothing of it was deployed. Not destructive: what runs goes on, and no model speaks for it. */
export async function undeployModel(env: Env, of: Ended): Promise<boolean> {
  const model = await getModel(env, of, null);
  const before = await deployedModel(env, of);
  await endModel(env, of);
  const wasDeployed = await store.clearDeployed(database(env), of);
  if (wasDeployed) {
    await announceManifest(env, "manifest_unpublished", model);
    await announceProviders(env, of.lattice, { before, after: null });
  }
  return wasDeployed;
}

async function endModel(env: Env, of: Ended): Promise<void> {
  if (of.isDestructive) await withdrawModel(env, of);
  else await leaveModel(env, of, of.principal);
}

async function deployedModel(env: Env, of: Named): Promise<ModelVersion | null> {
  const db = database(env);
  const deployed = await store.findDeployment(db, of);
  return deployed === null ? null : store.findModel(db, of, deployed.version);
}

/** Of the version that is deployed; of the newest that is stored where none is. */
export async function modelStatus(
  env: Env,
  of: Named,
): Promise<{ version: string; status: ModelStatus }> {
  const deployed = await store.findDeployment(database(env), of);
  const model = await getModel(env, of, deployed?.version ?? null);
  const { version } = model;
  if (deployed === null) return { version, status: standing.UNDEPLOYED };
  const records = await latticeWorkloads(env, of.lattice);
  const paused = await pausedRollouts(
    env,
    records.filter((record) => isOf(record, of.name)),
  );
  return { version, status: statusOf(model, { deployed, records, paused }) };
}

function statusOf(
  model: Pick<ModelVersion, "name" | "lattice" | "manifest">,
  of: {
    readonly deployed: Pick<store.ModelDeployment, "faults">;
    readonly records: readonly WorkloadRecord[];
    readonly paused?: ReadonlyMap<string, string>;
  },
): ModelStatus {
  const own = of.records.filter((record) => isOf(record, model.name));
  const workloads = new Map(own.map((record) => [record.workload.name, record]));
  return standing.modelStatus(planComponents(model), {
    workloads,
    faults: of.deployed.faults,
    ...(of.paused === undefined ? {} : { paused: of.paused }),
  });
}

/** Does anew what a lost process, or something that wasn't there yet, left undone. */
export async function sweepModels(env: Env): Promise<void> {
  const principal = { username: "system", role: "Admin" } as const;
  for (const of of await store.unsettledDeployments(database(env), SWEPT_MAX)) {
    await settleModel(env, { ...of, principal });
  }
}

/** Until what was written is what is deployed: another may have deployed another version meanwhile. */
export async function settleModel(env: Env, of: Asked): Promise<void> {
  const db = database(env);
  const { lattice, name } = of;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const deployed = await store.findDeployment(db, of);
    const model = deployed === null ? null : await store.findModel(db, of, deployed.version);
    if (model === null) {
      await withdrawModel(env, of);
      await store.clearDeployed(db, of);
      return;
    }
    const applied = await applyModel(env, model, of.principal);
    // The sweep looks again at what has none yet.
    const faults = applied.isSettled ? applied.faults : null;
    if (await store.setFaults(db, { lattice, name, version: model.version, faults })) return;
  }
}

function unknown(name: string): Fault {
  return new Fault("NOT_FOUND", `Model with the name ${name} not found`);
}

function unknownVersion(name: string, version: string): Fault {
  return new Fault("NOT_FOUND", `Model ${name} with version ${version} not found`);
}
