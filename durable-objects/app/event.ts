// What an app tells of itself: each decision with its numbers, each turn of a replica's health with its reason.
import { figures } from "#domain/app/figures.ts";
import type { AppMetrics } from "#domain/app/metrics.ts";
import type { App, AppUpdate, Container } from "#domain/app/app.ts";
import type { NewEvent } from "#domain/event.ts";
import type { ProbeCommand, ProbeState } from "#domain/health/probe.ts";
import type { Rescaling } from "./rescale.ts";

type Told = Exclude<ProbeCommand, { type: "probe" }>;

export function scalingEvent({ name }: App, scaling: Rescaling): NewEvent {
  const { at, from, to, trigger, reason, details, action } = scaling;
  return {
    type: "app.scaled",
    at,
    subject: `apps/${name}`,
    app: name,
    message: reason,
    level: "info",
    data: { previous_replicas: from, new_replicas: to, trigger, action, ...details },
  };
}

export function healthEvent(
  { name }: App,
  of: { container: Container; command: Told; state: ProbeState | null },
  at: number,
): NewEvent {
  const { container, command, state } = of;
  const reason = "reason" in command ? { reason: command.reason } : {};
  return {
    ...WORDS[command.type](container.name),
    at,
    subject: `apps/${name}/containers/${container.name}`,
    app: name,
    data: {
      container_id: container.id,
      container: container.name,
      node: container.node,
      health_check_failures: state?.failures ?? 0,
      response_time_ms: state?.responseMs ?? null,
      ...reason,
    },
  };
}

/** What is sent to who follows an app's metrics. */
export function metricsEvent({ name }: App, metrics: AppMetrics): NewEvent {
  return {
    type: "metric.sample",
    at: metrics.at,
    subject: `apps/${name}`,
    app: name,
    message: "",
    level: "info",
    data: figures(metrics),
  };
}

export function updateEvent(
  { name, spec }: App,
  { deployment, spec: next }: AppUpdate,
  { message, level }: { message: string; level: NewEvent["level"] },
): NewEvent {
  return {
    type: "app.updated",
    at: Date.now(),
    subject: `apps/${name}`,
    app: name,
    message,
    level,
    data: { deployment, image: next.image, previous_image: spec.image },
  };
}

type Words = Pick<NewEvent, "type" | "message" | "level">;

const WORDS: Readonly<Record<Told["type"], (container: string) => Words>> = {
  becameHealthy: (name) => ({
    type: "health.healthy",
    message: `Container ${name} is healthy`,
    level: "info",
  }),
  becameUnhealthy: (name) => ({
    type: "health.unhealthy",
    message: `Container ${name} marked as unhealthy`,
    level: "warning",
  }),
  restart: (name) => ({
    type: "health.restarted",
    message: `Container ${name} is restarted`,
    level: "warning",
  }),
  recreate: (name) => ({
    type: "health.replaced",
    message: `Container ${name} is given up and replaced`,
    level: "error",
  }),
};
