// Wire → domain for the 001 document: every request is parsed here, from unknown to a domain type or a fault.
import { z } from "@hono/zod-openapi";
import { NODE_ID, REGION } from "#domain/node.ts";
import type { NodeMetric } from "#domain/node-metric.ts";
import { METRIC_RETENTION_MS } from "#domain/node-metric.ts";
import { parseSpan } from "#domain/span.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY = /^\d+(?:\.\d+)?(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d{1,3})?$/;
const POINTS_MAX = 11_000;
const TOKEN_MS_MAX = 365 * 86_400_000;
const TOKEN_MS_MIN = 1_000;

export const nodeParam = z.object({ nodeId: z.string() });

export const agentArtifactParam = nodeParam.extend({ moduleId: z.string() });
export const agentHarnessParam = nodeParam.extend({ entry: z.enum(["core", "component"]) });
/** `checked`: looked at before it is sent, and made anew where it is harmed. */
export const agentArtifactQuery = z.strictObject({ checked: z.stringbool().default(false) });

const word = z.string().min(1).max(63);
const region = z.string().regex(REGION, "expected a region name such as us-east");
const quantity = z
  .string()
  .max(32)
  .regex(QUANTITY, "expected a Kubernetes quantity such as 500m, 4 or 8Gi");
const node = {
  name: z
    .string()
    .regex(NODE_ID, "expected up to 63 letters, digits, dots, dashes and underscores"),
  address: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[\w.:[\]-]+$/, "expected a host name or an IP address"),
  zone: z.string().max(64).nullable(),
  capabilities: z.array(word).max(64),
  resources: z.record(word, quantity),
  labels: z.record(z.string().min(1).max(317), z.string().max(63)),
};

/** Beyond the document: region, zone, runtime and runtimeVersion. */
export const nodeBody = z.strictObject({
  ...node,
  zone: node.zone.optional(),
  capabilities: node.capabilities.default([]),
  resources: node.resources.default({}),
  labels: node.labels.default({}),
  region: region.optional().openapi({
    description: "Else the label region or topology.kubernetes.io/region, else `default`.",
  }),
  runtime: z.string().max(64).default("workerd"),
  runtime_version: z.string().max(64).nullable().default(null),
});

export const nodeChangeBody = z
  .strictObject(node)
  .partial()
  .transform(({ address, ...rest }) => {
    // zod's optional keys are absent or undefined: drizzle leaves both as they are.
    const given = { ...rest, hostname: address };
    return Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<Omit<z.infer<z.ZodObject<typeof node>>, "address"> & { hostname: string }>;
  });

const pageQuery = {
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  limit: z.coerce.number().int().min(1).max(100).default(20),
};

export const nodeQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(["registered", "active", "degraded", "offline", "maintenance"]).optional(),
  region: region.optional(),
});

export const nodeStatusBody = z
  .strictObject({
    status: z.enum(["active", "online", "degraded", "offline", "maintenance"]).default("active"),
    heartbeat: z.boolean().default(false),
    resources: z
      .strictObject({
        cpu_usage: quantity.optional(),
        memory_usage: quantity.optional(),
        storage_usage: quantity.optional(),
      })
      .optional(),
  })
  .transform(({ status, heartbeat, resources }) => ({
    status: status === "online" ? ("active" as const) : status,
    isBeat: heartbeat,
    usage:
      resources === undefined
        ? null
        : Object.fromEntries(
            Object.entries(resources).flatMap(([name, value]) =>
              value === undefined ? [] : [[name, value]],
            ),
          ),
  }));

const amount = z.number().min(0).max(1e15);

/** Percent of the whole machine; memory and disk in GB, a container's memory in MB. */
export const metricBody = z
  .strictObject({
    timestamp: z.iso.datetime({ offset: true }).optional(),
    samples: z.int().min(1).max(1_000_000).default(1),
    cpu_usage: z.number().min(0).max(100).optional(),
    memory_usage: amount.optional(),
    memory_total: amount.optional(),
    disk_usage: amount.optional(),
    disk_total: amount.optional(),
    network: z.strictObject({ rx_bytes: amount, tx_bytes: amount }).partial().optional(),
    containers: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(253),
          cpu_usage: amount.optional(),
          memory_usage: amount.optional(),
        }),
      )
      .max(256)
      .default([]),
  })
  .superRefine((given, context) => {
    for (const kind of ["memory", "disk"] as const) {
      const { [`${kind}_usage` as const]: used, [`${kind}_total` as const]: total } = given;
      if (used === undefined || total === undefined || used <= total) continue;
      const message = `expected at most ${kind}_total, which is ${total}`;
      context.addIssue({ code: "custom", path: [`${kind}_usage`], message });
    }
    const { cpu_usage, memory_usage, disk_usage, network, containers } = given;
    const measured = [cpu_usage, memory_usage, disk_usage, network];
    if (measured.every((value) => value === undefined) && containers.length === 0)
      context.addIssue({ code: "custom", path: [], message: "expected at least one measurement" });
  });

export function metricOf(
  nodeId: string,
  given: z.infer<typeof metricBody>,
  now: number,
): NodeMetric {
  return {
    nodeId,
    at: given.timestamp === undefined ? now : Date.parse(given.timestamp),
    samples: given.samples,
    cpuUsage: given.cpu_usage ?? null,
    memoryUsage: given.memory_usage ?? null,
    memoryTotal: given.memory_total ?? null,
    diskUsage: given.disk_usage ?? null,
    diskTotal: given.disk_total ?? null,
    rxBytes: given.network?.rx_bytes ?? null,
    txBytes: given.network?.tx_bytes ?? null,
    containers: given.containers,
  };
}

const DAY_MS = 86_400_000;

export const metricQuery = z
  .strictObject({
    timeframe: z.string().default("1h").openapi({ example: "1h" }),
    resolution: z.string().optional().openapi({ example: "5m" }),
  })
  .transform((given, context) => {
    const refuse = (path: string, message: string): typeof z.NEVER => {
      context.addIssue({ code: "custom", path: [path], message });
      return z.NEVER;
    };
    const { timeframe } = given;
    const spanMs = parseSpan(timeframe);
    if (spanMs === null || spanMs < 1_000)
      return refuse("timeframe", "expected a duration of a second or more, such as 1h, 24h or 7d");
    if (spanMs > METRIC_RETENTION_MS)
      return refuse("timeframe", "expected at most 7d: metrics are kept no longer");
    const resolution = given.resolution ?? (spanMs > DAY_MS ? "1h" : "5m");
    const stepMs = parseSpan(resolution);
    if (stepMs === null || stepMs < 1_000)
      return refuse("resolution", "expected a duration of a second or more, such as 1m, 5m or 1h");
    if (spanMs / stepMs > POINTS_MAX)
      return refuse("resolution", `expected at most ${POINTS_MAX} points in ${timeframe}`);
    return { timeframe, resolution, spanMs, stepMs };
  });

export const newTokenBody = z
  .strictObject({ node_id: z.string().min(1), expiration: z.string().default("24h") })
  .transform(({ node_id: nodeId, expiration }, context) => {
    const lifetimeMs = parseSpan(expiration);
    if (lifetimeMs !== null && lifetimeMs >= TOKEN_MS_MIN && lifetimeMs <= TOKEN_MS_MAX)
      return { nodeId, lifetimeMs };
    const message = "expected a duration from 1s to 365d, such as 24h";
    context.addIssue({ code: "custom", path: ["expiration"], message });
    return z.NEVER;
  });

export const tokenBody = z.strictObject({ token: z.string().min(1).max(8192) });
