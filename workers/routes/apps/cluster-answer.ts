// What is told of the controllers, for OpenAPI.
import { z } from "@hono/zod-openapi";

const seconds = z.number().openapi({ description: "Seconds since 1970, with fractions." });
const memberState = z.enum(["leader", "candidate", "follower"]);
const leaderFields = { leader_id: z.string(), hostname: z.string(), api_url: z.string() };

export const clusterStatusAnswer = z
  .object({
    node_id: z.string(),
    hostname: z.string(),
    state: memberState,
    term: z.int(),
    is_leader: z.boolean(),
    leader_id: z.string().nullable(),
    cluster_size: z.int().openapi({ description: "Controllers whose heartbeat is young enough." }),
    nodes: z.array(
      z.object({
        node_id: z.string(),
        hostname: z.string(),
        state: memberState,
        is_healthy: z.boolean(),
        last_heartbeat: seconds.nullable(),
      }),
    ),
    lease: z
      .object({
        ...leaderFields,
        term: z.int(),
        acquired_at: seconds,
        expires_at: seconds,
        renewed_at: seconds,
      })
      .nullable(),
  })
  .openapi("ClusterStatus");

export const clusterLeaderAnswer = z
  .object({ ...leaderFields, term: z.int(), lease_expires_at: seconds })
  .openapi("ClusterLeader");

export const clusterHealthAnswer = z
  .object({
    status: z.enum(["healthy", "degraded"]),
    clustering: z.enum(["enabled", "disabled"]),
    node_id: z.string().optional(),
    state: memberState.optional(),
    is_leader: z.boolean().optional(),
    leader_id: z.string().nullable().optional(),
    cluster_size: z.int().optional(),
    cluster_ready: z.boolean().optional(),
    timestamp: seconds,
    version: z.string(),
  })
  .openapi("ClusterHealth");
