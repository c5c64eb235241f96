// /api/v1/apps: register, start, stop, scale and remove.
import { createRoute } from "@hono/zod-openapi";
import * as apps from "#control/apps/apps.ts";
import { scaleApp, startApp, stopApp } from "#control/apps/run.ts";
import { allowed, concerning, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { answer, bearer } from "#http/openapi.ts";
import {
  missing,
  refused,
  registeredAnswer,
  removedAnswer,
  scaledAnswer,
  specBody,
  startedAnswer,
  stoppedAnswer,
} from "./answer.ts";
import { room } from "./room.ts";
import { appParam, readSpec, removeQuery, scaleBody, startBody, stopBody } from "./schema.ts";
import { replicasOf } from "./view.ts";

const tags = ["Apps: lifecycle"];
const security = bearer;
const params = appParam;

const start = createRoute({
  method: "post",
  path: "/{app_name}/start",
  tags,
  security,
  summary: "Start an app; waits until its replicas serve, unless told not to",
  middleware: [allowed("app:operate"), bounded(), idempotent()] as const,
  request: { params, body: { content: { "application/json": { schema: startBody } } } },
  responses: {
    200: answer(startedAnswer, "It runs, or is on its way when the wait was over."),
    ...refused({
      ...missing,
      400: "VALIDATION_ERROR, or INVALID_SPEC where its image can't be run.",
      500: "DOCKER_ERROR: what runs instances could not run it.",
      503: "INSUFFICIENT_RESOURCES: nodes have no place for all replicas.",
    }),
  },
});

const stop = createRoute({
  method: "post",
  path: "/{app_name}/stop",
  tags,
  security,
  summary: "Stop an app; calls in flight end first, unless forced",
  middleware: [allowed("app:operate"), bounded(), idempotent()] as const,
  request: { params, body: { content: { "application/json": { schema: stopBody } } } },
  responses: {
    200: answer(stoppedAnswer, "It is stopped, or stops still when the timeout was over."),
    ...refused(missing),
  },
});

const scale = createRoute({
  method: "post",
  path: "/{app_name}/scale",
  tags,
  security,
  summary: "Scale an app to a number of replicas",
  middleware: [allowed("app:operate"), bounded(), idempotent()] as const,
  request: {
    params,
    body: { required: true, content: { "application/json": { schema: scaleBody } } },
  },
  responses: {
    200: answer(scaledAnswer, "It has them, or is on its way when the wait was over."),
    ...refused({
      ...missing,
      409: "SCALING_IN_PROGRESS, or CONFLICT: the app doesn't run.",
      503: "INSUFFICIENT_RESOURCES: nodes have no place for all replicas.",
    }),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/{app_name}",
  tags,
  security,
  summary: "Remove an app and all that it has",
  description:
    "Apps have no volumes: keep_data keeps what was measured, for an app that is registered under the same name.",
  middleware: [allowed("app:remove")] as const,
  request: { params, query: removeQuery },
  responses: { 200: answer(removedAnswer, "It is gone."), ...refused(missing) },
});

export const lifecycle = room()
  .openapi(start, async (c) => {
    const { app_name: name } = c.req.valid("param");
    // A body may be left out: all of it has defaults.
    const given = c.req.header("Content-Type") === undefined ? null : c.req.valid("json");
    const asked = given ?? startBody.parse({});
    const by = { principal: c.get("principal"), now: Date.now() };
    const view = await startApp(c.env, name, { ...asked, ...by });
    const isUp = view.status === "running";
    const message = isUp ? "Application started successfully" : "Application is being started";
    const { current } = replicasOf(view);
    const replicas = isUp ? current : view.app.replicas;
    return c.json({ message, app_name: name, replicas, status: view.status }, 200);
  })
  .openapi(stop, async (c) => {
    const { app_name: name } = c.req.valid("param");
    const given = c.req.header("Content-Type") === undefined ? null : c.req.valid("json");
    const asked = given ?? stopBody.parse({});
    const by = { principal: c.get("principal"), now: Date.now() };
    const { status } = await stopApp(c.env, name, { ...asked, ...by });
    const isDown = status === "stopped";
    const message = isDown ? "Application stopped successfully" : "Application is being stopped";
    return c.json({ message, app_name: name, status }, 200);
  })
  .openapi(scale, async (c) => {
    const { app_name: name } = c.req.valid("param");
    const asked = c.req.valid("json");
    const startedAt = performance.now();
    const by = { principal: c.get("principal"), now: Date.now() };
    const { view, from } = await scaleApp(c.env, name, { ...asked, ...by });
    const { current } = replicasOf(view);
    const isDone = current === asked.replicas;
    const message = isDone ? "Application scaled successfully" : "Application is being scaled";
    const scaled = { previous_replicas: from, current_replicas: current };
    const scaling_time = Math.round(performance.now() - startedAt) / 1000;
    return c.json({ message, app_name: name, ...scaled, scaling_time }, 200);
  })
  .openapi(remove, async (c) => {
    const { app_name: name } = c.req.valid("param");
    const { force = false, keep_data = false } = c.req.valid("query");
    const by = { principal: c.get("principal"), now: Date.now() };
    const how = { isForced: force, keepsData: keep_data, ...by };
    const { containers } = await apps.removeApp(c.env, name, how);
    const removed = { containers_removed: containers, volumes_removed: 0 };
    return c.json({ message: "Application removed successfully", app_name: name, ...removed }, 200);
  });

// The body comes as JSON or YAML, which no validator reads: this route describes it and parses it itself.
lifecycle.openAPIRegistry.registerPath({
  method: "post",
  path: "/register",
  tags,
  security,
  summary: "Register an app from its specification, JSON or YAML",
  request: {
    body: specBody,
  },
  responses: {
    201: answer(registeredAnswer, "It is registered; nothing runs yet."),
    ...refused({
      400: "INVALID_SPEC: details tells each fault with its path.",
      409: "APP_ALREADY_EXISTS.",
      415: "Neither JSON nor YAML.",
    }),
  },
});
lifecycle.post(
  "/register",
  allowed("app:register"),
  bounded(),
  idempotent(["Content-Type"]),
  async (c) => {
    const by = { principal: c.get("principal"), now: Date.now() };
    const spec = await readSpec(c);
    await concerning(c, "apps:{body.metadata.name}", spec);
    const { name } = await apps.registerApp(c.env, spec, by);
    created(c, name);
    const message = "Application registered successfully";
    return c.json({ message, app_name: name, status: "registered" as const }, 201);
  },
);
