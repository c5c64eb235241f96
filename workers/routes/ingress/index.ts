// ANY /run/{app}/{path}, and the hosts that apps have: the public's way to an app. Nobody is asked for a token here:
// what the caller's Authorization and cookies mean is the app's own matter.
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import { createMiddleware } from "hono/factory";
import { appAt, visit } from "#data/ingress.ts";
import { guestRequest } from "#data/serve.ts";
import { isAppHost } from "#domain/app/hosts.ts";
import { parseEndpointKey } from "#domain/endpoint-key.ts";
import { Fault } from "#domain/fault.ts";
import type { Context } from "#http/context.ts";
import { refusals } from "#http/openapi.ts";
import { limited, spend } from "#http/quota.ts";

/** Those that are listed; every other goes the same way. */
const METHODS = ["get", "post", "put", "patch", "delete"] as const;
const VISITS_PER_MINUTE = 6_000;
const VISIT = /^https?:\/\/[^/]+\/run\//;
const PREFIX = /^\/run\/[^/]+/;

const refusal = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      details: z.array(z.string()),
      timestamp: z.string().openapi({ format: "date-time" }),
      requestId: z.string(),
      retryAfter: z.int().optional(),
    }),
  })
  .openapi("ErrorOfIngress");

export const ingress = new OpenAPIHono<Context>();

for (const method of METHODS) {
  ingress.openAPIRegistry.registerPath({
    method,
    path: "/run/{app}/{path}",
    tags: ["Ingress"],
    summary: "Ask an app by HTTP",
    description:
      "Any method, without a token of ours: Authorization and cookies reach the app. X-Sticky-Key keeps a caller on an instance.",
    request: { params: z.object({ app: z.string(), path: z.string() }) },
    responses: {
      200: { description: "What the app answers, with its own status, headers and body." },
      ...refusals(refusal, {
        404: "There is no such app.",
        413: "The body is too large.",
        429: "The caller's address has asked too often.",
        431: "The headers are too large.",
        502: "The app failed, or gave no HTTP response.",
        503: "No instance can be called; the message says why.",
        504: "It did not answer in time.",
      }),
    },
  });
}

async function ask(
  c: HonoContext<Context>,
  { app, prefix }: { app: string; prefix: string },
): Promise<Response> {
  return visit(c.env, {
    app,
    stickyKey: c.req.header("X-Sticky-Key") ?? null,
    request: await guestRequest(c.req.raw, { prefix, isOwnAuthorization: true }),
    // What Hono keeps for its own answers is lost to one that is made elsewhere.
    requestId: c.get("requestId"),
    gone: c.req.raw.signal,
  });
}

function byPath(c: HonoContext<Context>): Promise<Response> {
  const [prefix = ""] = PREFIX.exec(new URL(c.req.url).pathname) ?? [];
  return ask(c, { app: nameOf(c.req.param("app") ?? ""), prefix });
}

/** A component's own key is for what is inside. */
function nameOf(app: string): string {
  if (parseEndpointKey(app).type !== "component") return app;
  throw new Fault("APP_NOT_FOUND", `There is no app ${app}.`);
}

// With a pattern for the rest of the path Hono would fall back to its slower router. This matches without a rest too.
ingress.all("/run/:app/*", limited("ingress", VISITS_PER_MINUTE), byPath);

/** Whether a request is for an app. */
export function isVisit({ url }: Request, { APP_HOSTS }: Env): boolean {
  return VISIT.test(url) || (APP_HOSTS !== "" && isAppHost(APP_HOSTS, new URL(url).hostname));
}

/** All requests to the hosts of apps, whatever path they name. */
export const hosts = createMiddleware<Context>(async function hosts(c, next) {
  const { APP_HOSTS } = c.env;
  // Most installations have none.
  if (APP_HOSTS === "") return next();
  const { hostname } = new URL(c.req.url);
  if (!isAppHost(APP_HOSTS, hostname)) return next();
  await spend(c, "ingress", VISITS_PER_MINUTE);
  const app = await appAt(c.env, hostname);
  if (app === null) throw new Fault("APP_NOT_FOUND", `There is no app at ${hostname}.`);
  c.res = await ask(c, { app, prefix: "" });
  return undefined;
});
