// The shapes of the 001 document's answers, for its OpenAPI description and checked by the compiler.
import { z } from "@hono/zod-openapi";
import { refusals } from "#http/openapi.ts";

const time = z.string().openapi({ format: "date-time" });
const status = z.enum(["registered", "active", "degraded", "offline", "maintenance"]);
const points = z.array(z.object({ timestamp: time, value: z.number() }));

const errorAnswer = z
  .object({
    error: z.literal(true),
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.string()),
  })
  .openapi("ErrorOfEdge");

/** What any operation may answer beside what is its own. */
export function refused(statuses: Record<number, string> = {}) {
  return refusals(errorAnswer, {
    400: "The request does not fit its schema; details tells each field's fault.",
    401: "No token, or one that is not valid.",
    403: "The role does not allow it.",
    429: "The rate limit is used up.",
    ...statuses,
  });
}

export const doneAnswer = z
  .object({ success: z.literal(true), message: z.string() })
  .openapi("EdgeDone");

export const registeredNodeAnswer = z
  .object({ id: z.string(), name: z.string(), address: z.string(), status, registered_at: time })
  .openapi("EdgeRegisteredNode");

const nodeSummary = z
  .object({
    id: z.string(),
    name: z.string(),
    address: z.string(),
    status,
    last_heartbeat: time.nullable(),
  })
  .openapi("EdgeNodeSummary");

export const nodesAnswer = z
  .object({
    nodes: z.array(nodeSummary),
    items: z.array(nodeSummary),
    pagination: z.object({ total: z.int(), page: z.int(), limit: z.int(), pages: z.int() }),
  })
  .openapi("EdgeNodes");

export const nodeAnswer = nodeSummary
  .extend({
    capabilities: z.array(z.string()),
    resources: z.record(z.string(), z.string()),
    resources_usage: z.record(z.string(), z.string()).nullable(),
    labels: z.record(z.string(), z.string()),
    region: z.string(),
    zone: z.string().nullable(),
    runtime: z.string(),
    runtime_version: z.string().nullable(),
    registered_at: time,
  })
  .openapi("EdgeNode");

export const nodeStatusAnswer = nodeSummary.omit({ address: true }).openapi("EdgeNodeStatus");

export const recordedAnswer = z
  .object({ success: z.literal(true), recorded_at: time })
  .openapi("EdgeRecorded");

const asked = { timeframe: z.string(), resolution: z.string() };

export const nodeMetricsAnswer = z
  .object({
    node_id: z.string(),
    node_name: z.string(),
    ...asked,
    metrics: z.object({
      cpu_usage: points,
      memory_usage: points,
      disk_usage: points,
      network_rx_bytes: points,
      network_tx_bytes: points,
    }),
  })
  .openapi("EdgeNodeMetrics");

export const metricsAnswer = z
  .object({
    ...asked,
    nodes_count: z.int(),
    aggregated: z.object({ cpu_usage_avg: points, memory_usage_avg: points }),
    nodes: z.record(
      z.string(),
      z.object({
        name: z.string(),
        cpu_usage_avg: z.number().nullable(),
        memory_usage_avg: z.number().nullable(),
      }),
    ),
    timestamp: time,
    system: z.object({
      cpu_percent: z.number().nullable(),
      memory_used_gb: z.number().nullable(),
      memory_total_gb: z.number().nullable(),
      disk_used_gb: z.number().nullable(),
      disk_total_gb: z.number().nullable(),
      containers_running: z.int(),
      containers_total: z.int(),
    }),
    applications: z.array(
      z.object({
        name: z.string(),
        cpu_percent: z.number(),
        memory_mb: z.number(),
        replicas: z.int(),
        rps: z.number(),
      }),
    ),
    network: z.object({
      requests_per_second: z.number().openapi({ description: "Of apps." }),
      total_requests: z.int(),
      error_rate_percent: z.number(),
      avg_response_time_ms: z.number().openapi({ description: "Of apps." }),
    }),
  })
  .openapi("EdgeMetrics");

export const tokenAnswer = z.object({ token: z.string(), expires_at: time }).openapi("EdgeToken");

export const verdictAnswer = z
  .object({
    valid: z.boolean(),
    node_id: z.string().nullable(),
    expires_at: time.nullable(),
    reason: z.string().optional(),
  })
  .openapi("EdgeTokenVerdict");

export const harnessAnswer = z
  .object({ name: z.string(), source: z.string(), digest: z.string(), yielder: z.string() })
  .openapi("EdgeHarness");
