// /api/v1/wasm/nodes
import { createRoute } from "@hono/zod-openapi";
import * as control from "#control/nodes.ts";
import { freshNode } from "#domain/node.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import {
  nodeAnswer,
  nodeHealthAnswer,
  nodesAnswer,
  refused,
  registeredNodeAnswer,
} from "./answer.ts";
import { room } from "./room.ts";
import { nodeBody, nodeChangeBody, nodeParam, nodeQuery } from "./schema.ts";
import { nodeHealthView, nodeView, registeredNodeView } from "./view.ts";

const tags = ["Edge nodes"];
const security = bearer;
const params = nodeParam;
const missing = { 404: "No such node." };

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List nodes",
  middleware: [limited("nodes.list", 300), allowed("node:read")] as const,
  request: { query: nodeQuery },
  responses: { 200: answer(nodesAnswer, "A page of nodes."), ...refused() },
});

const register = createRoute({
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Register a node (Admin)",
  middleware: [
    limited("nodes.register", 10),
    allowed("node:register"),
    bounded(),
    idempotent(),
  ] as const,
  request: { body: jsonBody(nodeBody) },
  responses: {
    201: answer(registeredNodeAnswer, "The node, probed."),
    ...refused({ 409: "The node exists." }),
  },
});

const get = createRoute({
  method: "get",
  path: "/{nodeId}",
  tags,
  security,
  summary: "Get a node",
  middleware: [limited("nodes.get", 300), allowed("node:read")] as const,
  request: { params },
  responses: { 200: answer(nodeAnswer, "The node."), ...refused(missing) },
});

const change = createRoute({
  method: "put",
  path: "/{nodeId}",
  tags,
  security,
  summary: "Enable or disable a node (Admin)",
  middleware: [limited("nodes.change", 60), allowed("node:change"), bounded()] as const,
  request: { params, body: jsonBody(nodeChangeBody) },
  responses: { 200: answer(nodeAnswer, "The node."), ...refused(missing) },
});

const remove = createRoute({
  method: "delete",
  path: "/{nodeId}",
  tags,
  security,
  summary: "Drain and delete a node (Admin)",
  middleware: [limited("nodes.delete", 10), allowed("node:change")] as const,
  request: { params },
  responses: {
    204: { description: "It is drained and gone." },
    ...refused({ ...missing, 409: "A deployment or a module needs it." }),
  },
});

const health = createRoute({
  method: "get",
  path: "/{nodeId}/health",
  tags,
  security,
  summary: "Get a node's health",
  middleware: [limited("nodes.health", 300), allowed("node:read")] as const,
  request: { params },
  responses: { 200: answer(nodeHealthAnswer, "What it last measured."), ...refused(missing) },
});

export const nodes = room()
  .openapi(list, async (c) => {
    const filter = c.req.valid("query");
    const page = await control.listNodes(c.env, filter);
    const { limit, offset } = filter;
    return c.json({ nodes: page.nodes.map(nodeView), total: page.total, limit, offset }, 200);
  })
  .openapi(register, async (c) => {
    const { nodeId, ...given } = c.req.valid("json");
    const node = await control.registerNode(
      c.env,
      freshNode({ ...given, id: nodeId, registeredAt: Date.now() }),
    );
    created(c, node.id);
    return c.json(registeredNodeView(node), 201);
  })
  .openapi(get, async (c) =>
    c.json(nodeView(await control.getNode(c.env, c.req.valid("param").nodeId)), 200),
  )
  .openapi(change, async (c) => {
    const { nodeId } = c.req.valid("param");
    const { isEnabled } = c.req.valid("json");
    return c.json(nodeView(await control.enableNode(c.env, nodeId, isEnabled)), 200);
  })
  .openapi(remove, async (c) => {
    await control.deleteNode(c.env, c.req.valid("param").nodeId);
    return c.body(null, 204);
  })
  .openapi(health, async (c) => {
    const found = await control.nodeHealth(c.env, c.req.valid("param").nodeId);
    return c.json(nodeHealthView(found, Date.now()), 200);
  });
