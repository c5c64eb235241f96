// The table of contents of the program: what every request passes, and which room answers which path.
import { OpenAPIHono } from "@hono/zod-openapi";
import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import { requestId } from "hono/request-id";
import { Fault } from "#domain/fault.ts";
import { authenticated } from "#http/auth.ts";
import type { Context } from "#http/context.ts";
import { API_VERSION, describeBodyRefusals } from "#http/openapi.ts";
import { permissionsIn } from "#http/permission.ts";
import { limited } from "#http/quota.ts";
import { apps } from "#routes/apps/index.ts";
import { cluster, controllers } from "#routes/apps/cluster.ts";
import { edge } from "#routes/edge/index.ts";
import { hosts, ingress, isVisit } from "#routes/ingress/index.ts";
import { meta } from "#routes/meta/index.ts";
import { provisioning } from "#routes/provisioning/index.ts";
import { wadm } from "#routes/wadm/index.ts";
import { execution, foreseeCall } from "#routes/wasm/execute.ts";
import { wasm } from "#routes/wasm/index.ts";
import { errorResponse } from "#routes/wasm/view.ts";

const CALLS = "/api/v1/wasm/execute";
/** No URL's path begins earlier: `http://` and a host. */
const ORIGIN_LEAST = 8;

const app = new OpenAPIHono<Context>();

// Not a ULID: its generator asks the platform for random bytes sixteen times, one in twenty parts of a warm call.
const identified = requestId({ generator: () => `req-${crypto.randomUUID()}` });
app.use(identified);
app.route("/api/v1", wasm);
app.route("/api/v1", edge);
app.route("/", wadm);
app.route("/api/v1", apps);
app.route("/", cluster);
app.route(
  "/",
  controllers(async (request, c) => app.fetch(request, c.env, c.executionCtx)),
);
app.route("/", provisioning);
app.route("/", ingress);
app.route("/", meta);
// What no dialect answered is counted too, before it is told that there is nothing.
app.use("/api/v1/*", limited("unknown", 300));
app.onError(errorResponse);
app.notFound(missing);

/** What apps are asked passes nothing else of the program: each part that it would only be led past costs it time. */
const visits = new Hono<Context>();
visits.use(identified, hosts);
visits.route("/", ingress);
visits.onError(errorResponse);
visits.notFound(missing);

/** Nor do calls of functions. */
const calls = new Hono<Context>();
calls.use(identified, authenticated(foreseeCall));
calls.route(CALLS, execution);
calls.onError(errorResponse);
calls.notFound(missing);

export function fetch(request: Request, env: Env, context: ExecutionContext) {
  return wayOf(request, env).fetch(request, env, context);
}

function wayOf(request: Request, env: Env): Pick<Hono<Context>, "fetch"> {
  if (isVisit(request, env)) return visits;
  const { method, url } = request;
  return method === "POST" && url.slice(url.indexOf("/", ORIGIN_LEAST)) === CALLS ? calls : app;
}

function missing(c: HonoContext<Context>): Response {
  const message = `There is no ${c.req.method} ${c.req.path}; /docs lists what there is.`;
  return errorResponse(new Fault("NOT_FOUND", message), c);
}

app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
});
app.get("/openapi.json", (c) => c.json(described()));

/** Each operation tells which action on which resource it is: what policies and the ledger name it by. */
function described() {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Edgeloom",
      version: API_VERSION,
      description: "An edge-native orchestrator for WebAssembly.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
  });
  const permissions = permissionsIn(app);
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) {
      describeBodyRefusals(operation);
      const permission = permissions.get(`${method.toUpperCase()} ${path}`);
      if (permission === undefined) continue;
      const { action, resource } = permission;
      Object.assign(operation, { "x-action": action, "x-resource": resource });
    }
  }
  return document;
}
