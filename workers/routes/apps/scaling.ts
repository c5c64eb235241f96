// /api/v1/apps/{app_name}: the scaling policy, and health.
import { createRoute } from "@hono/zod-openapi";
import * as apps from "#control/apps/apps.ts";
import { allowed } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { answer, bearer, jsonBody } from "#http/openapi.ts";
import { invalid } from "#http/validation.ts";
import {
  checkedAnswer,
  healthAnswer,
  missing,
  refused,
  scalingAnswer,
  scalingChangedAnswer,
} from "./answer.ts";
import { room } from "./room.ts";
import { appParam, policyKey, policyView, scalingBody } from "./schema.ts";
import { healthView, scalingView } from "./view.ts";

const security = bearer;
const params = appParam;

const get = createRoute({
  method: "get",
  path: "/{app_name}/scaling",
  tags: ["Apps: scaling"],
  security,
  summary: "An app's scaling policy and its last scaling",
  middleware: [allowed("app:read")] as const,
  request: { params },
  responses: { 200: answer(scalingAnswer, "The policy."), ...refused(missing) },
});

const change = createRoute({
  method: "put",
  path: "/{app_name}/scaling",
  tags: ["Apps: scaling"],
  security,
  summary: "Change an app's scaling policy; what isn't named stays",
  middleware: [allowed("app:operate"), bounded()] as const,
  request: { params, body: jsonBody(scalingBody) },
  responses: { 200: answer(scalingChangedAnswer, "Before and after."), ...refused(missing) },
});

const health = createRoute({
  method: "get",
  path: "/{app_name}/health",
  tags: ["Apps: health"],
  security,
  summary: "The health of an app's containers as it was last found",
  middleware: [allowed("app:read")] as const,
  request: { params },
  responses: { 200: answer(healthAnswer, "Their health."), ...refused(missing) },
});

const check = createRoute({
  method: "post",
  path: "/{app_name}/health/check",
  tags: ["Apps: health"],
  security,
  summary: "Probe all containers now",
  middleware: [allowed("app:operate")] as const,
  request: { params },
  responses: { 200: answer(checkedAnswer, "What was found."), ...refused(missing) },
});

export const scaling = room()
  .openapi(get, async (c) =>
    c.json(scalingView(await apps.getApp(c.env, c.req.valid("param").app_name)), 200),
  )
  .openapi(change, async (c) => {
    const { app_name } = c.req.valid("param");
    const of = { change: c.req.valid("json"), principal: c.get("principal"), now: Date.now() };
    const changed = await apps.changePolicy(c.env, app_name, of);
    if ("faults" in changed) {
      throw invalid(changed.faults.map(({ field, message }) => `${policyKey(field)}: ${message}`));
    }
    const { before, after } = changed;
    const previous_policy = policyView(before);
    const message = "Scaling policy updated successfully";
    return c.json({ message, app_name, previous_policy, new_policy: policyView(after) }, 200);
  })
  .openapi(health, async (c) =>
    c.json(healthView(await apps.viewApp(c.env, c.req.valid("param").app_name)), 200),
  )
  .openapi(check, async (c) => {
    const { app_name } = c.req.valid("param");
    const { checked, healthy } = await apps.checkApp(c.env, app_name);
    const counts = { containers_checked: checked, healthy, unhealthy: checked - healthy };
    return c.json({ message: "Health check triggered", app_name, ...counts }, 200);
  });
