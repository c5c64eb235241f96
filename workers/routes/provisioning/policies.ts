// /policies
import { createRoute, z } from "@hono/zod-openapi";
import { simulate } from "#control/permission.ts";
import * as control from "#control/policies.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { done as answered, refused } from "./answer.ts";
import { GENERAL } from "./limit.ts";
import {
  decisionAnswer,
  newPolicyAnswer,
  policyAnswer,
  policyBody,
  policyChangeBody,
  policyView,
  simulationBody,
} from "./policy.ts";
import { pageOf, pageQuery } from "./page.ts";
import { room } from "./room.ts";
import { idParam } from "./schema.ts";
import { done } from "./view.ts";

const tags = ["Provisioning: policies"];
const security = bearer;
const missing = { 404: "No such policy." };
const unfit = { 409: "Another policy has the name.", 422: "A rule can't be decided by." };

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List policies, oldest first (admin, auditor)",
  middleware: [limited(...GENERAL), allowed("policy:read")] as const,
  request: { query: z.object(pageQuery) },
  responses: { 200: answered(z.array(policyAnswer), "A page of them."), ...refused() },
});

const create = createRoute({
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Create a policy (admin)",
  description:
    "A rule that denies wins over everything, then roles grant, then rules allow. A condition is a CEL expression over `user`, `resource`, `action` and `context`. With `mode` `count` nothing is refused: what would be is in the ledger.",
  middleware: [limited(...GENERAL), allowed("policy:create"), bounded(), idempotent()] as const,
  request: { body: jsonBody(policyBody) },
  responses: { 200: answered(newPolicyAnswer, "The policy."), ...refused(unfit) },
});

const get = createRoute({
  method: "get",
  path: "/{id}",
  tags,
  security,
  summary: "Get a policy (admin, auditor)",
  middleware: [limited(...GENERAL), allowed("policy:read")] as const,
  request: { params: idParam },
  responses: { 200: answered(policyAnswer, "The policy."), ...refused(missing) },
});

const change = createRoute({
  method: "put",
  path: "/{id}",
  tags,
  security,
  summary: "Change what is given of a policy; `enabled` turns it on and off (admin)",
  middleware: [limited(...GENERAL), allowed("policy:update"), bounded()] as const,
  request: { params: idParam, body: jsonBody(policyChangeBody) },
  responses: { 200: answered(z.string(), "It is changed."), ...refused({ ...missing, ...unfit }) },
});

const remove = createRoute({
  method: "delete",
  path: "/{id}",
  tags,
  security,
  summary: "Delete a policy (admin)",
  middleware: [limited(...GENERAL), allowed("policy:delete")] as const,
  request: { params: idParam },
  responses: { 200: answered(z.string(), "It is gone."), ...refused(missing) },
});

const simulation = createRoute({
  method: "post",
  path: "/simulate",
  tags,
  security,
  summary: "Tell whether somebody might do something, and by which rule (admin, auditor)",
  middleware: [limited(...GENERAL), allowed("policy:read", "policies:*"), bounded()] as const,
  request: { body: jsonBody(simulationBody) },
  responses: {
    200: answered(decisionAnswer, "The decision."),
    ...refused({ 422: "The body does not fit." }),
  },
});

export const policies = room()
  .openapi(list, async (c) => {
    const page = pageOf(c, c.req.valid("query"), await control.listPolicies(c.env));
    return c.json(done(page.map(policyView)), 200);
  })
  .openapi(create, async (c) => {
    const by = c.get("principal").username;
    const { id, name, version } = await control.createPolicy(c.env, c.req.valid("json"), {
      createdBy: by,
    });
    created(c, id);
    return c.json(done({ id, name, version }), 200);
  })
  .openapi(simulation, async (c) => {
    const {
      allowed: isAllowed,
      by,
      policyId,
      reason,
      counted,
    } = await simulate(c.env, c.req.valid("json"));
    const rules = [...counted];
    return c.json(
      done({ allowed: isAllowed, rule: by, policy_id: policyId, reason, counted: rules }),
      200,
    );
  })
  .openapi(get, async (c) =>
    c.json(done(policyView(await control.getPolicy(c.env, c.req.valid("param").id))), 200),
  )
  .openapi(change, async (c) => {
    await control.changePolicy(c.env, c.req.valid("param").id, c.req.valid("json"));
    return c.json(done("Policy updated successfully"), 200);
  })
  .openapi(remove, async (c) => {
    await control.deletePolicy(c.env, c.req.valid("param").id);
    return c.json(done("Policy deleted"), 200);
  });
