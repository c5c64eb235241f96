// POST /api/v1/wasm/execute: the hot path. It ends in the data plane and asks nothing of the control plane.
import { createRoute } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import { execute } from "#data/execute.ts";
import { expectRoute } from "#data/routed.ts";
import type { Principal } from "#domain/role.ts";
import { allowed } from "#http/auth.ts";
import { bounded, foreseenBody } from "#http/body.ts";
import type { Context } from "#http/context.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { expectSpending, limited } from "#http/quota.ts";
import { executedAnswer, refused } from "./answer.ts";
import { permitVersion, room } from "./room.ts";
import { executeBody } from "./schema.ts";
import { executedView } from "./view.ts";

type Foreseen = HonoContext<Context>;

const BUDGET = { bucket: "execute", perMinute: 1000 } as const;

/** At the first call of somebody in an isolate: its budget and its route are asked for while its token is looked up. */
export function foreseeCall(c: Foreseen, { username }: Principal): void {
  expectSpending(c.env, username, BUDGET);
  void foreseeRoute(c);
}

async function foreseeRoute(c: Foreseen): Promise<void> {
  const body = await foreseenBody(c);
  if (typeof body !== "object" || body === null || !("moduleId" in body)) return;
  if (typeof body.moduleId === "string") expectRoute(c.env, body.moduleId);
}

const call = createRoute({
  method: "post",
  path: "/",
  tags: ["Execution"],
  security: bearer,
  summary: "Execute a function",
  middleware: [
    limited(BUDGET.bucket, BUDGET.perMinute),
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
