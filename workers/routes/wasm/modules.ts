// /api/v1/wasm/modules
import { createRoute } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import * as control from "#control/modules.ts";
import { allowed, concerning } from "#http/auth.ts";
import type { Context } from "#http/context.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import {
  moduleAnswer,
  moduleInterfaceAnswer,
  modulesAnswer,
  refused,
  registeredModuleAnswer,
} from "./answer.ts";
import { room } from "./room.ts";
import { moduleBody, moduleFields, moduleParam, moduleQuery, moduleStatusBody } from "./schema.ts";
import { readUpload } from "./upload.ts";
import { UPLOAD_HEADERS } from "./upload/raw.ts";
import { receive } from "./upload/receive.ts";
import {
  moduleInterfaceView,
  moduleSummaryView,
  moduleView,
  registeredModuleView,
} from "./view.ts";

const tags = ["Modules"];
const security = bearer;

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List modules",
  middleware: [limited("modules.list", 100), allowed("module:read")] as const,
  request: { query: moduleQuery },
  responses: { 200: answer(modulesAnswer, "A page of modules."), ...refused() },
});

const get = createRoute({
  method: "get",
  path: "/{moduleId}",
  tags,
  security,
  summary: "Get a module",
  middleware: [limited("modules.get", 300), allowed("module:read")] as const,
  request: { params: moduleParam },
  responses: { 200: answer(moduleAnswer, "The module."), ...refused({ 404: "No such module." }) },
});

const getInterface = createRoute({
  method: "get",
  path: "/{moduleId}/interface",
  tags,
  security,
  summary: "Tell what a module's functions take and give, as JSON Schema and WIT",
  middleware: [limited("modules.interface", 300), allowed("module:read")] as const,
  request: { params: moduleParam },
  responses: {
    200: answer(moduleInterfaceAnswer, "What the module offers and what it imports."),
    ...refused({ 404: "No such module." }),
  },
});

const changeStatus = createRoute({
  method: "patch",
  path: "/{moduleId}",
  tags,
  security,
  summary: "Change a module's status",
  middleware: [limited("modules.status", 60), allowed("module:status"), bounded()] as const,
  request: { params: moduleParam, body: jsonBody(moduleStatusBody) },
  responses: { 200: answer(moduleAnswer, "The module."), ...refused({ 404: "No such module." }) },
});

const remove = createRoute({
  method: "delete",
  path: "/{moduleId}",
  tags,
  security,
  summary: "Delete a module (Admin)",
  middleware: [limited("modules.delete", 10), allowed("module:delete")] as const,
  request: { params: moduleParam },
  responses: {
    204: { description: "It is gone." },
    ...refused({ 404: "No such module.", 409: "It has active deployments." }),
  },
});

export const modules = room()
  .openapi(list, async (c) => {
    const filter = c.req.valid("query");
    const { modules, total } = await control.listModules(c.env, filter);
    const { limit, offset } = filter;
    return c.json({ modules: modules.map(moduleSummaryView), total, limit, offset }, 200);
  })
  .openapi(get, async (c) =>
    c.json(moduleView(await control.getModule(c.env, c.req.valid("param").moduleId)), 200),
  )
  .openapi(getInterface, async (c) => {
    const module = await control.getModule(c.env, c.req.valid("param").moduleId);
    return c.json(moduleInterfaceView(module), 200);
  })
  .openapi(changeStatus, async (c) => {
    const { moduleId } = c.req.valid("param");
    const { status } = c.req.valid("json");
    return c.json(moduleView(await control.changeModuleStatus(c.env, moduleId, status)), 200);
  })
  .openapi(remove, async (c) => {
    await control.deleteModule(c.env, c.req.valid("param").moduleId);
    return c.body(null, 204);
  });

// The body comes in three forms, which no validator reads: this route describes them and parses them itself.
modules.openAPIRegistry.registerPath({
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Register a module",
  request: {
    body: {
      required: true,
      content: {
        "application/json": { schema: moduleBody },
        "application/wasm": { schema: { type: "string", format: "binary" } },
        "multipart/form-data": { schema: moduleBody },
      },
    },
    query: moduleFields.partial(),
  },
  responses: {
    201: answer(registeredModuleAnswer, "The module as registered."),
    ...refused({ 409: "The version exists.", 413: "The binary exceeds 50 MB." }),
  },
});
modules.post(
  "/",
  limited("modules.register", 10),
  allowed("module:register"),
  receive,
  idempotent(Object.values(UPLOAD_HEADERS)),
  async (c) => {
    const received = c.get("received");
    // What the upload keeps beside what all requests have is nothing to who looks at these.
    const asked = c as unknown as HonoContext<Context>;
    await concerning(asked, "modules:{body.name}-v{body.version}", received.fields);
    const upload = await readUpload(c.env, received);
    const by = { principal: c.get("principal"), now: Date.now() };
    return c.json(registeredModuleView(await control.registerModule(c.env, upload, by)), 201);
  },
);
