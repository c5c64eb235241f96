// The shapes of the 002 document's answers, for its OpenAPI description and checked by the compiler.
import { z } from "@hono/zod-openapi";
import { refusals } from "#http/openapi.ts";

const time = z.string().openapi({ format: "date-time" });

const errorAnswer = z
  .object({ error: z.string(), details: z.string(), code: z.string(), timestamp: time })
  .openapi("ErrorOfApps");

/** What any operation may answer beside what is its own. */
export function refused(statuses: Record<number, string> = {}) {
  return refusals(errorAnswer, {
    400: "The request does not fit its schema; details tells each fault.",
    401: "No token, or one that is not valid.",
    403: "The role does not allow it.",
    429: "The rate limit is used up.",
    ...statuses,
  });
}

const eventAnswer = z
  .object({
    id: z.int(),
    type: z.string(),
    event: z.string(),
    app_name: z.string().nullable(),
    message: z.string(),
    timestamp: time,
    details: z.record(z.string(), z.unknown()),
  })
  .openapi("AppEvent");

export const eventsAnswer = z
  .object({ events: z.array(eventAnswer), total: z.int(), has_more: z.boolean() })
  .openapi("Events");

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

const days = z.int().openapi({ description: "Days." });
const inSeconds = z.number().openapi({ description: "Seconds." });

export const configAnswer = z
  .object({
    version: z.string(),
    controller: z.object({ workers: z.int().openapi({ description: "Controllers." }) }),
    scaling: z.object({ default_cooldown: inSeconds }),
    health: z.object({
      default_check_interval: inSeconds,
      default_timeout: inSeconds,
      default_failure_threshold: z.int(),
    }),
    retention: z.object({ events_days: days, metrics_days: days, runs_days: days }),
    changeable: z.array(z.string()).openapi({ description: "What PUT takes, by path." }),
    revision: z.int().openapi({ description: "Grows with each change; 0 before the first." }),
    changed_at: time.nullable(),
    changed_by: z.string().nullable(),
  })
  .openapi("Configuration");
