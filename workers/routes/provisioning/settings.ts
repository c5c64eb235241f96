// /settings: the documents that submissions name.
import { createRoute, z } from "@hono/zod-openapi";
import * as control from "#control/provisioning/settings.ts";
import { allowed } from "#http/auth.ts";
import { bounded, textOf } from "#http/body.ts";
import { bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { done as answered, refused, settingsAnswer } from "./answer.ts";
import { pageOf, pageQuery } from "./page.ts";
import { parsed, room } from "./room.ts";
import { SETTINGS_NAME } from "./run-schema.ts";
import { done, iso } from "./view.ts";

const tags = ["Provisioning: settings"];
const security = bearer;
const params = z.object({
  name: z.string().regex(SETTINGS_NAME, "expected letters, digits, dots, dashes and underscores"),
});
const unfit = { 422: "The document is not as it should be; error tells where." };
const missing = { 404: "No such settings document." };
const source = { schema: z.string() };
const documents = {
  "application/json": { schema: z.looseObject({}) },
  "application/yaml": source,
  "text/plain": source,
};

const list = createRoute({
  method: "get",
  path: "/settings",
  tags,
  security,
  summary: "List settings documents",
  middleware: [limited("provisioning", 100), allowed("settings:read", "settings:*")] as const,
  request: { query: z.object(pageQuery) },
  responses: { 200: answered(z.array(settingsAnswer), "A page of them."), ...refused() },
});

const get = createRoute({
  method: "get",
  path: "/settings/{name}",
  tags,
  security,
  summary: "Get a settings document as it was put",
  middleware: [limited("provisioning", 100), allowed("settings:read", "settings:{name}")] as const,
  request: { params },
  responses: { 200: { description: "The document.", content: documents }, ...refused(missing) },
});

const put = createRoute({
  method: "put",
  path: "/settings/{name}",
  tags,
  security,
  summary: "Put a settings document, in JSON or YAML (Admin)",
  description:
    "`infra.<name>` has `servers` ({name, plan, zone}), `taskservs` (a module's name, or {name, version}) and `clusters` (a name, or {name, type, servers, taskservs}).",
  middleware: [
    limited("provisioning", 100),
    allowed("settings:change", "settings:{name}"),
    bounded(),
  ] as const,
  request: { params, body: { required: true, content: documents } },
  responses: { 200: answered(z.string(), "It is stored."), ...refused(unfit) },
});

const remove = createRoute({
  method: "delete",
  path: "/settings/{name}",
  tags,
  security,
  summary: "Delete a settings document (Admin)",
  middleware: [
    limited("provisioning", 100),
    allowed("settings:change", "settings:{name}"),
  ] as const,
  request: { params },
  responses: { 200: answered(z.string(), "It is gone."), ...refused(missing) },
});

export const settings = room();

settings.openapi(list, async (c) => {
  const all = await control.listSettings(c.env);
  const views = pageOf(c, c.req.valid("query"), all).map(
    ({ name, mediaType, updatedAt, updatedBy }) => ({
      name,
      media_type: mediaType,
      updated_at: iso(updatedAt),
      updated_by: updatedBy,
    }),
  );
  return c.json(done(views), 200);
});
settings.openapi(get, async (c) => {
  const { source: text, mediaType } = await control.getSettings(c.env, c.req.valid("param").name);
  return c.body(text, 200, { "Content-Type": mediaType });
});
// Not through the validator: the document is YAML or JSON, and is read as the one text that it is.
settings.on("PUT", "/settings/:name", ...put.middleware, async (c) => {
  const { name } = parsed(params, { name: c.req.param("name") });
  const mediaType = c.req.header("Content-Type")?.split(";")[0]?.trim() ?? "application/yaml";
  await control.putSettings(
    c.env,
    { name, source: await textOf(c), mediaType },
    c.get("principal").username,
  );
  return c.json(done("Settings stored"), 200);
});
settings.openAPIRegistry.registerPath(put);
settings.openapi(remove, async (c) => {
  await control.removeSettings(c.env, c.req.valid("param").name);
  return c.json(done("Settings deleted"), 200);
});
