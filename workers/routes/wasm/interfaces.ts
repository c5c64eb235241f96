// /api/v1/wasm/interfaces. An id holds a slash (`wasi:custom/image-processing@0.1.0`): it comes as one
// percent-encoded segment or as the two it looks like.
import { createRoute, z } from "@hono/zod-openapi";
import * as control from "#control/interfaces.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import {
  interfaceAnswer,
  interfacesAnswer,
  refused,
  registeredInterfaceAnswer,
  validationAnswer,
} from "./answer.ts";
import { room } from "./room.ts";
import { interfaceBody, interfaceQuery, reasonBody } from "./schema.ts";
import { interfaceView, registeredInterfaceView } from "./view.ts";

const tags = ["Interfaces"];
const security = bearer;
const missing = { 404: "No such interface." };
const misplaced = { ...missing, 409: "It does not apply in the interface's status." };

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List interfaces",
  middleware: [limited("interfaces.list", 300), allowed("interface:read")] as const,
  request: { query: interfaceQuery },
  responses: { 200: answer(interfacesAnswer, "A page of interfaces."), ...refused() },
});

const register = createRoute({
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Register an interface",
  middleware: [
    limited("interfaces.register", 10),
    allowed("interface:register"),
    bounded(),
    idempotent(),
  ] as const,
  request: { body: jsonBody(interfaceBody) },
  responses: {
    201: answer(registeredInterfaceAnswer, "The interface, a draft."),
    ...refused({ 409: "The version exists." }),
  },
});

export const interfaces = room()
  .openapi(list, async (c) => {
    const filter = c.req.valid("query");
    const page = await control.listInterfaces(c.env, filter);
    const now = Date.now();
    const views = page.interfaces.map((given) => interfaceView(given, now));
    const { limit, offset } = filter;
    return c.json({ interfaces: views, total: page.total, limit, offset }, 200);
  })
  .openapi(register, async (c) => {
    const by = { principal: c.get("principal"), now: Date.now() };
    const given = await control.registerInterface(c.env, c.req.valid("json"), by);
    created(c, given.id);
    return c.json(registeredInterfaceView(given, by.now), 201);
  });

/** Both spellings of an id in a path, and how to read the id back from each. */
const SPELLINGS = [
  {
    path: "/{interfaceId}",
    params: z.object({ interfaceId: z.string(), version: z.string().optional() }),
    hidden: false,
  },
  {
    path: "/{interfaceId}/{version}",
    params: z.object({ interfaceId: z.string(), version: z.string() }),
    hidden: true,
  },
] as const;

function idOf(given: { interfaceId: string; version?: string | undefined }): string {
  return given.version === undefined ? given.interfaceId : `${given.interfaceId}/${given.version}`;
}

for (const { path, params, hidden } of SPELLINGS) {
  const hide = hidden;
  const get = createRoute({
    method: "get",
    path,
    tags,
    security,
    hide,
    summary: "Get an interface",
    middleware: [limited("interfaces.get", 300), allowed("interface:read")] as const,
    request: { params },
    responses: { 200: answer(interfaceAnswer, "The interface."), ...refused(missing) },
  });
  const remove = createRoute({
    method: "delete",
    path,
    tags,
    security,
    hide,
    summary: "Delete an interface (Admin)",
    middleware: [limited("interfaces.delete", 10), allowed("interface:delete")] as const,
    request: { params },
    responses: { 204: { description: "It is gone." }, ...refused(misplaced) },
  });
  const validate = createRoute({
    method: "post",
    path: `${path}/validate`,
    tags,
    security,
    hide,
    summary: "Parse an interface and compare it with the version before",
    middleware: [limited("interfaces.validate", 60), allowed("interface:read")] as const,
    request: { params },
    responses: { 200: answer(validationAnswer, "What was found."), ...refused(missing) },
  });
  interfaces
    .openapi(validate, async (c) => {
      const found = await control.validateInterface(c.env, idOf(c.req.valid("param")));
      return c.json({ ...found, errors: [...found.errors], breaks: [...found.breaks] }, 200);
    })
    .openapi(get, async (c) => {
      const given = await control.getInterface(c.env, idOf(c.req.valid("param")));
      return c.json(interfaceView(given, Date.now()), 200);
    })
    .openapi(remove, async (c) => {
      await control.deleteInterface(c.env, idOf(c.req.valid("param")));
      return c.body(null, 204);
    });
  for (const verb of ["submit", "approve", "reject", "deprecate"] as const) {
    const action = verb === "submit" ? "interface:submit" : "interface:approve";
    const decide = createRoute({
      method: "post",
      path: `${path}/${verb}`,
      tags,
      security,
      hide,
      summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} an interface`,
      middleware: [
        limited(`interfaces.${verb}`, 60),
        allowed(action),
        bounded(),
        idempotent(),
      ] as const,
      request: { params, body: { ...jsonBody(reasonBody), required: false } },
      responses: { 200: answer(interfaceAnswer, "The interface."), ...refused(misplaced) },
    });
    interfaces.openapi(decide, async (c) => {
      const reason = c.req.valid("json")?.reason ?? null;
      const by = { verb, principal: c.get("principal"), reason, now: Date.now() };
      const given = await control.decideInterface(c.env, idOf(c.req.valid("param")), by);
      return c.json(interfaceView(given, by.now), 200);
    });
  }
}
