// /api/v1/security/tokens
import { createRoute } from "@hono/zod-openapi";
import { issueNodeToken, revokeNodeToken, validateToken } from "#control/node-tokens.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { doneAnswer, refused, tokenAnswer, verdictAnswer } from "./answer.ts";
import { room } from "./room.ts";
import { newTokenBody, tokenBody } from "./schema.ts";
import { iso, verdictView } from "./view.ts";

const tags = ["Edge: tokens"];

const issue = createRoute({
  method: "post",
  path: "/",
  tags,
  security: bearer,
  summary: "Issue a node's token (Admin)",
  middleware: [limited("edge.tokens.issue", 100), allowed("token:manage"), bounded()] as const,
  request: { body: jsonBody(newTokenBody) },
  responses: { 201: answer(tokenAnswer, "It."), ...refused({ 404: "No such node." }) },
});

const validate = createRoute({
  method: "post",
  path: "/validate",
  tags,
  security: bearer,
  summary: "Whether a token is valid now",
  middleware: [limited("edge.tokens.validate", 100), allowed("token:validate"), bounded()] as const,
  request: { body: jsonBody(tokenBody) },
  responses: { 200: answer(verdictAnswer, "Whether, whose, and until when."), ...refused() },
});

const revoke = createRoute({
  method: "post",
  path: "/revoke",
  tags,
  security: bearer,
  summary: "Revoke a node's token, everywhere within five seconds (Admin)",
  middleware: [limited("edge.tokens.revoke", 100), allowed("token:manage"), bounded()] as const,
  request: { body: jsonBody(tokenBody) },
  responses: { 200: answer(doneAnswer, "It is revoked."), ...refused() },
});

export const security = room()
  .openapi(issue, async (c) => {
    const { nodeId, lifetimeMs } = c.req.valid("json");
    const by = { principal: c.get("principal"), lifetimeMs, now: Date.now() };
    const { token, expiresAt } = await issueNodeToken(c.env, nodeId, by);
    created(c, nodeId);
    return c.json({ token, expires_at: iso(expiresAt) }, 201);
  })
  .openapi(validate, async (c) =>
    c.json(verdictView(await validateToken(c.env, c.req.valid("json").token, Date.now())), 200),
  )
  .openapi(revoke, async (c) => {
    await revokeNodeToken(c.env, c.req.valid("json").token, Date.now());
    return c.json({ success: true as const, message: "Token successfully revoked" }, 200);
  });
