// Domain → the 004 document's wire shapes, its error body among them.
import type { Context as HonoContext } from "hono";
import type { Deleted, Stored, Summary } from "#control/models.ts";
import type { Fault } from "#domain/fault.ts";
import type { ModelVersion } from "#domain/oam/model.ts";
import { tellFindings } from "#domain/oam/parse.ts";
import type { ComponentStatus, ModelStatus } from "#domain/oam/status.ts";
import type { Context } from "#http/context.ts";
import { faultOf, logBug, statusOf } from "#http/error.ts";

export function errorResponse(thrown: unknown, c: HonoContext<Context>): Response {
  const fault = faultOf(thrown);
  if (fault === null) {
    logBug(c.get("requestId"), thrown);
    const message = "Something went wrong on our side; the X-Request-Id finds it in the log.";
    return c.json({ result: "error", message }, 500);
  }
  if (fault.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(fault.retryAfterSeconds));
  if (fault.code === "UNAUTHORIZED") c.header("WWW-Authenticate", 'Bearer realm="edgeloom"');
  return c.json(errorView(fault), statusOf(fault));
}

/** The document has one sentence for all that went wrong. */
export function errorView({ code, message, details }: Pick<Fault, "code" | "message" | "details">) {
  const result = code === "NOT_FOUND" ? ("notfound" as const) : ("error" as const);
  return { result, message: [message, ...details].join(" ") };
}

export function putView({ model, isNew, total, warnings }: Stored) {
  const { name, version } = model;
  const warned = warnings.length === 0 ? "" : `, with warnings: ${tellFindings(warnings)}`;
  return {
    result: isNew ? ("created" as const) : ("newversion" as const),
    total_versions: total,
    current_version: version,
    message: `Successfully put manifest${warned}`,
    name,
  };
}

export function listView(models: readonly Summary[]) {
  return models.map(({ name, version, description, deployedVersion, status }) => ({
    name,
    version,
    description,
    deployed_version: deployedVersion,
    status: status.status.type,
  }));
}

export function getView({ name, manifest }: ModelVersion) {
  return { result: "success" as const, message: `Fetched model ${name}`, manifest };
}

export function versionsView(
  versions: readonly { readonly version: string; readonly deployed: boolean }[],
  over: "nats" | "http",
) {
  if (over === "http") return [...versions];
  return { result: "success" as const, message: "Successfully fetched versions", versions };
}

export function deletedView(name: string, { versions, isUndeployed: undeploy }: Deleted) {
  const [first] = versions;
  if (first === undefined) {
    return { result: "noop" as const, undeploy, message: "Nothing was there to delete" };
  }
  const message =
    versions.length === 1
      ? `Model version ${first} deleted`
      : `All ${versions.length} versions of ${name} deleted`;
  return { result: "deleted" as const, undeploy, message };
}

export function deployedView({ name, version }: ModelVersion) {
  const message = `Deployed model ${name} in version ${version}`;
  return { result: "acknowledged" as const, message };
}

export function undeployedView(
  name: string,
  of: { readonly wasDeployed: boolean; readonly isDestructive: boolean },
) {
  const result = "acknowledged" as const;
  if (!of.wasDeployed) return { result, message: `Model ${name} was not deployed` };
  return {
    result,
    message: of.isDestructive ? "Undeployed model" : "Undeployed model; what ran goes on",
  };
}

/** One object for both generations of clients: the document's fields, and today's below `status` beside them. */
export function statusView(of: { readonly version: string; readonly status: ModelStatus }) {
  const { version } = of;
  const { type, message } = of.status.status;
  const components = of.status.components.map(({ name, type: kind, status, traits }) => ({
    name,
    type: kind,
    status,
    traits: traits.map((trait) => ({ name: trait.name, type: trait.type, status: trait.status })),
  }));
  const scalers = of.status.components.flatMap(scalersOf);
  return {
    result: "ok" as const,
    message: `Fetched status of version ${version}`,
    version,
    components,
    status: { type, message, version, status: { type, message }, components, scalers },
  };
}

function scalersOf({ id, traits }: ComponentStatus) {
  const kinds = {
    spreadscaler: "SpreadScaler",
    daemonscaler: "DaemonScaler",
    link: "LinkScaler",
    linkdef: "LinkScaler",
  } as const;
  return traits.map(({ name, type, status }, at) => {
    const { [type]: kind } = kinds;
    return { id: `${id}-${type}-${at}`, kind, name, status };
  });
}
