// /webhooks: endpoints that are told of events, what became of what they were told, and dead letters.
import { createRoute, z } from "@hono/zod-openapi";
import * as control from "#control/webhooks.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { answer, bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { doneAnswer, done as answered, refused } from "./answer.ts";
import { GENERAL } from "./limit.ts";
import { pageOf, pageQuery, tellPage } from "./page.ts";
import { parsed as fitting, room } from "./room.ts";
import { idParam } from "./schema.ts";
import { done } from "./view.ts";
import {
  configurationBody,
  deadLetterQuery,
  deliveryQuery,
  parsed,
  rotationBody,
  webhookBody,
  webhookChangeBody,
} from "./webhook-schema.ts";
import {
  deliveryAnswer,
  deliveryView,
  webhookAnswer,
  webhookSecretAnswer,
  webhookSecretView,
  webhookView,
} from "./webhook-view.ts";

const tags = ["Provisioning: webhooks"];
const security = bearer;
const params = idParam;
const deliveryParams = idParam.extend({ deliveryId: z.string().min(1).max(200) });
const misfit = { 422: "The body does not fit, or nothing may be sent to the url." };
const missing = { 404: "No such webhook." };
const full = { 409: "There are as many webhooks as there may be." };
const replayed = answered(z.object({ replayed: z.int() }), "How many are tried again.");

const list = createRoute({
  method: "get",
  path: "/webhooks",
  tags,
  security,
  summary: "List webhooks (Admin, Operator)",
  middleware: [limited(...GENERAL), allowed("webhook:read", "webhooks:*")] as const,
  request: { query: z.object(pageQuery) },
  responses: { 200: answered(z.array(webhookAnswer), "A page of them."), ...refused() },
});

const create = createRoute({
  method: "post",
  path: "/webhooks",
  tags,
  security,
  summary: "Create a webhook (Admin)",
  description:
    "Its secret is told in this answer and never again; one is made where none is given.",
  middleware: [limited(...GENERAL), allowed("webhook:change", "webhooks:*"), bounded()] as const,
  request: { body: either(webhookBody) },
  responses: {
    201: answered(webhookSecretAnswer, "The webhook."),
    ...refused({ ...misfit, ...full }),
  },
});

const configure = createRoute({
  method: "put",
  path: "/webhooks",
  tags,
  security,
  summary: "Make the webhooks those of a configuration, in JSON, YAML or TOML (Admin)",
  description:
    "Endpoints are told apart by url: those that the configuration doesn't name are deleted, another secret is a rotation.",
  middleware: [limited(...GENERAL), allowed("webhook:change", "webhooks:*"), bounded()] as const,
  request: { body: either(configurationBody) },
  responses: {
    200: answered(z.array(webhookAnswer), "All of them."),
    ...refused({ ...misfit, ...full }),
  },
});

const get = createRoute({
  method: "get",
  path: "/webhooks/{id}",
  tags,
  security,
  summary: "Get a webhook (Admin, Operator)",
  middleware: [limited(...GENERAL), allowed("webhook:read", "webhooks:{id}")] as const,
  request: { params },
  responses: { 200: answered(webhookAnswer, "The webhook."), ...refused(missing) },
});

const change = createRoute({
  method: "put",
  path: "/webhooks/{id}",
  tags,
  security,
  summary: "Change what is given of a webhook (Admin)",
  description: "Of what happened while it was disabled it is not told when it is enabled again.",
  middleware: [limited(...GENERAL), allowed("webhook:change", "webhooks:{id}"), bounded()] as const,
  request: { params, body: either(webhookChangeBody) },
  responses: {
    200: answered(webhookAnswer, "As it is now."),
    ...refused({ ...misfit, ...missing }),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/webhooks/{id}",
  tags,
  security,
  summary: "Delete a webhook and its deliveries (Admin)",
  middleware: [limited(...GENERAL), allowed("webhook:change", "webhooks:{id}")] as const,
  request: { params },
  responses: { 200: answer(doneAnswer, "It is gone."), ...refused(missing) },
});

const rotate = createRoute({
  method: "post",
  path: "/webhooks/{id}/rotate-secret",
  tags,
  security,
  summary: "Give a webhook another secret (Admin)",
  description: "For a day the one before signs too.",
  middleware: [limited(...GENERAL), allowed("webhook:change", "webhooks:{id}"), bounded()] as const,
  request: { params, body: { ...either(rotationBody), required: false } },
  responses: {
    200: answered(webhookSecretAnswer, "With the new secret."),
    ...refused({ ...misfit, ...missing }),
  },
});

const deliveries = createRoute({
  method: "get",
  path: "/webhooks/{id}/deliveries",
  tags,
  security,
  summary: "List a webhook's deliveries, newest first (Admin, Operator)",
  middleware: [limited(...GENERAL), allowed("webhook:read", "webhooks:{id}")] as const,
  request: { params, query: deliveryQuery },
  responses: { 200: answered(z.array(deliveryAnswer), "A page of them."), ...refused(missing) },
});

const deadLetters = createRoute({
  method: "get",
  path: "/webhooks/{id}/dead-letters",
  tags,
  security,
  summary: "List what did not arrive, newest first (Admin, Operator)",
  middleware: [limited(...GENERAL), allowed("webhook:read", "webhooks:{id}")] as const,
  request: { params, query: deadLetterQuery },
  responses: { 200: answered(z.array(deliveryAnswer), "A page of them."), ...refused(missing) },
});

const replayAll = createRoute({
  method: "post",
  path: "/webhooks/{id}/dead-letters/replay",
  tags,
  security,
  summary: "Try all dead letters again (Admin, Operator)",
  middleware: [limited(...GENERAL), allowed("webhook:replay", "webhooks:{id}")] as const,
  request: { params },
  responses: { 200: replayed, ...refused({ ...missing, 409: "The webhook is disabled." }) },
});

const replay = createRoute({
  method: "post",
  path: "/webhooks/{id}/dead-letters/{deliveryId}/replay",
  tags,
  security,
  summary: "Try a dead letter again (Admin, Operator)",
  middleware: [limited(...GENERAL), allowed("webhook:replay", "webhooks:{id}")] as const,
  request: { params: deliveryParams },
  responses: { 200: replayed, ...refused({ ...missing, 409: "The webhook is disabled." }) },
});

export const webhooks = room();

// Bodies are JSON, YAML or TOML, and read as the one text that they are: not through the validator.
webhooks.openapi(list, async (c) => {
  const page = pageOf(c, c.req.valid("query"), await control.listWebhooks(c.env));
  return c.json(done(page.map(webhookView)), 200);
});
webhooks.on("POST", "/webhooks", ...create.middleware, async (c) => {
  const given = await parsed(c, webhookBody);
  const webhook = await control.createWebhook(c.env, given, Date.now());
  created(c, webhook.id);
  return c.json(done(webhookSecretView(webhook)), 201);
});
webhooks.on("PUT", "/webhooks", ...configure.middleware, async (c) => {
  const given = await parsed(c, configurationBody);
  const all = await control.configureWebhooks(c.env, given, Date.now());
  return c.json(done(all.map(webhookView)), 200);
});
webhooks.openapi(get, async (c) =>
  c.json(done(webhookView(await control.getWebhook(c.env, c.req.valid("param").id))), 200),
);
webhooks.on("PUT", "/webhooks/:id", ...change.middleware, async (c) => {
  const { id } = fitting(params, c.req.param());
  const given = await parsed(c, webhookChangeBody);
  const webhook = await control.changeWebhook(c.env, id, { change: given, now: Date.now() });
  return c.json(done(webhookView(webhook)), 200);
});
webhooks.openapi(remove, async (c) => {
  await control.removeWebhook(c.env, c.req.valid("param").id);
  return c.json(done("Webhook deleted successfully"), 200);
});
webhooks.on("POST", "/webhooks/:id/rotate-secret", ...rotate.middleware, async (c) => {
  const { id } = fitting(params, c.req.param());
  const { secret = null } = await parsed(c, rotationBody);
  const webhook = await control.rotateSecret(c.env, id, { secret, now: Date.now() });
  return c.json(done(webhookSecretView(webhook)), 200);
});
for (const route of [create, configure, change, rotate]) {
  webhooks.openAPIRegistry.registerPath(route);
}
webhooks.openapi(deliveries, async (c) => {
  const { status = null, ...page } = c.req.valid("query");
  const found = await control.listDeliveries(c.env, c.req.valid("param").id, { status, ...page });
  tellPage(c, page, found.total);
  return c.json(done(found.deliveries.map(deliveryView)), 200);
});
webhooks.openapi(deadLetters, async (c) => {
  const page = c.req.valid("query");
  const { id } = c.req.valid("param");
  const found = await control.listDeliveries(c.env, id, { status: "dead", ...page });
  tellPage(c, page, found.total);
  return c.json(done(found.deliveries.map(deliveryView)), 200);
});
webhooks.openapi(replayAll, async (c) => {
  const count = await control.replayDeadLetters(c.env, c.req.valid("param").id, null);
  return c.json(done({ replayed: count }), 200);
});
webhooks.openapi(replay, async (c) => {
  const { id, deliveryId } = c.req.valid("param");
  const count = await control.replayDeadLetters(c.env, id, deliveryId);
  return c.json(done({ replayed: count }), 200);
});

function either<Schema extends z.ZodType>(schema: Schema) {
  const content = {
    "application/json": { schema },
    "application/yaml": { schema },
    "application/toml": { schema },
  };
  return { required: true, content };
}
