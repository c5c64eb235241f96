// Registered modules: what a binary must be before it is taken in, and what keeps one from being let go.
import { Fault } from "#domain/fault.ts";
import { moduleId } from "#domain/module.ts";
import type {
  FunctionSignature,
  Module,
  ModuleLimits,
  ModuleStatus,
  ValueType,
  WasiVersion,
} from "#domain/module.ts";
import type { Principal } from "#domain/role.ts";
import { deleteArtifact, digestOf, hasArtifact, writeArtifact } from "#stores/artifacts.ts";
import { database } from "#stores/database.ts";
import { unfinishedOf } from "#stores/deployments.ts";
import * as modules from "#stores/modules.ts";
import { regionsServing } from "#stores/routes.ts";
import { inspect } from "#wasm/inspect.ts";
import { meterFaults } from "#wasm/prepare.ts";
import type { InspectedModule } from "#wasm/inspection.ts";

export type Registration = {
  readonly name: string;
  readonly version: string;
  readonly description: string | null;
  readonly wasiVersion: WasiVersion;
  readonly requiredInterfaces: readonly string[];
  readonly limits: ModuleLimits;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** Everything that is wrong with the bytes, given what was declared of them (null: nothing usable was). */
export function binaryFaults(
  bytes: Uint8Array<ArrayBuffer>,
  declared: Pick<Registration, "wasiVersion" | "requiredInterfaces" | "limits"> | null,
): string[] {
  const found = inspect(bytes);
  if (!found.ok) return [...found.faults];
  const invalid =
    found.kind === "core" && !WebAssembly.validate(bytes)
      ? [
          "Invalid WASM binary: its structure is sound, but the code of a function does not validate.",
        ]
      : [];
  return [
    ...invalid,
    ...found.unsupported,
    ...(invalid.length > 0 || found.kind !== "core" || declared === null
      ? []
      : meterFaults(bytes, declared.limits)),
    ...unprovided(found),
    ...(declared === null ? [] : wasiFaults(found, declared.wasiVersion)),
    ...(declared === null ? [] : undeclared(found, declared.requiredInterfaces)),
  ];
}

/**
 * Takes a module in whose binary has no faults. The row comes first, because it alone decides between two who
 * register the same version at once. Should the bytes not follow it, the same upload sent again brings them.
 */
export async function registerModule(
  env: Env,
  upload: { registration: Registration; bytes: Uint8Array<ArrayBuffer> },
  by: { principal: Principal; now: number },
): Promise<Module> {
  const db = database(env);
  const module = await describe(upload, by);
  const inserted = await modules.insertModule(db, module);
  if (!inserted && !(await isUnfinished(env, module))) throw taken(module.id);
  try {
    await writeArtifact(env, module, upload.bytes);
  } catch (cause) {
    await modules.deleteModule(db, module.id);
    throw new Fault("UNAVAILABLE", `The bytes of ${module.id} could not be stored; try again.`, {
      cause,
    });
  }
  return module;
}

/** The module as its binary and its registration tell it. */
async function describe(
  upload: { registration: Registration; bytes: Uint8Array<ArrayBuffer> },
  by: { principal: Principal; now: number },
): Promise<Module> {
  const { registration, bytes } = upload;
  const found = inspect(bytes);
  if (!found.ok) {
    throw new Fault("VALIDATION_ERROR", "Module validation failed", { details: found.faults });
  }
  return {
    ...registration,
    id: moduleId(registration.name, registration.version),
    digest: await digestOf(bytes),
    sizeBytes: bytes.length,
    exportedFunctions: found.functions.map((item) => item.name),
    signatures: callable(found),
    convention: found.convention,
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
  return getModule(env, id);
}

/** Refused while a deployment of it is under way or any route leads to it. */
export async function deleteModule(env: Env, id: string): Promise<void> {
  const db = database(env);
  const module = await getModule(env, id);
  const [unfinished, regions] = await Promise.all([
    unfinishedOf(db, id),
    regionsServing(db, module.name, id),
  ]);
  if (unfinished.length > 0 || regions.length > 0) {
    const details = [
      ...unfinished.map((deployment) => `Deployment ${deployment} is not finished.`),
      ...regions.map((region) => `It is deployed in region ${region}.`),
    ];
    throw new Fault("CONFLICT", `Module ${id} has active deployments.`, { details });
  }
  await modules.deleteModule(db, id);
  await deleteArtifact(env, module);
}

function wasiFaults(found: InspectedModule, declared: WasiVersion): string[] {
  if (found.wasi === "none" || found.wasi === declared) return [];
  return [`wasiVersion is ${declared}, but the module imports WASI ${found.wasi}.`];
}

/** A guest that is called by numbers or JSON gets no imports: what it asks for is nowhere. */
function unprovided(found: InspectedModule): string[] {
  if (found.convention !== "numbers" && found.convention !== "json") return [];
  return found.interfaces.map((name) => `The module imports from ${name}, which no node provides.`);
}

/** Who names interfaces must name all that the module imports; more than that is harmless. */
function undeclared(found: InspectedModule, declared: readonly string[]): string[] {
  if (declared.length === 0) return [];
  return found.interfaces
    .filter((name) => name.startsWith("wasi:") && !declared.includes(name))
    .map((name) => `The module imports ${name}, which requiredInterfaces does not name.`);
}

/** The functions that can be called: over plain numbers, JSON or WIT types. */
function callable(found: InspectedModule): FunctionSignature[] {
  return found.functions.flatMap((listed): FunctionSignature[] => {
    const { name, style, parameters, results } = listed;
    if (style === "wit") return [{ name, style, ...listed.wit }];
    if (style === "none") return [];
    const types = results.filter(isValueType);
    const typed = parameters.flatMap((parameter) =>
      isValueType(parameter.type) ? [{ name: parameter.name, type: parameter.type }] : [],
    );
    return [{ name, style, parameters: typed, results: types }];
  });
}

function isValueType(type: string): type is ValueType {
  return type === "i32" || type === "i64" || type === "f32" || type === "f64";
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
