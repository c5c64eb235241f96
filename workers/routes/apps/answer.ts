// The shapes of the 002 document's answers, for its OpenAPI description and checked by the compiler.
import { z } from "@hono/zod-openapi";
import { APP_STATUSES } from "#domain/app/app.ts";
import { refusals } from "#http/openapi.ts";

const time = z.string().openapi({ format: "date-time" });
const status = z.enum(APP_STATUSES);

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

export const appEventsAnswer = z
  .object({
    app_name: z.string(),
    events: z.array(eventAnswer),
    total: z.int(),
    has_more: z.boolean(),
  })
  .openapi("AppEvents");

export const logsAnswer = z
  .object({
    app_name: z.string(),
    logs: z.array(
      z.object({
        timestamp: time,
        container: z.string(),
        level: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]),
        message: z.string(),
      }),
    ),
    total_lines: z.int(),
    has_more: z.boolean(),
  })
  .openapi("AppLogs");

export const eventsAnswer = z
  .object({ events: z.array(eventAnswer), total: z.int(), has_more: z.boolean() })
  .openapi("Events");

export const missing = { 404: "APP_NOT_FOUND." };

const named = { message: z.string(), app_name: z.string() };

export const registeredAnswer = z.object({ ...named, status }).openapi("AppRegistered");
export const startedAnswer = z
  .object({ ...named, replicas: z.int(), status })
  .openapi("AppStarted");
export const stoppedAnswer = z.object({ ...named, status }).openapi("AppStopped");
export const scaledAnswer = z
  .object({
    ...named,
    previous_replicas: z.int(),
    current_replicas: z.int(),
    scaling_time: z.number().openapi({ description: "Seconds." }),
  })
  .openapi("AppScaled");
export const removedAnswer = z
  .object({ ...named, containers_removed: z.int(), volumes_removed: z.int() })
  .openapi("AppRemoved");

const container = z.object({
  id: z.string(),
  name: z.string(),
  ip: z.string().nullable().openapi({ description: "The host of its node." }),
  port: z.int(),
  status: z.enum(["pending", "starting", "running", "stopping", "lost"]),
  health: z.enum(["unknown", "starting", "healthy", "unhealthy"]),
  started_at: time.nullable(),
  node: z.string().nullable(),
  version: z.string(),
});

const measured = {
  cpu_percent: z.number(),
  memory_percent: z.number(),
  rps: z.number(),
  latency_p95_ms: z.number().nullable().openapi({ description: "Null: nothing was answered." }),
};

export const appAnswer = z
  .object({
    name: z.string(),
    status,
    replicas: z.object({ current: z.int(), desired: z.int(), healthy: z.int() }),
    metrics: z.object({ ...measured, active_connections: z.int() }),
    created_at: time,
    updated_at: time,
    last_scaled_at: time.nullable(),
    containers: z.array(container),
    error: z.string().optional(),
    rollout: z
      .object({
        deployment_id: z.string(),
        image: z.string(),
        stage: z.enum(["rolling", "replacing"]),
      })
      .optional(),
  })
  .openapi("App");

export const appsAnswer = z
  .object({
    apps: z.array(
      z.object({
        name: z.string(),
        status,
        replicas: z.object({ current: z.int(), desired: z.int() }).optional(),
        image: z.string().optional(),
        created_at: time.optional(),
      }),
    ),
    total: z.int(),
    running: z.int(),
    stopped: z.int(),
    error: z.int(),
  })
  .openapi("Apps");

export const specAnswer = z.looseObject({}).openapi("AppSpec", {
  description:
    "The spec as it was given: apiVersion v1, kind App, metadata, spec, and what else it had.",
  example: {
    apiVersion: "v1",
    kind: "App",
    metadata: { name: "my-app" },
    spec: {
      type: "http",
      image: "my-app:1.0.0",
      ports: [{ containerPort: 80, protocol: "HTTP" }],
    },
  },
});

/** A body in either form, which no validator reads: its route parses it itself. */
export const specBody = {
  required: true,
  content: {
    "application/json": { schema: specAnswer },
    "application/yaml": { schema: specAnswer },
  },
};

export const updatedAnswer = z
  .object({ ...named, status, image: z.string(), deployment_id: z.string().optional() })
  .openapi("AppUpdated");

export const metricsAnswer = z
  .object({
    app_name: z.string(),
    timestamp: time,
    current: z.object({
      ...measured,
      active_connections: z.int(),
      healthy_replicas: z.int(),
      total_replicas: z.int(),
    }),
    history: z.array(z.object({ timestamp: time, ...measured })),
  })
  .openapi("AppMetrics");

const policy = z.record(z.string(), z.number().nullable());

export const scalingAnswer = z
  .object({
    app_name: z.string(),
    mode: z.enum(["auto", "manual"]),
    policy,
    last_scaling_event: z
      .object({
        timestamp: time,
        action: z.enum(["scale_out", "scale_in"]),
        from_replicas: z.int(),
        to_replicas: z.int(),
        reason: z.string(),
      })
      .nullable(),
  })
  .openapi("AppScaling");

export const scalingChangedAnswer = z
  .object({ ...named, previous_policy: policy, new_policy: policy })
  .openapi("AppScalingChanged");

export const healthAnswer = z
  .object({
    app_name: z.string(),
    overall_health: z.enum(["healthy", "degraded", "unhealthy", "unknown"]),
    healthy_replicas: z.int(),
    total_replicas: z.int(),
    containers: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        health: container.shape.health,
        last_check: time.nullable(),
        consecutive_failures: z.int(),
        response_time_ms: z.number().nullable(),
        last_error: z.string().optional(),
        restarts: z.int(),
      }),
    ),
    health_check_config: z.object({
      path: z.string(),
      port: z.int(),
      protocol: z.string(),
      period_seconds: z.number(),
      timeout_seconds: z.number(),
      failure_threshold: z.int(),
    }),
  })
  .openapi("AppHealth");

export const checkedAnswer = z
  .object({
    ...named,
    containers_checked: z.int(),
    healthy: z.int(),
    unhealthy: z.int(),
  })
  .openapi("AppChecked");
