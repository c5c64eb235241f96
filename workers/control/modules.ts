// Registered modules: what a binary must be before it is taken in, and what keeps one from being let go.
import { prepare } from "#data/prepared.ts";
import { Fault } from "#domain/fault.ts";
import type { GivenFile } from "#domain/file.ts";
import { isLinkable } from "#domain/linked.ts";
import { moduleId } from "#domain/module.ts";
import { moduleEvent } from "#domain/event/lifecycle.ts";
import type { Module, ModuleLimits, ModuleStatus, WasiVersion } from "#domain/module.ts";
import type { Principal } from "#domain/role.ts";
import { WASI_INTERFACES, unversioned } from "#domain/wasi.ts";
import { deleteArtifact, digestOf, hasArtifact, writeArtifact } from "#stores/artifacts.ts";
import { database } from "#stores/database.ts";
import { unfinishedOf } from "#stores/deployments.ts";
import * as modules from "#stores/modules.ts";
import { deletePrepared } from "#stores/prepared.ts";
import type { PreparedUpload } from "#stores/prepared.ts";
import { announce } from "#stores/events.ts";
import { regionsServing } from "#stores/routes.ts";
import { workloadsOf } from "#stores/workloads.ts";
import { inspect } from "#wasm/inspect.ts";
import { WasmFault } from "#wasm/cursor.ts";
import type { InspectedModule } from "#wasm/inspection.ts";
import { offer } from "#wasm/offer.ts";

const PROVIDED: ReadonlySet<string> = new Set(["wasi_snapshot_preview1", "extism:host/env"]);

export type Registration = {
  readonly name: string;
  readonly version: string;
  readonly description: string | null;
  readonly wasiVersion: WasiVersion;
  readonly requiredInterfaces: readonly string[];
  readonly limits: ModuleLimits;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly files: readonly GivenFile[];
};

/** A binary that was looked at once. Its prepared form waits to be kept or thrown away, where there is one. */
export type Examined = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly faults: readonly string[];
  readonly inspected: InspectedModule | null;
  readonly digest: string;
  readonly prepared: PreparedUpload | null;
};

/** Finds what is wrong with the bytes, given what was declared of them (null: nothing usable was). */
export async function examine(
  env: Env,
  bytes: Uint8Array<ArrayBuffer>,
  declared: Pick<Registration, "wasiVersion" | "requiredInterfaces" | "limits"> | null,
): Promise<Examined> {
  const found = inspect(bytes);
  const digest = await digestOf(bytes);
  if (!found.ok) return { bytes, faults: found.faults, inspected: null, digest, prepared: null };
  const invalid =
    found.kind === "core" && !WebAssembly.validate(bytes)
      ? [
          "Invalid WASM binary: its structure is sound, but the code of a function does not validate.",
        ]
      : [];
  const faults = [
    ...invalid,
    ...found.unsupported,
    ...unprovided(found),
    ...(declared === null ? [] : wasiFaults(found, declared.wasiVersion)),
    ...(declared === null ? [] : undeclared(found, declared.requiredInterfaces)),
  ];
  // What is refused already is worth no isolate of its own and no work of the meter's.
  if (faults.length > 0 || declared === null) {
    return { bytes, faults, inspected: found, digest, prepared: null };
  }
  const { prepared, refusals } = await prepareOrRefuse(env, {
    ...declared,
    ...found,
    digest,
    bytes,
  });
  return { bytes, faults: refusals, inspected: found, digest, prepared };
}

/** What the meter refuses is a fault of the binary like any other. */
async function prepareOrRefuse(
  env: Env,
  original: Parameters<typeof prepare>[1],
): Promise<{ prepared: PreparedUpload | null; refusals: string[] }> {
  try {
    return { prepared: await prepare(env, original), refusals: [] };
  } catch (thrown) {
    if (thrown instanceof WasmFault) return { prepared: null, refusals: [thrown.message] };
    throw thrown;
  }
}

/**
 * Takes a module in whose binary has no faults. The row comes first, because it alone decides between two who
 * register the same version at once. Should the bytes not follow it, the same upload sent again brings them.
 */
export async function registerModule(
  env: Env,
  { registration, examined }: { registration: Registration; examined: Examined },
  by: { principal: Principal; now: number },
): Promise<Module> {
  try {
    const module = describe(registration, examined, by);
    await insertWithBytes(env, module, examined.bytes);
    await keepPrepared(module, examined.prepared);
    await announce(env, moduleEvent("registered", module, by.now));
    return module;
  } catch (cause) {
    await examined.prepared?.discard();
    throw cause;
  }
}

async function insertWithBytes(
  env: Env,
  module: Module,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const db = database(env);
  const inserted = await modules.insertModule(db, module);
  if (!inserted && !(await isUnfinished(env, module))) throw taken(module.id);
  try {
    await writeArtifact(env, module, bytes);
  } catch (cause) {
    await modules.deleteModule(db, module.id);
    throw new Fault("UNAVAILABLE", `The bytes of ${module.id} could not be stored; try again.`, {
      cause,
    });
  }
}

/** A module is registered without it too: the first runner that needs it makes it. */
async function keepPrepared(module: Module, prepared: PreparedUpload | null): Promise<void> {
  try {
    await prepared?.commit();
  } catch (cause) {
    await prepared?.discard().catch(() => undefined);
    const message = `The prepared artifact of ${module.id} could not be stored: ${String(cause)}`;
    console.warn(JSON.stringify({ level: "warn", message }));
  }
}

/** The module as its binary and its registration tell it. */
function describe(
  registration: Registration,
  { faults, inspected, digest, bytes }: Examined,
  by: { principal: Principal; now: number },
): Module {
  if (inspected === null || faults.length > 0) {
    throw new Fault("VALIDATION_ERROR", "Module validation failed", { details: faults });
  }
  return {
    ...registration,
    id: moduleId(registration.name, registration.version),
    digest,
    sizeBytes: bytes.length,
    exportedFunctions: inspected.functions.map((item) => item.name),
    ...offer(inspected),
    importedInterfaces: inspected.interfaces,
    convention: inspected.convention,
    status: "Active",
    registeredAt: by.now,
    registeredBy: by.principal.username,
  };
}

/** True when the very same upload was cut off between its row and its bytes. */
async function isUnfinished(env: Env, module: Module): Promise<boolean> {
  const known = await modules.findModule(database(env), module.id);
  return known?.digest === module.digest && !(await hasArtifact(env, module));
}

export async function getModule(env: Env, id: string): Promise<modules.CountedModule> {
  const module = await modules.findModule(database(env), id);
  if (module === null) throw unknown(id);
  return module;
}

export async function listModules(env: Env, filter: modules.ModuleFilter) {
  return modules.listModules(database(env), filter);
}

export async function changeModuleStatus(
  env: Env,
  id: string,
  status: ModuleStatus,
): Promise<modules.CountedModule> {
  if (!(await modules.setModuleStatus(database(env), id, status))) throw unknown(id);
  const module = await getModule(env, id);
  await announce(env, moduleEvent("status_changed", module, Date.now()));
  return module;
}

/** Refused while a deployment of it is under way, a workload runs it, or any route leads to it. */
export async function deleteModule(env: Env, id: string): Promise<void> {
  const db = database(env);
  const module = await getModule(env, id);
  const [unfinished, regions, workloads] = await Promise.all([
    unfinishedOf(db, id),
    regionsServing(db, module.name, id),
    workloadsOf(db, id),
  ]);
  if (unfinished.length > 0 || regions.length > 0 || workloads.length > 0) {
    const details = [
      ...unfinished.map((deployment) => `Deployment ${deployment} is not finished.`),
      ...regions.map((region) => `It is deployed in region ${region}.`),
      ...workloads.map((workload) => `Workload ${workload} runs it.`),
    ];
    throw new Fault("CONFLICT", `Module ${id} has active deployments.`, { details });
  }
  await modules.deleteModule(db, id);
  await deleteArtifact(env, module);
  if (!(await modules.hasDigest(db, module.digest))) await deletePrepared(env, module.digest);
  await announce(env, moduleEvent("deleted", module, Date.now()));
}

function wasiFaults(found: InspectedModule, declared: WasiVersion): string[] {
  if (found.wasi === "none" || found.wasi === declared) return [];
  return [`wasiVersion is ${declared}, but the module imports WASI ${found.wasi}.`];
}

/** What a guest imports from elsewhere than its host is nowhere, but what a link can lead to another component. */
function unprovided(found: InspectedModule): string[] {
  const isProvided = (name: string) =>
    found.kind === "core"
      ? PROVIDED.has(name)
      : WASI_INTERFACES.has(unversioned(name)) || isLinkable(name);
  return found.required
    .filter((name) => !isProvided(name))
    .map((name) => `The module imports from ${name}, which no node provides.`);
}

/** Who names interfaces must name all that the module imports; more than that is harmless. */
function undeclared(found: InspectedModule, declared: readonly string[]): string[] {
  if (declared.length === 0) return [];
  return found.interfaces
    .filter((name) => name.startsWith("wasi:") && !declared.includes(name))
    .map((name) => `The module imports ${name}, which requiredInterfaces does not name.`);
}

function taken(id: string): Fault {
  return new Fault(
    "CONFLICT",
    `Module ${id} is registered already; a version never changes. Register a new one.`,
  );
}

function unknown(id: string): Fault {
  return new Fault("MODULE_NOT_FOUND", `Module ${id} is not registered.`);
}
