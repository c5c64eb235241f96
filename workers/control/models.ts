// Applications' manifests, append-only. What is stored and what runs are two things: storing starts nothing.
import { ulid } from "ulid";
import { Fault } from "#domain/fault.ts";
import { LATEST, modelVersion } from "#domain/oam/model.ts";
import type { ModelVersion } from "#domain/oam/model.ts";
import { parseManifest, tellFindings } from "#domain/oam/parse.ts";
import type { ManifestFormat } from "#domain/oam/parse.ts";
import type { Finding } from "#domain/oam/validate.ts";
import type { Principal } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import * as store from "#stores/models.ts";

/** Which model. */
export type Named = { readonly lattice: string; readonly name: string };

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
  },
): Promise<Stored> {
  const parsed = parseManifest(text, of.format);
  if (!parsed.ok) {
    const details = parsed.errors.map((error) => tellFindings([error]));
    throw new Fault("VALIDATION_ERROR", "The manifest is not valid:", { details });
  }
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

export async function listModels(env: Env, lattice: string): Promise<store.ModelSummary[]> {
  return store.listModels(database(env), lattice);
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

/** One version, or all where none is named. Tells which went. */
export async function deleteModel(
  env: Env,
  of: Named,
  version: string | null,
): Promise<readonly string[]> {
  return store.deleteModels(database(env), of, version);
}

function unknown(name: string): Fault {
  return new Fault("NOT_FOUND", `Model with the name ${name} not found`);
}

function unknownVersion(name: string, version: string): Fault {
  return new Fault("NOT_FOUND", `Model ${name} with version ${version} not found`);
}
