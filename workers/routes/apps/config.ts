// /api/v1/config: what can be changed while the program runs, beside what can't and is refused by its name.
import { createRoute, z } from "@hono/zod-openapi";
import { changeConfig, getConfig } from "#control/config.ts";
import { DEFAULT_POLICY } from "#domain/autoscale/policy.ts";
import { parseControllers } from "#domain/cluster.ts";
import { RETENTION_DAYS_MAX } from "#domain/config.ts";
import { DEFAULT_PROBE } from "#domain/health/probe.ts";
import { allowed, authenticated } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { API_VERSION, answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { invalid } from "#http/validation.ts";
import type { StoredConfig } from "#stores/config.ts";
import { refused } from "./answer.ts";
import { configAnswer } from "./config-answer.ts";
import { room } from "./room.ts";

const days = (max: number) =>
  z
    .int(`expected whole days from 1 to ${max}`)
    .min(1, `expected whole days from 1 to ${max}`)
    .max(max, `expected whole days from 1 to ${max}`)
    .optional();

const changeBody = z.looseObject({
  retention: z
    .looseObject({
      events_days: days(RETENTION_DAYS_MAX.events),
      metrics_days: days(RETENTION_DAYS_MAX.metrics),
      runs_days: days(RETENTION_DAYS_MAX.runs),
    })
    .optional(),
});

const get = createRoute({
  method: "get",
  path: "/config",
  tags: ["Apps: configuration"],
  security: bearer,
  summary: "The configuration in effect",
  middleware: [
    authenticated(),
    limited("apps.config", 100),
    allowed("config:read", "config:*"),
  ] as const,
  responses: { 200: answer(configAnswer, "It is in effect."), ...refused() },
});

const put = createRoute({
  method: "put",
  path: "/config",
  tags: ["Apps: configuration"],
  security: bearer,
  summary: "Change what is given and nothing else (Admin)",
  description:
    "`changeable` of the answer lists what can be changed; anything else that is given must be as it stands.",
  middleware: [
    authenticated(),
    limited("apps.config", 100),
    allowed("config:change", "config:*"),
    bounded(),
  ] as const,
  request: { body: jsonBody(changeBody) },
  responses: {
    200: answer(configAnswer, "It is in effect."),
    ...refused({ 409: "Another change came between." }),
  },
});

export const config = room()
  .openapi(get, async (c) => c.json(configView(c.env, await getConfig(c.env)), 200))
  .openapi(put, async (c) => {
    const body = c.req.valid("json");
    const faults = unchangeable(body, configView(c.env, await getConfig(c.env)));
    if (faults.length > 0) throw invalid(faults);
    const { events_days: events, metrics_days: metrics, runs_days: runs } = body.retention ?? {};
    const change = { retention: given({ events, metrics, runs }) };
    const stored = await changeConfig(c.env, change, c.get("principal").username);
    return c.json(configView(c.env, stored), 200);
  });

const CHANGEABLE = ["retention.events_days", "retention.metrics_days", "retention.runs_days"];

function configView(env: Env, { value, version, changedAt, changedBy }: StoredConfig) {
  const { retention } = value;
  return {
    version: API_VERSION,
    controller: { workers: parseControllers(env.CLUSTER_CONTROLLERS).length },
    scaling: { default_cooldown: DEFAULT_POLICY.cooldownSeconds },
    health: {
      default_check_interval: DEFAULT_PROBE.periodMs / 1000,
      default_timeout: DEFAULT_PROBE.timeoutMs / 1000,
      default_failure_threshold: DEFAULT_PROBE.failureThreshold,
    },
    retention: {
      events_days: retention.events,
      metrics_days: retention.metrics,
      runs_days: retention.runs,
    },
    changeable: CHANGEABLE,
    revision: version,
    changed_at: changedAt === null ? null : new Date(changedAt).toISOString(),
    changed_by: changedBy,
  };
}

/** One sentence for each field that can't be changed and is not given as it stands. */
function unchangeable(body: object, present: object): string[] {
  const standing = new Map(leaves(present));
  return leaves(body)
    .filter(([path, value]) => !CHANGEABLE.includes(path) && standing.get(path) !== value)
    .map(([path]) =>
      standing.has(path)
        ? `${path}: can't be changed while the program runs; it is ${standing.get(path)}`
        : `${path}: there is no such setting; ${CHANGEABLE.join(", ")} can be changed`,
    );
}

/** Every value that is no object, as JSON, by its path. */
function leaves(value: object, prefix = ""): [string, string][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]): [string, string][] => {
    const path = `${prefix}${name}`;
    return typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? leaves(inner, `${path}.`)
      : [[path, JSON.stringify(inner)]];
  });
}

function given(fields: Record<"events" | "metrics" | "runs", number | undefined>) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
