// /api/v1/workloads
import { createRoute } from "@hono/zod-openapi";
import { resolveImage } from "#control/oci.ts";
import { deployWorkload, updateWorkload } from "#control/workload-rollout.ts";
import { withdrawWorkload } from "#control/workload-service.ts";
import * as control from "#control/workloads.ts";
import type { WorkloadChange } from "#control/workloads.ts";
import { Fault } from "#domain/fault.ts";
import type { Json } from "#domain/json.ts";
import type { Principal } from "#domain/role.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { Entry } from "#domain/workload/order.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { doneAnswer, refused } from "./answer.ts";
import { placed } from "./caller.ts";
import { room } from "./room.ts";
import { strategyFrom } from "./strategy-schema.ts";
import { iso, paged } from "./view.ts";
import {
  createdWorkloadAnswer,
  deployedWorkloadAnswer,
  updatedWorkloadAnswer,
  workloadAnswer,
  workloadsAnswer,
} from "./workload-answer.ts";
import {
  deployBody,
  kindOf,
  matchHeader,
  misplaced,
  resourcesOf,
  saysKind,
  versionOf,
  workloadBody,
  workloadChangeBody,
  workloadParam,
  workloadQuery,
} from "./workload-schema.ts";
import type { Given } from "./workload-schema.ts";
import {
  createdWorkloadView,
  updatedWorkloadView,
  workloadSummaryView,
  workloadView,
} from "./workload-view.ts";

const tags = ["Edge: workloads"];
const security = bearer;
const params = workloadParam;
const missing = { 404: "No such workload, or no such image." };
const stale = {
  409: "If-Match names another resource version than stands, or a rollout is under way.",
};

const create = createRoute({
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Create a workload; its instances start at once (Developer)",
  description:
    "`resources.requests` is held on a node; `limits` is kept and told, and a guest's limits are those of its module.",
  middleware: [
    limited("edge.workloads.create", 100),
    allowed("workload:create"),
    bounded(),
    idempotent(),
  ] as const,
  request: { body: jsonBody(workloadBody) },
  responses: {
    201: answer(createdWorkloadAnswer, "It is stored."),
    ...refused({ 404: "No such image.", 409: "The namespace has a workload of that name." }),
  },
});

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List workloads, newest first",
  middleware: [limited("edge.workloads.list", 300), allowed("workload:read")] as const,
  request: { query: workloadQuery },
  responses: { 200: answer(workloadsAnswer, "A page of workloads."), ...refused() },
});

const get = createRoute({
  method: "get",
  path: "/{workloadId}",
  tags,
  security,
  summary: "Get a workload with its instances",
  middleware: [limited("edge.workloads.get", 300), allowed("workload:read")] as const,
  request: { params },
  responses: { 200: answer(workloadAnswer, "It."), ...refused(missing) },
});

const change = createRoute({
  method: "put",
  path: "/{workloadId}",
  tags,
  security,
  summary: "Change what is given of a workload",
  description:
    "With If-Match, or `resource_version` in the body, only while that version stands. A changed image, environment or resources of a workload that names a strategy go out by a rollout with all else that is given, and count once that is complete; else each new instance starts before an old one stops. `rollout` of the workload tells how far it is.",
  middleware: [
    limited("edge.workloads.change", 100),
    allowed("workload:change"),
    bounded(),
  ] as const,
  request: { params, headers: matchHeader, body: jsonBody(workloadChangeBody) },
  responses: {
    200: answer(updatedWorkloadAnswer, "It is stored."),
    ...refused({ ...missing, ...stale }),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/{workloadId}",
  tags,
  security,
  summary: "Remove a workload; its instances drain, then stop",
  description:
    "What its deployments brought into service is rolled back first, the newest first. 409 while one of them runs, or where a route was changed since.",
  middleware: [limited("edge.workloads.delete", 100), allowed("workload:delete")] as const,
  request: { params, headers: matchHeader },
  responses: { 200: answer(doneAnswer, "It is gone."), ...refused({ ...missing, ...stale }) },
});

const deploy = createRoute({
  method: "post",
  path: "/{workloadId}/deploy",
  tags,
  security,
  summary: "Take a workload to named nodes by a rollout",
  description:
    "`deployment_id` names a deployment of /api/v1/wasm/deployments, which tells how far it is. Once it is complete the workload's instances run on these nodes alone, and the workload has that strategy; if it is taken back the workload is as it was before.",
  middleware: [
    limited("edge.workloads.deploy", 100),
    allowed("workload:deploy"),
    bounded(),
    idempotent(),
  ] as const,
  request: { params, body: jsonBody(deployBody) },
  responses: {
    202: answer(deployedWorkloadAnswer, "The rollout is under way."),
    ...refused({ ...missing, 409: "Another rollout of the module is active there." }),
  },
});

export const workloads = room()
  .openapi(create, async (c) => {
    const { name, namespace, type, ...given } = c.req.valid("json");
    const principal = c.get("principal");
    const of = { type, before: null, principal };
    const rest = { ...(await changeOf(c.env, placed(given, c.req.raw), of)) };
    const { moduleId = "", kind = kindOf(type, given).kind } = rest;
    const spec = { ...DEFAULT_SPEC, ...rest, moduleId, kind, name, namespace, owner: "edge" };
    const record = await control.createWorkload(c.env, spec, { principal });
    c.header("ETag", etag(record));
    created(c, record.workload.id);
    return c.json(createdWorkloadView(record), 201);
  })
  .openapi(list, async (c) => {
    const { page, limit, status, ...filter } = c.req.valid("query");
    const over = { limit, offset: (page - 1) * limit };
    const found = await control.listWorkloads(c.env, { ...filter, phase: status, ...over });
    const views = found.workloads.map(workloadSummaryView);
    return c.json({ workloads: views, ...paged(views, found.total, { page, limit }) }, 200);
  })
  .openapi(get, async (c) => {
    const { workloadId } = c.req.valid("param");
    const record = await control.getWorkload(c.env, workloadId);
    const instances = await control.workloadInstances(c.env, workloadId);
    c.header("ETag", etag(record));
    return c.json(workloadView(record, instances), 200);
  })
  .openapi(change, async (c) => {
    const { workloadId } = c.req.valid("param");
    const { name, namespace, type, resource_version: version, ...given } = c.req.valid("json");
    const principal = c.get("principal");
    const before = await control.getWorkload(c.env, workloadId);
    refuseOther(before, { name, namespace, type });
    const of = { type: before.workload.kind.type, before, principal };
    const ifMatch = versionOf(c.req.valid("header")["if-match"]) ?? version ?? null;
    const next = await changeOf(c.env, placed(given, c.req.raw), of);
    const change = { change: next, ifMatch, principal, now: Date.now() };
    const record = await updateWorkload(c.env, workloadId, change);
    c.header("ETag", etag(record));
    return c.json(updatedWorkloadView(record), 200);
  })
  .openapi(remove, async (c) => {
    const ifMatch = versionOf(c.req.valid("header")["if-match"]);
    const of = { ifMatch, principal: c.get("principal") };
    await withdrawWorkload(c.env, c.req.valid("param").workloadId, of);
    return c.json({ success: true as const, message: "Workload successfully removed" }, 200);
  })
  .openapi(deploy, async (c) => {
    const { workloadId } = c.req.valid("param");
    const [now, principal] = [Date.now(), c.get("principal")];
    const { nodes, strategy: named, strategy_config: config } = c.req.valid("json");
    const strategy = strategyFrom(named, config);
    const of = { nodes, strategy, principal, now };
    const { record, deploymentId } = await deployWorkload(c.env, workloadId, of);
    const { id, name } = record.workload;
    const started = { deployment_id: deploymentId, target_nodes: nodes, started_at: iso(now) };
    return c.json({ id, name, status: "deploying" as const, ...started }, 202);
  });

/** What is given, as a change of the workload; what isn't given stays as it is. */
async function changeOf(
  env: Env,
  given: Given,
  of: { type: Parameters<typeof kindOf>[0]; before: WorkloadRecord | null; principal: Principal },
): Promise<WorkloadChange> {
  const { type, before, principal } = of;
  refuseMisplaced(misplaced(type, given));
  const { image, resources, placement, labels, env: config, stopped, strategy } = given;
  const by = { principal, now: Date.now() };
  const module = image === undefined ? null : await resolveImage(env, image, by);
  const details = {
    ...before?.workload.details,
    ...(image === undefined ? {} : { image }),
    ...(resources === undefined ? {} : { resources: told(resources) }),
  };
  return {
    ...(before === null || saysKind(given) ? kindOf(type, given, before?.workload.kind) : {}),
    details,
    ...(module === null ? {} : { moduleId: module.id, isHttp: module.convention === "http" }),
    ...(resources === undefined ? {} : { resources: resourcesOf(resources) }),
    ...(placement === undefined ? {} : { placement }),
    ...(labels === undefined ? {} : { labels }),
    ...(config === undefined ? {} : { config }),
    ...(strategy === undefined ? {} : { strategy: strategyNamed(given) }),
    ...(stopped === undefined ? {} : { isStopped: stopped }),
    ...(given.function === undefined ? {} : { entry: entryOf(given.function, given.parameters) }),
  };
}

function strategyNamed({ strategy, strategy_config: config }: Given): Strategy | null {
  return strategy == null ? null : strategyFrom(strategy, config);
}

function entryOf(functionName: string, parameters: unknown): Entry {
  // It was read from a body of JSON, so it can be nothing else.
  return { functionName, parameters: (parameters ?? null) as Json };
}

/** As it came, without what was left out. */
function told(resources: NonNullable<Given["resources"]>) {
  const kept = Object.entries(resources).map(([part, amounts]) => [
    part,
    Object.fromEntries(Object.entries(amounts ?? {}).filter(([, amount]) => amount !== undefined)),
  ]);
  return Object.fromEntries(kept) as Record<string, Record<string, string>>;
}

function refuseMisplaced(found: readonly { field: string; why: string }[]): void {
  if (found.length === 0) return;
  const details = found.map(({ field, why }) => `${field}: ${why}`);
  throw new Fault("VALIDATION_ERROR", "The workload's type has no such fields.", { details });
}

/** Name, namespace and type may be sent along, and stay what they are. */
function refuseOther(
  { workload }: WorkloadRecord,
  given: Record<"name" | "namespace" | "type", string | undefined>,
): void {
  const standing = {
    name: workload.name,
    namespace: workload.namespace,
    type: workload.kind.type,
  };
  const fields = ["name", "namespace", "type"] as const;
  const details = fields.flatMap((field) => {
    const { [field]: said } = given;
    const { [field]: is } = standing;
    return said === undefined || said === is ? [] : [`${field}: it stays ${is}, not ${said}`];
  });
  if (details.length === 0) return;
  const message = "A workload keeps its name, namespace and type; create another.";
  throw new Fault("VALIDATION_ERROR", message, { details });
}

function etag({ resourceVersion }: WorkloadRecord): string {
  return `"${resourceVersion}"`;
}
