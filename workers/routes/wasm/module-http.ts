// ANY /api/v1/wasm/modules/{moduleId}/http/{path}: a request straight to a module that serves HTTP, by its route.
import type { Context as HonoContext } from "hono";
import { guestRequest, serve } from "#data/serve.ts";
import { allowed } from "#http/auth.ts";
import type { Context } from "#http/context.ts";
import { bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { refused } from "./answer.ts";
import { permitVersion, room } from "./room.ts";
import { moduleHttpParam } from "./schema.ts";

/** Those that are listed; every other goes the same way. */
const METHODS = ["get", "post", "put", "patch", "delete"] as const;
const PREFIX = /^.*?\/modules\/[^/]+\/http(?=\/|$)/;

export const moduleHttp = room();

for (const method of METHODS) {
  moduleHttp.openAPIRegistry.registerPath({
    method,
    path: "/{moduleId}/http/{path}",
    tags: ["Execution"],
    security: bearer,
    summary: "Ask a module by HTTP",
    description:
      "Any method. moduleId names a version or a module; X-Target-Region names a region, X-Sticky-Key keeps a caller on a version. Authorization and cookies stay behind.",
    request: { params: moduleHttpParam },
    responses: {
      200: { description: "What the module answers, with its own status, headers and body." },
      ...refused({
        404: "No such module, or not deployed there.",
        409: "The module is Disabled.",
        502: "The module failed, or gave no HTTP response.",
        503: "No healthy node, or the module's concurrency limit is reached.",
        504: "It did not answer in time.",
      }),
    },
  });
}

const path = "/:moduleId/http/:path{.*}";
const guards = [
  limited("execute", 1000),
  allowed("function:invoke", "modules:{moduleId}"),
] as const;

async function ask(c: HonoContext<Context>): Promise<Response> {
  const [prefix = ""] = PREFIX.exec(new URL(c.req.url).pathname) ?? [];
  return serve(c.env, {
    module: c.req.param("moduleId") ?? "",
    region: c.req.header("X-Target-Region") ?? null,
    stickyKey: c.req.header("X-Sticky-Key") ?? null,
    request: await guestRequest(c.req.raw, { prefix, isOwnAuthorization: false }),
    // What Hono keeps for its own answers is lost to one that is made elsewhere.
    requestId: c.get("requestId"),
    gone: c.req.raw.signal,
    permit: permitVersion(c),
  });
}

for (const method of METHODS) moduleHttp.on(method, path, ...guards, (c) => ask(c));
moduleHttp.all(path, ...guards, (c) => ask(c));
