// /api/v1/config: what can be changed while the program runs, beside what can't and is refused by its name.
import { createRoute, z } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import { changeConfig, getConfig } from "#control/config.ts";
import { SECONDS_MAX } from "#domain/autoscale/policy.ts";
import { parseControllers } from "#domain/cluster.ts";
import { RETENTION_DAYS_MAX } from "#domain/config.ts";
import type { ConfigChange } from "#domain/config.ts";
import { FAILURES_MAX } from "#domain/health/probe.ts";
import { allowed, authenticated } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import type { Context } from "#http/context.ts";
import { API_VERSION, answer, bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { invalid } from "#http/validation.ts";
import type { StoredConfig } from "#stores/config.ts";
import { refused } from "./answer.ts";
import { configAnswer } from "./config-answer.ts";
import { room } from "./room.ts";

/** A whole number from 1 on; left out: as it is. */
function whole(most: number, unit: string) {
  const message = `expected ${unit} from 1 to ${most}`;
  return z.int(message).min(1, message).max(most, message).optional();
}
const seconds = (most: number) => whole(most, "whole seconds");
const days = (most: number) => whole(most, "whole days");

const CHECK_SECONDS_MAX = 3600;
const changeBody = z.looseObject({
  scaling: z
    .looseObject({
      default_check_interval: seconds(CHECK_SECONDS_MAX),
      default_cooldown: seconds(SECONDS_MAX),
    })
    .optional(),
  health: z
    .looseObject({
      default_check_interval: seconds(SECONDS_MAX),
      default_timeout: seconds(SECONDS_MAX),
      default_failure_threshold: whole(FAILURES_MAX, "a whole number"),
    })
    .optional(),
  retention: z
    .looseObject({
      events_days: days(RETENTION_DAYS_MAX.events),
      metrics_days: days(RETENTION_DAYS_MAX.metrics),
      runs_days: days(RETENTION_DAYS_MAX.runs),
    })
    .optional(),
});

/** D1 is bound, not connected to: there is no address, and no pool. */
const DATABASE_BINDING = "DB";

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
  .openapi(get, async (c) => c.json(configView(c, await getConfig(c.env)), 200))
  .openapi(put, async (c) => {
    const body = c.req.valid("json");
    const faults = unchangeable(body, configView(c, await getConfig(c.env)));
    if (faults.length > 0) throw invalid(faults);
    const stored = await changeConfig(c.env, changeOf(body), c.get("principal").username);
    return c.json(configView(c, stored), 200);
  });

const CHANGEABLE = [
  "scaling.default_check_interval",
  "scaling.default_cooldown",
  "health.default_check_interval",
  "health.default_timeout",
  "health.default_failure_threshold",
  "retention.events_days",
  "retention.metrics_days",
  "retention.runs_days",
];

function changeOf({ scaling, health, retention }: z.infer<typeof changeBody>): ConfigChange {
  return {
    scaling: {
      checkSeconds: scaling?.default_check_interval,
      cooldownSeconds: scaling?.default_cooldown,
    },
    health: {
      checkSeconds: health?.default_check_interval,
      timeoutSeconds: health?.default_timeout,
      failureThreshold: health?.default_failure_threshold,
    },
    retention: {
      events: retention?.events_days,
      metrics: retention?.metrics_days,
      runs: retention?.runs_days,
    },
  };
}

function configView(c: HonoContext<Context>, stored: StoredConfig) {
  const { value, version, changedAt, changedBy } = stored;
  const { scaling, health, retention } = value;
  const { hostname, port, protocol } = new URL(c.req.url);
  return {
    version: API_VERSION,
    controller: {
      host: hostname,
      port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
      workers: parseControllers(c.env.CLUSTER_CONTROLLERS).length,
    },
    database: { host: null, port: null, name: DATABASE_BINDING, pool_size: null },
    scaling: {
      default_check_interval: scaling.checkSeconds,
      default_cooldown: scaling.cooldownSeconds,
      max_concurrent_scales: null,
    },
    health: {
      default_check_interval: health.checkSeconds,
      default_timeout: health.timeoutSeconds,
      default_failure_threshold: health.failureThreshold,
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
