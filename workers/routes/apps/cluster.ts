// /cluster: which controllers there are and which of them leads. Each has a URL of its own under /cluster/controllers,
// where a write is sent on to the leader; at the deployment's URL every request is answered, whoever leads.
import { createRoute } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import { getCluster } from "#control/cluster.ts";
import type { Cluster } from "#domain/cluster.ts";
import { Fault } from "#domain/fault.ts";
import { allowed, authenticated } from "#http/auth.ts";
import type { Context } from "#http/context.ts";
import { answer, bearer } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { refused } from "./answer.ts";
import { clusterHealthAnswer, clusterLeaderAnswer, clusterStatusAnswer } from "./cluster-answer.ts";
import {
  aloneHealth,
  clusterHealth,
  clusterLeader,
  clusterStatus,
  controllerUrl,
} from "./cluster-view.ts";
import { errorResponse } from "./error.ts";
import { room } from "./room.ts";

const tags = ["Apps: cluster"];
const security = bearer;
const middleware = [
  authenticated(),
  limited("apps.cluster", 100),
  allowed("cluster:read", "cluster:*"),
];
const notReady = { 503: "Nobody leads." };
const alone = { 404: "The deployment names no controllers." };

const status = createRoute({
  method: "get",
  path: "/cluster/status",
  tags,
  security,
  middleware,
  summary: "All controllers, and the lease that says who leads",
  responses: { 200: answer(clusterStatusAnswer, "The cluster."), ...refused(alone) },
});

const leader = createRoute({
  method: "get",
  path: "/cluster/leader",
  tags,
  security,
  middleware,
  summary: "The controller that leads",
  responses: {
    200: answer(clusterLeaderAnswer, "It leads."),
    ...refused({ ...alone, ...notReady }),
  },
});

const health = createRoute({
  method: "get",
  path: "/cluster/health",
  tags,
  security,
  middleware,
  summary: "Whether somebody leads and most controllers are well",
  responses: {
    200: answer(clusterHealthAnswer, "Somebody leads, or clustering is disabled."),
    ...refused(),
    503: answer(clusterHealthAnswer, "Nobody leads."),
  },
});

type Place = { readonly origin: string; readonly controllerId: string | null };

export const cluster = room();
cluster.onError(errorResponse);

cluster
  .openapi(status, async (c) => c.json(clusterStatus(await joined(c.env), placeOf(c)), 200))
  .openapi(leader, async (c) => c.json(clusterLeader(await joined(c.env), placeOf(c)), 200))
  .openapi(health, async (c) => {
    const found = await getCluster(c.env);
    const now = Date.now();
    if (found === null) return c.json(aloneHealth(now), 200);
    return c.json(clusterHealth(found, placeOf(c), now), found.lease === null ? 503 : 200);
  });

const CONTROLLER = /^\/cluster\/controllers\/([^/]+)(\/.*)?$/;
const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** What is addressed to one controller: read there, written at the leader. `serve` answers what stands behind its URL. */
export function controllers(
  serve: (request: Request, c: HonoContext<Context>) => Promise<Response>,
) {
  const addressed = room();
  addressed.onError(errorResponse);
  addressed.all("/cluster/controllers/*", limited("apps.controllers", 1000), async (c) => {
    const url = new URL(c.req.url);
    const [, id = "", path = "/"] = CONTROLLER.exec(url.pathname) ?? [];
    const found = await joined(c.env);
    if (!found.members.some((member) => member.id === id)) {
      const ids = found.members.map((member) => member.id).join(", ");
      throw new Fault("NOT_FOUND", `There is no controller ${id}; there are ${ids}.`);
    }
    if (CONTROLLER.test(path)) throw new Fault("NOT_FOUND", "A controller has no controllers.");
    if (!READS.has(c.req.method)) {
      const redirect = elsewhere(found, { origin: url.origin, controllerId: id });
      if (redirect !== null) {
        c.header("Location", `${redirect}${path}${url.search}`);
        throw new Fault("NOT_LEADER", `Request must be sent to leader node: ${redirect}`);
      }
    }
    const inner = new URL(`${path}${url.search}`, url.origin);
    const isAboutItself = path.startsWith("/cluster/");
    if (isAboutItself) inner.searchParams.set(CONTROLLER_KEY, id);
    return serve(new Request(inner, c.req.raw), c);
  });
  return addressed;
}

/** How a controller's own view of the cluster is asked for. */
const CONTROLLER_KEY = "controller";

/** The leader's URL, when it is another controller. */
function elsewhere({ lease }: Cluster, { origin, controllerId }: Place): string | null {
  if (lease === null) {
    throw new Fault("CLUSTER_NOT_READY", "No leader elected, cluster not ready");
  }
  return lease.leaderId === controllerId ? null : controllerUrl(origin, lease.leaderId);
}

async function joined(env: Env): Promise<Cluster> {
  const found = await getCluster(env);
  if (found === null) {
    const message = "Clustering is disabled: CLUSTER_CONTROLLERS names no controllers.";
    throw new Fault("NOT_FOUND", message);
  }
  return found;
}

function placeOf(c: HonoContext<Context>): Place {
  const url = new URL(c.req.url);
  return { origin: url.origin, controllerId: url.searchParams.get(CONTROLLER_KEY) };
}
