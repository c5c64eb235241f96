// Health, the OpenAPI document and its browser: what belongs to no dialect.
import { OpenAPIHono, createRoute, z } from "@hono/zod-openapi";
import script from "#build/swagger-ui-bundle.js.txt";
import style from "#build/swagger-ui.css.txt";
import { systemHealth } from "#control/health.ts";
import { countsView } from "#domain/app/figures.ts";
import type { Context } from "#http/context.ts";
import { answer } from "#http/openapi.ts";
import { publicKeys } from "#stores/keyring.ts";

/** Of the API, as /openapi.json tells it. */
const VERSION = "1.0.0";

const healthAnswer = z
  .object({
    success: z.literal(true),
    data: z.string().openapi({ example: "Orchestrator is healthy" }),
    status: z.enum(["healthy", "degraded"]),
    version: z.string(),
    timestamp: z.string().openapi({ format: "date-time" }),
    uptime_seconds: z.int().openapi({ description: "Of the isolate that answers." }),
    nodes: z.object({ total: z.int(), healthy: z.int() }),
    components: z.object({
      database: z.object({ status: z.literal("healthy"), response_time_ms: z.number() }),
      docker: z
        .object({ status: z.enum(["healthy", "degraded"]), containers_running: z.int() })
        .openapi({ description: "The nodes, and the replicas of apps that run on them." }),
      nginx: z
        .object({ status: z.literal("healthy"), configs_active: z.int() })
        .openapi({ description: "The ingress, and the apps that it leads to." }),
    }),
    applications: z.object({
      total: z.int(),
      running: z.int(),
      stopped: z.int(),
      error: z.int(),
    }),
  })
  .openapi("Health");

const health = createRoute({
  method: "get",
  path: "/health",
  tags: ["Meta"],
  summary: "Whether the orchestrator answers, and how many nodes are healthy",
  responses: { 200: answer(healthAnswer, "It answers.") },
});
/** Where the 001 document has it. */
const edgeHealth = createRoute({ ...health, path: "/api/v1/health" });

const part = z.string().optional();
const publicKey = z.object({
  kty: z.string(),
  kid: z.string(),
  alg: z.string(),
  use: z.literal("sig"),
  crv: part,
  x: part,
  y: part,
  n: part,
  e: part,
});
const jwks = createRoute({
  method: "get",
  path: "/.well-known/jwks.json",
  tags: ["Meta"],
  summary: "The public keys that tokens are signed with; none where the secret is shared",
  responses: {
    200: answer(
      z.object({ keys: z.array(publicKey) }).openapi("JsonWebKeySet"),
      "A JWK set (RFC 7517).",
    ),
  },
});
/** So long a verifier may do without a key that was added. */
const JWKS_SECONDS = 300;

export const meta = new OpenAPIHono<Context>();

meta.openapi(health, async (c) => c.json(await healthOf(c.env), 200));
meta.openapi(edgeHealth, async (c) => c.json(await healthOf(c.env), 200));

meta.openapi(jwks, async (c) => {
  const keys = await publicKeys(c.env);
  return c.json({ keys }, 200, { "Cache-Control": `public, max-age=${JWKS_SECONDS}` });
});

/**
 * In the fields of all documents: a container is a replica, what runs containers are the nodes, what leads to them the
 * ingress.
 */
async function healthOf(env: Env) {
  const now = Date.now();
  const found = await systemHealth(env, now);
  const { nodes, replicas, served, apps, databaseMs, uptimeMs } = found;
  const status = found.isHealthy ? "healthy" : "degraded";
  return {
    success: true,
    data: `Orchestrator is ${status}`,
    status,
    version: VERSION,
    timestamp: new Date(now).toISOString(),
    uptime_seconds: Math.round(uptimeMs / 1000),
    nodes,
    components: {
      database: { status: "healthy", response_time_ms: databaseMs },
      docker: { status, containers_running: replicas },
      nginx: { status: "healthy", configs_active: served },
    },
    applications: countsView(apps),
  } as const;
}

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Edgeloom API</title><link rel="stylesheet" href="/docs/style.css"></head>
<body><div id="api"></div><script src="/docs/script.js"></script><script src="/docs/start.js"></script></body>
</html>`;

const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });`;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

meta.get("/docs", (c) => c.html(PAGE, 200, { "Content-Security-Policy": POLICY }));
meta.get("/docs/script.js", (c) => c.body(script, 200, { "Content-Type": "text/javascript" }));
meta.get("/docs/start.js", (c) => c.body(START, 200, { "Content-Type": "text/javascript" }));
meta.get("/docs/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css" }));
