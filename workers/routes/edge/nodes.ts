// /api/v1/nodes
import { createRoute } from "@hono/zod-openapi";
import * as control from "#control/nodes.ts";
import { freshNode } from "#domain/node.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import {
  doneAnswer,
  nodeAnswer,
  nodeStatusAnswer,
  nodesAnswer,
  refused,
  registeredNodeAnswer,
} from "./answer.ts";
import { room } from "./room.ts";
import { nodeBody, nodeChangeBody, nodeParam, nodeQuery, nodeStatusBody } from "./schema.ts";
import { nodeStatusView, nodeSummaryView, nodeView, paged, registeredNodeView } from "./view.ts";

const tags = ["Edge: nodes"];
const security = bearer;
const params = nodeParam;
const missing = { 404: "No such node." };

const register = createRoute({
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Register a node (Admin)",
  middleware: [
    limited("edge.nodes.register", 100),
    allowed("node:register"),
    bounded(),
    idempotent(),
  ] as const,
  request: { body: jsonBody(nodeBody) },
  responses: {
    201: answer(registeredNodeAnswer, "The node; it is active once its runner ran a guest."),
    ...refused({ 409: "A node has that name." }),
  },
});

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List nodes",
  middleware: [limited("edge.nodes.list", 300), allowed("node:read")] as const,
  request: { query: nodeQuery },
  responses: { 200: answer(nodesAnswer, "A page of nodes."), ...refused() },
});

const get = createRoute({
  method: "get",
  path: "/{nodeId}",
  tags,
  security,
  summary: "Get a node",
  middleware: [limited("edge.nodes.get", 300), allowed("node:read")] as const,
  request: { params },
  responses: { 200: answer(nodeAnswer, "The node."), ...refused(missing) },
});

const change = createRoute({
  method: "put",
  path: "/{nodeId}",
  tags,
  security,
  summary: "Change what is given of a node (Admin)",
  middleware: [limited("edge.nodes.change", 100), allowed("node:change"), bounded()] as const,
  request: { params, body: jsonBody(nodeChangeBody) },
  responses: {
    200: answer(nodeAnswer, "The node."),
    ...refused({ ...missing, 409: "Another node has that name." }),
  },
});

const report = createRoute({
  method: "put",
  path: "/{nodeId}/status",
  tags,
  security,
  summary: "Heartbeat, usage and status of a node",
  description:
    "A node's own token may do this for itself. What is said (degraded, offline) stands until something else is said. Only an Admin begins a maintenance, and ends it with a status without a heartbeat.",
  middleware: [limited("edge.nodes.status", 3000), allowed("node:beat"), bounded()] as const,
  request: { params, body: jsonBody(nodeStatusBody) },
  responses: { 200: answer(nodeStatusAnswer, "The node's status."), ...refused(missing) },
});

const remove = createRoute({
  method: "delete",
  path: "/{nodeId}",
  tags,
  security,
  summary: "Drain and delete a node (Admin)",
  middleware: [limited("edge.nodes.delete", 100), allowed("node:change")] as const,
  request: { params },
  responses: {
    200: answer(doneAnswer, "It is drained and gone."),
    ...refused({ ...missing, 409: "A deployment or a module needs it." }),
  },
});

export const nodes = room()
  .openapi(register, async (c) => {
    const { address, runtime_version: runtimeVersion, ...given } = c.req.valid("json");
    const { labels } = given;
    const node = freshNode({
      ...given,
      id: `node-${crypto.randomUUID()}`,
      hostname: address,
      region: given.region ?? place(labels, "region") ?? "default",
      zone: given.zone ?? place(labels, "zone") ?? null,
      runtimeVersion,
      registeredAt: Date.now(),
    });
    await control.registerNode(c.env, node);
    created(c, node.id);
    return c.json(registeredNodeView(node), 201);
  })
  .openapi(list, async (c) => {
    const { page, limit, status, region } = c.req.valid("query");
    const filter = { condition: status, region, limit, offset: (page - 1) * limit };
    const found = await control.listNodes(c.env, filter);
    const nodes = (await control.nodesHealth(c.env, found.nodes)).map(nodeSummaryView);
    return c.json({ nodes, ...paged(nodes, found.total, { page, limit }) }, 200);
  })
  .openapi(get, async (c) =>
    c.json(nodeView(await control.nodeHealth(c.env, c.req.valid("param").nodeId)), 200),
  )
  .openapi(change, async (c) => {
    const { nodeId } = c.req.valid("param");
    await control.changeNode(c.env, nodeId, c.req.valid("json"));
    return c.json(nodeView(await control.nodeHealth(c.env, nodeId)), 200);
  })
  .openapi(report, async (c) => {
    const told = { report: c.req.valid("json"), by: c.get("principal"), now: Date.now() };
    const health = await control.reportNode(c.env, c.req.valid("param").nodeId, told);
    return c.json(nodeStatusView(health), 200);
  })
  .openapi(remove, async (c) => {
    await control.deleteNode(c.env, c.req.valid("param").nodeId);
    return c.json({ success: true as const, message: "Node successfully removed" }, 200);
  });

/** What Kubernetes' well-known labels say, when they say something that can be a region or a zone. */
function place(labels: Readonly<Record<string, string>>, kind: "region" | "zone"): string | null {
  const said = labels[kind] ?? labels[`topology.kubernetes.io/${kind}`];
  return said !== undefined && /^[a-z0-9][a-z0-9-]{0,31}$/.test(said) ? said : null;
}
