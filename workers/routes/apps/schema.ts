// Wire → domain for the 002 document's apps: every request is parsed here, from unknown to a domain type or a fault.
import { z } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import { APP_NAME, APP_NAME_MAX } from "#domain/app/spec.ts";
import type { AppStatus } from "#domain/app/app.ts";
import type { ScalingPolicy } from "#domain/autoscale/policy.ts";
import { Fault } from "#domain/fault.ts";
import { parseSpan } from "#domain/span.ts";
import { parseYaml } from "#domain/yaml.ts";
import type { Context } from "#http/context.ts";

export const appParam = z.object({
  app_name: z.string().max(APP_NAME_MAX).regex(APP_NAME).openapi({ example: "my-app" }),
});

const timeoutSeconds = z.number().min(0).max(600);
const replicas = z.int().min(0).max(100);

export const startBody = z
  .strictObject({
    replicas: z.int().min(1).max(100).optional(),
    wait: z.boolean().default(true),
    timeout: timeoutSeconds.default(300),
  })
  .transform(({ replicas, wait, timeout }) => ({
    replicas: replicas ?? null,
    timeoutMs: wait ? 1000 * timeout : 0,
  }));

export const stopBody = z
  .strictObject({ force: z.boolean().default(false), timeout: timeoutSeconds.default(30) })
  .transform(({ force, timeout }) => ({ isForced: force, timeoutMs: 1000 * timeout }));

export const scaleBody = z
  .strictObject({
    replicas,
    wait: z.boolean().default(true),
    timeout: timeoutSeconds.default(300),
  })
  .transform(({ replicas, wait, timeout }) => ({ replicas, timeoutMs: wait ? 1000 * timeout : 0 }));

export const flag = z
  .enum(["true", "false", "1", "0"])
  .transform((text) => text === "true" || text === "1");

export const removeQuery = z.strictObject({
  force: flag.optional().openapi({ type: "boolean" }),
  keep_data: flag.optional().openapi({ type: "boolean" }),
});

/** What a filter by one of the document's three words shows. */
const STATUSES: Readonly<Record<"running" | "stopped" | "error", readonly AppStatus[]>> = {
  running: ["running", "updating", "starting"],
  stopped: ["stopped", "stopping", "registered"],
  error: ["error"],
};

export const listQuery = z
  .strictObject({
    status: z.enum(["running", "stopped", "error"]).optional(),
    format: z.enum(["json", "summary"]).default("json"),
  })
  .transform(({ status, format }) => ({
    statuses: status === undefined ? null : STATUSES[status],
    format,
  }));

/** A whole history of a week by the second would be more than anybody reads. */
const POINTS_MAX = 1_000;
const INTERVAL_MS_MAX = 7 * 86_400_000;

function span(text: string, context: z.RefinementCtx): number {
  const spanMs = parseSpan(text);
  if (spanMs !== null && spanMs >= 1_000 && spanMs <= INTERVAL_MS_MAX) return spanMs;
  const message = `expected a duration from 1s to 7d such as 5m, 1h or 1d, not ${text}`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}

export const metricsQuery = z
  .strictObject({
    history: z.coerce.number().int().min(0).max(POINTS_MAX).default(10),
    interval: z.string().default("5m").transform(span).openapi({ type: "string", example: "5m" }),
  })
  .transform(({ history, interval }) => ({ points: history, stepMs: interval }));

const amount = z.number().optional();

/** What may be changed of a policy, by the names that the document has for it. */
const POLICY_FIELDS = {
  min_replicas: "minReplicas",
  max_replicas: "maxReplicas",
  target_rps_per_replica: "targetRpsPerReplica",
  max_p95_latency_ms: "maxP95LatencyMs",
  max_cpu_percent: "maxCpuPercent",
  max_memory_percent: "maxMemoryPercent",
  max_conn_per_replica: "maxConnectionsPerReplica",
  scale_out_threshold_pct: "scaleOutThresholdPercent",
  scale_in_threshold_pct: "scaleInThresholdPercent",
  window_seconds: "windowSeconds",
  cooldown_seconds: "cooldownSeconds",
  max_scale_out_step: "maxScaleOutStep",
  max_scale_in_step: "maxScaleInStep",
} as const satisfies Readonly<Record<string, keyof ScalingPolicy>>;

type PolicyKey = keyof typeof POLICY_FIELDS;
const POLICY_KEYS = Object.keys(POLICY_FIELDS) as PolicyKey[];

export const scalingBody = z
  .strictObject({
    mode: z.enum(["auto", "manual"]).optional(),
    min_replicas: amount,
    max_replicas: amount,
    target_rps_per_replica: amount,
    max_p95_latency_ms: amount,
    max_cpu_percent: amount,
    max_memory_percent: amount,
    max_conn_per_replica: amount,
    scale_out_threshold_pct: amount,
    scale_in_threshold_pct: amount,
    window_seconds: amount,
    cooldown_seconds: amount,
    max_scale_out_step: amount,
    max_scale_in_step: amount,
  })
  .transform(({ mode, ...given }) => {
    const change = POLICY_KEYS.flatMap((key) => {
      const value = given[key];
      return value === undefined ? [] : [[POLICY_FIELDS[key], value] as const];
    });
    return { ...Object.fromEntries(change), ...(mode === undefined ? {} : { mode }) };
  });

/** The document's name of a policy's field. */
export function policyKey(field: string): string {
  return POLICY_KEYS.find((key) => POLICY_FIELDS[key] === field) ?? field;
}

export function policyView(policy: ScalingPolicy): Record<PolicyKey, number | null> {
  const entries = POLICY_KEYS.map((key) => [key, policy[POLICY_FIELDS[key]]] as const);
  // One entry for each key of POLICY_FIELDS.
  return Object.fromEntries(entries) as Record<PolicyKey, number | null>;
}

const YAML_TYPES: ReadonlySet<string> = new Set([
  "application/yaml",
  "application/x-yaml",
  "text/yaml",
  "text/x-yaml",
]);

/** A spec as it was sent: JSON or YAML by its Content-Type. */
export async function readSpec(c: HonoContext<Context>): Promise<unknown> {
  const [type = ""] = (c.req.header("Content-Type") ?? "").toLowerCase().split(";");
  const text = await c.req.text();
  if (type.trim() === "application/json") {
    try {
      return JSON.parse(text);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw unreadable(`The body is no JSON: ${reason}`);
    }
  }
  if (!YAML_TYPES.has(type.trim())) {
    const message = `Content-Type must be application/json or application/yaml, not ${type || "none"}.`;
    throw new Fault("UNSUPPORTED_MEDIA_TYPE", message);
  }
  const parsed = parseYaml(text);
  if (!parsed.ok) throw unreadable(`The body is no YAML: ${parsed.fault}`);
  return parsed.value;
}

function unreadable(details: string): Fault {
  return new Fault("INVALID_SPEC", details);
}
