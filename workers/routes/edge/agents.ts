// /api/v1/nodes/{nodeId}: what a node's agent asks for with the node's own token. It goes beyond the document.
import { createRoute, z } from "@hono/zod-openapi";
import * as control from "#control/agents.ts";
import { Fault } from "#domain/fault.ts";
import { allowed } from "#http/auth.ts";
import { answer, bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { harnessAnswer, refused } from "./answer.ts";
import { room } from "./room.ts";
import { agentArtifactParam, agentArtifactQuery, agentHarnessParam, nodeParam } from "./schema.ts";

const tags = ["Edge: agents"];
const security = bearer;
const missing = { 404: "No such node, or it does not hold that." };

const attach = createRoute({
  method: "get",
  path: "/{nodeId}/attach",
  tags,
  security,
  summary: "Attach an agent: a WebSocket on which the node is told what to load and call",
  middleware: [limited("edge.agents.attach", 300), allowed("node:attach")] as const,
  request: { params: nodeParam },
  responses: {
    101: { description: "The socket. Its messages are told in workers/domain/agent." },
    ...refused({ ...missing, 409: "The node is out of service." }),
  },
});

const artifact = createRoute({
  method: "get",
  path: "/{nodeId}/artifacts/{moduleId}",
  tags,
  security,
  summary: "The prepared artifact of a version that the node holds or is being given",
  middleware: [limited("edge.agents.artifact", 3000), allowed("node:fetch", "nodes:{nodeId}")],
  request: { params: agentArtifactParam, query: agentArtifactQuery },
  responses: {
    200: {
      description: "It, with its own digest at its end.",
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
    ...refused(missing),
  },
});

const harness = createRoute({
  method: "get",
  path: "/{nodeId}/harness/{entry}",
  tags,
  security,
  summary: "With what a guest is run",
  middleware: [limited("edge.agents.harness", 3000), allowed("node:fetch", "nodes:{nodeId}")],
  request: { params: agentHarnessParam },
  responses: { 200: answer(harnessAnswer, "It."), ...refused(missing) },
});

export const agents = room()
  .openapi(attach, async (c) => {
    if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
      throw new Fault("VALIDATION_ERROR", "expected a WebSocket handshake: Upgrade: websocket");
    }
    // `authenticated` has read the token out of it.
    const token = c.req.header("Authorization")?.replace(/^Bearer +/i, "") ?? "";
    return control.attachAgent(c.env, c.req.valid("param").nodeId, token);
  })
  .openapi(artifact, async (c) => {
    const { nodeId, moduleId } = c.req.valid("param");
    const asked = { moduleId, isChecked: c.req.valid("query").checked };
    const bytes = await control.agentArtifact(c.env, nodeId, asked);
    return c.body(bytes, 200, { "Content-Type": "application/octet-stream" });
  })
  .openapi(harness, (c) => c.json(control.agentHarness(c.req.valid("param").entry), 200));
