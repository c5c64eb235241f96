// Domain → the 004 document's wire shapes, its error body among them.
import type { Context as HonoContext } from "hono";
import type { Stored } from "#control/models.ts";
import type { Fault } from "#domain/fault.ts";
import type { ModelVersion } from "#domain/oam/model.ts";
import { tellFindings } from "#domain/oam/parse.ts";
import type { Context } from "#http/context.ts";
import { faultOf, logBug, statusOf } from "#http/error.ts";
import type { ModelSummary } from "#stores/models.ts";

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

export function listView(models: readonly ModelSummary[]) {
  return models.map(({ name, version, description, deployedVersion }) => ({
    name,
    version,
    description,
    deployed_version: deployedVersion,
    status: "undeployed" as const,
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

export function deletedView(of: { readonly name: string; readonly versions: readonly string[] }) {
  const { name, versions } = of;
  const [first] = versions;
  if (first === undefined) {
    return { result: "noop" as const, undeploy: false, message: "Nothing was there to delete" };
  }
  const message =
    versions.length === 1
      ? `Model version ${first} deleted`
      : `All ${versions.length} versions of ${name} deleted`;
  return { result: "deleted" as const, undeploy: false, message };
}
