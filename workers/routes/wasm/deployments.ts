// /api/v1/wasm/deployments
import { createRoute } from "@hono/zod-openapi";
import * as control from "#control/deployments.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { refused } from "./answer.ts";
import {
  createdDeploymentAnswer,
  deploymentAnswer,
  deploymentsAnswer,
  eventsAnswer,
  executionAnswer,
  planAnswer,
  rollbackAnswer,
} from "./deployment-answer.ts";
import { room } from "./room.ts";
import {
  deploymentBody,
  deploymentParam,
  deploymentQuery,
  executeDeploymentBody,
  pageOnly,
  reasonBody,
} from "./schema.ts";
import {
  createdDeploymentView,
  deploymentView,
  executionView,
  planView,
  rollbackView,
  transitionView,
} from "./view.ts";

const tags = ["Deployments"];
const security = bearer;
const params = deploymentParam;
const missing = { 404: "No such deployment." };
const misplaced = { ...missing, 409: "It does not apply in the deployment's state." };
const optionalReason = { ...jsonBody(reasonBody), required: false };

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List deployments",
  middleware: [limited("deployments.list", 300), allowed("deployment:read")] as const,
  request: { query: deploymentQuery },
  responses: { 200: answer(deploymentsAnswer, "A page of deployments."), ...refused() },
});

const create = createRoute({
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Create a deployment",
  middleware: [
    limited("deployments.create", 20),
    allowed("deployment:create"),
    bounded(),
    idempotent(),
  ] as const,
  request: { body: jsonBody(deploymentBody) },
  responses: {
    201: answer(createdDeploymentAnswer, "The deployment, pending."),
    ...refused({ 404: "No such module.", 409: "Another rollout of the module is active there." }),
  },
});

const execute = createRoute({
  method: "post",
  path: "/{deploymentId}/execute",
  tags,
  security,
  summary: "Execute a deployment",
  middleware: [
    limited("deployments.execute", 20),
    allowed("deployment:execute"),
    bounded(),
    idempotent(),
  ] as const,
  request: { params, body: { ...jsonBody(executeDeploymentBody), required: false } },
  responses: { 202: answer(executionAnswer, "It is under way."), ...refused(misplaced) },
});

const get = createRoute({
  method: "get",
  path: "/{deploymentId}",
  tags,
  security,
  summary: "Get a deployment's status",
  middleware: [limited("deployments.get", 300), allowed("deployment:read")] as const,
  request: { params },
  responses: { 200: answer(deploymentAnswer, "Its state now."), ...refused(missing) },
});

const rollback = createRoute({
  method: "post",
  path: "/{deploymentId}/rollback",
  tags,
  security,
  summary: "Roll back to the version before",
  middleware: [
    limited("deployments.rollback", 20),
    allowed("deployment:rollback"),
    bounded(),
    idempotent(),
  ] as const,
  request: { params, body: optionalReason },
  responses: { 200: answer(rollbackAnswer, "It is rolled back."), ...refused(misplaced) },
});

const plan = createRoute({
  method: "get",
  path: "/{deploymentId}/plan",
  tags,
  security,
  summary: "See the waves before anything runs",
  middleware: [limited("deployments.plan", 300), allowed("deployment:read")] as const,
  request: { params },
  responses: { 200: answer(planAnswer, "Waves, times and shares."), ...refused(missing) },
});

const events = createRoute({
  method: "get",
  path: "/{deploymentId}/events",
  tags,
  security,
  summary: "See each transition: actor, reason, evidence",
  middleware: [limited("deployments.events", 300), allowed("deployment:read")] as const,
  request: { params, query: pageOnly },
  responses: { 200: answer(eventsAnswer, "A page of transitions."), ...refused(missing) },
});

export const deployments = room()
  .openapi(list, async (c) => {
    const filter = c.req.valid("query");
    const page = await control.listDeployments(c.env, filter);
    const now = Date.now();
    const { limit, offset } = filter;
    const views = page.deployments.map((deployment) => deploymentView(deployment, now));
    return c.json({ deployments: views, total: page.total, limit, offset }, 200);
  })
  .openapi(create, async (c) => {
    const by = { principal: c.get("principal"), now: Date.now() };
    const deployment = await control.createDeployment(c.env, c.req.valid("json"), by);
    created(c, deployment.rollout.id);
    return c.json(createdDeploymentView(deployment), 201);
  })
  .openapi(execute, async (c) => {
    const { deploymentId } = c.req.valid("param");
    const approvedBy = c.req.valid("json")?.approvedBy ?? null;
    const by = { principal: c.get("principal"), approvedBy };
    const started = await control.executeDeployment(c.env, deploymentId, by);
    return c.json(executionView(started, Date.now()), 202);
  })
  .openapi(get, async (c) => {
    const deployment = await control.getDeployment(c.env, c.req.valid("param").deploymentId);
    return c.json(deploymentView(deployment, Date.now()), 200);
  })
  .openapi(rollback, async (c) => {
    const reason = c.req.valid("json")?.reason ?? null;
    const by = { principal: c.get("principal"), reason };
    const { deploymentId } = c.req.valid("param");
    return c.json(rollbackView(await control.rollbackDeployment(c.env, deploymentId, by)), 200);
  })
  .openapi(plan, async (c) => {
    const { deploymentId } = c.req.valid("param");
    return c.json(planView(deploymentId, await control.planDeployment(c.env, deploymentId)), 200);
  })
  .openapi(events, async (c) => {
    const page = c.req.valid("query");
    const { deploymentId } = c.req.valid("param");
    const { transitions, total } = await control.deploymentEvents(c.env, deploymentId, page);
    return c.json({ events: transitions.map(transitionView), total, ...page }, 200);
  });

/** The verbs that steer a rollout differ in nothing but their name and who may say them. */
for (const verb of ["approve", "pause", "resume", "promote", "abort", "retry"] as const) {
  const action = verb === "approve" ? "deployment:approve" : "deployment:steer";
  const steer = createRoute({
    method: "post",
    path: `/{deploymentId}/${verb}`,
    tags,
    security,
    summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} a deployment`,
    middleware: [
      limited(`deployments.${verb}`, 20),
      allowed(action),
      bounded(),
      idempotent(),
    ] as const,
    request: { params, body: optionalReason },
    responses: { 200: answer(deploymentAnswer, "Its state now."), ...refused(misplaced) },
  });
  deployments.openapi(steer, async (c) => {
    const reason = c.req.valid("json")?.reason ?? null;
    const by = { verb, principal: c.get("principal"), reason };
    const steered = await control.steerDeployment(c.env, c.req.valid("param").deploymentId, by);
    return c.json(deploymentView(steered, Date.now()), 200);
  });
}
