// POST /api/v1/wasm/execute: the hot path. It ends in the data plane and asks nothing of the control plane.
import { createRoute } from "@hono/zod-openapi";
import { execute } from "#data/execute.ts";
import { allowed } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { executedAnswer, refused } from "./answer.ts";
import { permitVersion, room } from "./room.ts";
import { executeBody } from "./schema.ts";
import { executedView } from "./view.ts";

const call = createRoute({
  method: "post",
  path: "/",
  tags: ["Execution"],
  security: bearer,
  summary: "Execute a function",
  middleware: [
    limited("execute", 1000),
    bounded(),
    allowed("function:invoke", "modules:{body.moduleId}"),
  ] as const,
  request: { body: jsonBody(executeBody) },
  responses: {
    200: answer(executedAnswer, "What the function returned, or how it failed."),
    ...refused({
      404: "No such module, no such function, or not deployed there.",
      409: "The module is Disabled.",
      503: "No healthy node, or the module's concurrency limit is reached.",
      504: "It did not answer in time.",
    }),
  },
});

export const execution = room().openapi(call, async (c) => {
  const given = c.req.valid("json");
  const executed = await execute(c.env, {
    module: given.moduleId,
    functionName: given.functionName,
    parameters: given.parameters,
    files: given.files,
    region: given.targetRegion ?? null,
    stickyKey: given.stickyKey ?? c.req.header("X-Sticky-Key") ?? null,
    timeoutSeconds: given.timeout ?? null,
    gone: c.req.raw.signal,
    permit: permitVersion(c),
  });
  return c.json(executedView(executed, Date.now()), 200);
});
