// WIT interfaces: really parsed, and compared with the version before by the compatibility that they promise.
import { compare } from "semver";
import { Fault } from "#domain/fault.ts";
import { interfaceId, move, statusAt } from "#domain/interface.ts";
import type { Compatibility, InterfaceVerb, WasmInterface } from "#domain/interface.ts";
import type { Principal } from "#domain/role.ts";
import { database } from "#stores/database.ts";
import * as interfaces from "#stores/interfaces.ts";
import { compareInterfaces } from "#wasm/wit/compare.ts";
import type { WitSource } from "#wasm/wit/compose.ts";
import { parseWit } from "#wasm/wit/parse.ts";

export type InterfaceRequest = {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly witDefinition: string;
  readonly description: string | null;
  readonly compatibility: Compatibility;
};

export type Validation = {
  readonly valid: boolean;
  readonly errors: readonly { message: string; line: number; column: number }[];
  readonly comparedWith: string | null;
  readonly breaks: readonly string[];
};

export async function registerInterface(
  env: Env,
  request: InterfaceRequest,
  by: { principal: Principal; now: number },
): Promise<WasmInterface> {
  const validation = await validate(env, request);
  if (!validation.valid) throw refused(request, validation);
  const { namespace, name, version } = request;
  const given: WasmInterface = {
    ...request,
    id: interfaceId(namespace, name, version),
    status: "Draft",
    registeredAt: by.now,
    registeredBy: by.principal.username,
    submittedAt: null,
    decidedAt: null,
    decidedBy: null,
    decisionReason: null,
  };
  if (await interfaces.insertInterface(database(env), given)) return given;
  throw new Fault(
    "CONFLICT",
    `Interface ${given.id} is registered already; a version never changes.`,
  );
}

export async function getInterface(env: Env, id: string): Promise<WasmInterface> {
  const given = await interfaces.findInterface(database(env), id);
  if (given === null) throw new Fault("NOT_FOUND", `Interface ${id} is not registered.`);
  return given;
}

export async function listInterfaces(env: Env, filter: interfaces.InterfaceFilter) {
  return interfaces.listInterfaces(database(env), filter);
}

export async function validateInterface(env: Env, id: string): Promise<Validation> {
  return validate(env, await getInterface(env, id));
}

export async function decideInterface(
  env: Env,
  id: string,
  by: { verb: InterfaceVerb; principal: Principal; reason: string | null; now: number },
): Promise<WasmInterface> {
  const given = await getInterface(env, id);
  const status = statusAt(given, by.now);
  const moved = move(status, by.verb);
  if ("appliesTo" in moved) {
    const message = `Interface ${id} is ${status}; ${by.verb} applies to one that is ${moved.appliesTo.join(" or ")}.`;
    throw new Fault("CONFLICT", message);
  }
  const submitted = by.verb === "submit";
  const done = await interfaces.decideInterface(database(env), id, {
    from: given.status,
    status: moved.to,
    submittedAt: submitted ? by.now : given.submittedAt,
    decidedAt: submitted ? null : by.now,
    decidedBy: submitted ? null : by.principal.username,
    decisionReason: submitted ? null : by.reason,
  });
  if (done) return getInterface(env, id);
  throw new Fault("CONFLICT", `Interface ${id} was changed by somebody else meanwhile.`);
}

/** What is approved is relied upon: it is deprecated, never deleted. */
export async function deleteInterface(env: Env, id: string): Promise<void> {
  const given = await getInterface(env, id);
  if (given.status === "Approved") {
    throw new Fault("CONFLICT", `Interface ${id} is Approved; deprecate it before it is deleted.`);
  }
  await interfaces.deleteInterface(database(env), id);
}

async function validate(
  env: Env,
  request: Pick<
    InterfaceRequest,
    "namespace" | "name" | "version" | "witDefinition" | "compatibility"
  >,
): Promise<Validation> {
  const db = database(env);
  const { namespace, name, version, compatibility } = request;
  const own = interfaceId(namespace, name, version);
  const [approved, versions] = await Promise.all([
    interfaces.approvedInterfaces(db),
    interfaces.versionsOf(db, namespace, name),
  ]);
  const dependencies = approved.filter((other) => other.id !== own).map(sourceOf);
  const parsed = await parseWit(sourceOf(request), dependencies);
  if (!parsed.ok) return { valid: false, errors: parsed.faults, comparedWith: null, breaks: [] };
  const previous = versions
    .filter((other) => other.status !== "Rejected" && compare(other.version, version) < 0)
    .sort((a, b) => compare(b.version, a.version))[0];
  if (previous === undefined) return { valid: true, errors: [], comparedWith: null, breaks: [] };
  const before = await parseWit(sourceOf(previous), dependencies);
  const breaks = before.ok
    ? compareInterfaces(before.interface, parsed.interface, compatibility).map(
        ({ message }) => message,
      )
    : [];
  return { valid: breaks.length === 0, errors: [], comparedWith: previous.id, breaks };
}

function sourceOf(
  given: Pick<InterfaceRequest, "namespace" | "name" | "version" | "witDefinition">,
): WitSource {
  const { namespace, name, version, witDefinition } = given;
  return { namespace, name, version, text: witDefinition };
}

function refused(request: InterfaceRequest, validation: Validation): Fault {
  const { errors, breaks, comparedWith } = validation;
  if (errors.length > 0) {
    const details = errors.map(
      ({ message, line, column }) => `line ${line}, column ${column}: ${message}`,
    );
    return new Fault("VALIDATION_ERROR", "The WIT definition does not parse.", { details });
  }
  const message = `Version ${request.version} breaks ${comparedWith}, and promises ${request.compatibility} compatibility.`;
  return new Fault("VALIDATION_ERROR", message, { details: breaks });
}
