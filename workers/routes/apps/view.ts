// Domain → the 002 document's wire shapes.
import type { App, Container } from "#domain/app/app.ts";
import { isServing } from "#domain/app/app.ts";
import { measured } from "#domain/app/figures.ts";
import type { AppView } from "#stores/app-object.ts";
import type { ListedApp } from "#stores/apps.ts";
import { policyView } from "./schema.ts";

export function appView(view: AppView, hosts: ReadonlyMap<string, string>) {
  const { app, status, seen, metrics } = view;
  const port = app.spec.health.port;
  const trouble = app.trouble ?? (status === "error" ? seen.fault : null);
  return {
    name: app.name,
    status,
    replicas: replicasOf(view),
    metrics: {
      ...measured(metrics),
      active_connections: metrics?.activeConnections ?? 0,
    },
    created_at: iso(app.createdAt),
    updated_at: iso(app.updatedAt),
    last_scaled_at: app.lastScaling === null ? null : iso(app.lastScaling.at),
    containers: seen.containers.map((container) => containerView(container, { hosts, port })),
    ...(trouble === null ? {} : { error: trouble }),
    ...rolloutView(app),
  };
}

/** What is on its way by a rollout, which the 000 paths tell of and steer. */
function rolloutView({ update }: App) {
  if (update == null) return {};
  const { deployment, spec, stage } = update;
  return { rollout: { deployment_id: deployment, image: spec.image, stage } };
}

export function replicasOf({ app, seen }: AppView) {
  return {
    current: seen.containers.filter(({ status }) => status === "running").length,
    desired: app.intent === "running" ? app.replicas : 0,
    healthy: seen.containers.filter(isServing).length,
  };
}

function containerView(
  container: Container,
  at: { hosts: ReadonlyMap<string, string>; port: number },
) {
  const { id, name, node, status, health, startedAt, version } = container;
  return {
    id,
    name,
    ip: node === null ? null : (at.hosts.get(node) ?? node),
    port: at.port,
    status,
    health,
    started_at: startedAt === null ? null : iso(startedAt),
    node,
    version,
  };
}

export function listedView(app: ListedApp, format: "json" | "summary") {
  const { name, status, current, desired, image, createdAt } = app;
  if (format === "summary") return { name, status };
  return { name, status, replicas: { current, desired }, image, created_at: iso(createdAt) };
}

export function scalingView({ name, policy, lastScaling }: App) {
  return {
    app_name: name,
    mode: policy.mode,
    policy: policyView(policy),
    last_scaling_event:
      lastScaling === null
        ? null
        : {
            timestamp: iso(lastScaling.at),
            action: lastScaling.action,
            from_replicas: lastScaling.from,
            to_replicas: lastScaling.to,
            reason: lastScaling.reason,
          },
  };
}

export function healthView({ app, seen, probes }: AppView) {
  const containers = seen.containers.filter(({ status }) => status === "running");
  const healthy = containers.filter(isServing).length;
  const { path, port, protocol, periodMs, timeoutMs, failureThreshold } = app.spec.health;
  return {
    app_name: app.name,
    overall_health: overall(containers.length, healthy),
    healthy_replicas: healthy,
    total_replicas: containers.length,
    containers: containers.map(({ id, name, health }) => {
      const probe = probes[id] ?? null;
      const error = probe?.lastError ?? null;
      return {
        id,
        name,
        health,
        last_check: probe?.lastCheckAt == null ? null : iso(probe.lastCheckAt),
        consecutive_failures: probe?.failures ?? 0,
        response_time_ms: probe?.responseMs ?? null,
        restarts: probe?.restarts ?? 0,
        ...(error === null ? {} : { last_error: error }),
      };
    }),
    health_check_config: {
      path,
      port,
      protocol,
      period_seconds: periodMs / 1000,
      timeout_seconds: timeoutMs / 1000,
      failure_threshold: failureThreshold,
    },
  };
}

function overall(total: number, healthy: number) {
  if (total === 0) return "unknown" as const;
  if (healthy === total) return "healthy" as const;
  return healthy === 0 ? ("unhealthy" as const) : ("degraded" as const);
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
