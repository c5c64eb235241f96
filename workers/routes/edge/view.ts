// Domain → the 001 document's wire shapes, its error body among them.
import type { Context as HonoContext } from "hono";
import type { Overview } from "#control/node-metrics.ts";
import type { TokenVerdict } from "#control/node-tokens.ts";
import type { NodeHealth } from "#control/nodes.ts";
import { systemFigures } from "#domain/app/figures.ts";
import type { Fault, FaultCode } from "#domain/fault.ts";
import type { EdgeNode } from "#domain/node.ts";
import type { Context } from "#http/context.ts";
import { faultOf, logBug, statusOf } from "#http/error.ts";
import type { Step } from "#stores/node-metrics.ts";

/** The document's codes where it has one; ours where it is silent. */
const CODES: Partial<Readonly<Record<FaultCode, string>>> = {
  VALIDATION_ERROR: "BAD_REQUEST",
  INVALID_PARAMETERS: "BAD_REQUEST",
  MODULE_NOT_FOUND: "NOT_FOUND",
  MODULE_NOT_DEPLOYED: "NOT_FOUND",
  FUNCTION_NOT_FOUND: "NOT_FOUND",
  MODULE_DISABLED: "CONFLICT",
  ARTIFACT_CORRUPT: "INTERNAL_ERROR",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
  MODULE_WITHDRAWN: "SERVICE_UNAVAILABLE",
  CONCURRENCY_LIMIT: "SERVICE_UNAVAILABLE",
  NO_HEALTHY_NODE: "SERVICE_UNAVAILABLE",
};

export function errorResponse(thrown: unknown, c: HonoContext<Context>): Response {
  const fault = faultOf(thrown);
  if (fault === null) {
    logBug(c.get("requestId"), thrown);
    const message = "Something went wrong on our side; the X-Request-Id finds it in the log.";
    return c.json({ error: true, code: "INTERNAL_ERROR", message, details: {} }, 500);
  }
  if (fault.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(fault.retryAfterSeconds));
  if (fault.code === "UNAUTHORIZED") c.header("WWW-Authenticate", 'Bearer realm="edgeloom"');
  return c.json(errorBody(fault), statusOf(fault));
}

function errorBody({ code, message, details }: Fault) {
  return { error: true, code: CODES[code] ?? code, message, details: byField(details) };
}

/** Sentences that begin with a field stand under it, all others under `reason`. */
function byField(sentences: readonly string[]): Record<string, string> {
  const fields = new Map<string, string>();
  for (const sentence of sentences) {
    const [, field = "reason", rest = sentence] = /^([\w.-]+): (.*)$/s.exec(sentence) ?? [];
    const before = fields.get(field);
    fields.set(field, before === undefined ? rest : `${before} ${rest}`);
  }
  return Object.fromEntries(fields);
}

export function paged<Item>(items: readonly Item[], total: number, at: PageQuery) {
  const { page, limit } = at;
  const pages = Math.ceil(total / limit);
  return { items: [...items], pagination: { total, page, limit, pages } };
}

type PageQuery = { readonly page: number; readonly limit: number };

export function registeredNodeView(node: EdgeNode) {
  const { id, name, hostname, registeredAt } = node;
  return {
    id,
    name,
    address: hostname,
    status: "registered" as const,
    registered_at: iso(registeredAt),
  };
}

export function nodeSummaryView({ node, heartbeat }: NodeHealth) {
  return {
    id: node.id,
    name: node.name,
    address: node.hostname,
    status: statusNow(node),
    last_heartbeat: heartbeat.lastBeatAt === 0 ? null : iso(heartbeat.lastBeatAt),
  };
}

export function nodeView(health: NodeHealth) {
  const { node } = health;
  const { capabilities, resources, labels, region, zone, runtime, runtimeVersion } = node;
  return {
    ...nodeSummaryView(health),
    capabilities: [...capabilities],
    resources: { ...resources },
    resources_usage: usageView(health),
    labels: { ...labels },
    region,
    zone,
    runtime,
    runtime_version: runtimeVersion,
    registered_at: iso(node.registeredAt),
  };
}

/** What a machine measured of itself as a whole is newer than what was said of it; of any other node that counts more. */
function usageView({ node, heartbeat: { usage, reported } }: NodeHealth) {
  if (usage === null || (usage.machine === undefined && reported !== null)) return reported;
  const { cpuUsagePercent, memoryUsageMB, diskUsageGB, machine } = usage;
  const cores = machine === undefined ? 1 : Number(node.resources["cpu"] ?? 1);
  return {
    cpu_usage: `${Math.round(10 * cores * cpuUsagePercent)}m`,
    memory_usage: `${Math.ceil(memoryUsageMB)}Mi`,
    storage_usage: `${Math.ceil((diskUsageGB * 1e9) / 2 ** 20)}Mi`,
  };
}

export function nodeStatusView(health: NodeHealth) {
  const { id, name, status, last_heartbeat } = nodeSummaryView(health);
  return { id, name, status, last_heartbeat };
}

function statusNow({ isEnabled, condition }: EdgeNode) {
  return isEnabled ? condition : ("maintenance" as const);
}

export function seriesView(steps: readonly Step[]) {
  return {
    cpu_usage: points(steps, "cpuUsage"),
    memory_usage: points(steps, "memoryUsage"),
    disk_usage: points(steps, "diskUsage"),
    network_rx_bytes: points(steps, "rxBytes"),
    network_tx_bytes: points(steps, "txBytes"),
  };
}

/** The fields of this document, and those of 002's that are measured today. */
export function overviewView({ steps, nodes, present, calls, apps }: Overview, now: number) {
  const { containers_running, containers_total, applications, ...rates } = systemFigures(apps);
  const averages = Object.fromEntries(
    nodes.map(({ nodeId, name, cpuUsage, memoryUsage }) => [
      nodeId,
      { name, cpu_usage_avg: cpuUsage, memory_usage_avg: memoryUsage },
    ]),
  );
  const cpu = measured(present, "cpuUsage");
  return {
    nodes_count: nodes.length,
    aggregated: {
      cpu_usage_avg: points(steps, "cpuUsage"),
      memory_usage_avg: points(steps, "memoryUsage"),
    },
    nodes: averages,
    timestamp: iso(now),
    system: {
      cpu_percent: cpu.length === 0 ? null : sum(cpu) / cpu.length,
      memory_used_gb: total(measured(present, "memoryUsage")),
      memory_total_gb: total(measured(present, "memoryTotal")),
      disk_used_gb: total(measured(present, "diskUsage")),
      disk_total_gb: total(measured(present, "diskTotal")),
      containers_running,
      containers_total,
    },
    applications,
    network: {
      ...rates,
      total_requests: calls.calls,
      error_rate_percent: calls.calls === 0 ? 0 : (100 * calls.errors) / calls.calls,
    },
  };
}

export function verdictView({ valid, nodeId, expiresAt, reason }: TokenVerdict) {
  return {
    valid,
    node_id: nodeId,
    expires_at: expiresAt === null ? null : iso(expiresAt),
    ...(reason === null ? {} : { reason }),
  };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** A step in which it wasn't measured is no point. */
function points(steps: readonly Step[], figure: Exclude<keyof Step, "at">) {
  return steps.flatMap((step) => {
    const { [figure]: value } = step;
    return value === null ? [] : [{ timestamp: iso(step.at), value }];
  });
}

function measured(
  present: Overview["present"],
  figure: Exclude<keyof Step, "at"> | "memoryTotal" | "diskTotal",
) {
  return present.flatMap(({ [figure]: value }) => (value === null ? [] : [value]));
}

/** Null, not 0, where no node told one. */
function total(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values);
}

function sum(values: readonly number[]): number {
  return values.reduce((so, value) => so + value, 0);
}
