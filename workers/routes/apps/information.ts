// /api/v1/apps: how an app stands, the list of all, and the spec.
import { createRoute } from "@hono/zod-openapi";
import * as apps from "#control/apps/apps.ts";
import { countsView } from "#domain/app/figures.ts";
import { allowed } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { answer, bearer } from "#http/openapi.ts";
import { fitting } from "#http/validation.ts";
import { database } from "#stores/database.ts";
import { nodesNamed } from "#stores/nodes.ts";
import {
  appAnswer,
  appsAnswer,
  missing,
  refused,
  specAnswer,
  specBody,
  updatedAnswer,
} from "./answer.ts";
import { room } from "./room.ts";
import { appParam, listQuery, readSpec } from "./schema.ts";
import { appView, listedView } from "./view.ts";

const tags = ["Apps: information"];
const security = bearer;
const params = appParam;

const get = createRoute({
  method: "get",
  path: "/{app_name}",
  tags,
  security,
  summary: "How an app stands, with its containers and what they measured last",
  middleware: [allowed("app:read")] as const,
  request: { params },
  responses: { 200: answer(appAnswer, "The app."), ...refused(missing) },
});

const list = createRoute({
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List apps, and count them all",
  middleware: [allowed("app:read")] as const,
  request: { query: listQuery },
  responses: { 200: answer(appsAnswer, "Those that the filter names."), ...refused() },
});

const spec = createRoute({
  method: "get",
  path: "/{app_name}/spec",
  tags,
  security,
  summary: "An app's specification as it was given",
  middleware: [allowed("app:read")] as const,
  request: { params },
  responses: { 200: answer(specAnswer, "The spec."), ...refused(missing) },
});

export const information = room()
  .openapi(get, async (c) => {
    const view = await apps.viewApp(c.env, c.req.valid("param").app_name);
    const nodes = view.seen.containers.flatMap(({ node }) => node ?? []);
    const found = nodes.length === 0 ? [] : await nodesNamed(database(c.env), [...new Set(nodes)]);
    const hosts = new Map(found.map(({ id, hostname }) => [id, hostname]));
    return c.json(appView(view, hosts), 200);
  })
  .openapi(list, async (c) => {
    const { statuses, format } = c.req.valid("query");
    const { apps: listed, counts } = await apps.listApps(c.env, statuses);
    const shown = listed.map((app) => listedView(app, format));
    return c.json({ apps: shown, ...countsView(counts) }, 200);
  })
  .openapi(spec, async (c) => {
    const { given } = await apps.getApp(c.env, c.req.valid("param").app_name);
    // It was parsed as a spec before it was kept, so it is an object.
    return c.json(JSON.parse(given) as Record<string, unknown>, 200);
  });

information.openAPIRegistry.registerPath({
  method: "put",
  path: "/{app_name}/spec",
  tags,
  security,
  summary: "Change an app's specification, JSON or YAML",
  description:
    "What runs follows. Another version of the image by the strategy that the rollout section names: the spec counts once that is complete. Else each new replica starts before an old one stops.",
  request: {
    params,
    body: specBody,
  },
  responses: {
    200: answer(updatedAnswer, "It is changed, and on its way if the app runs."),
    ...refused({
      ...missing,
      400: "INVALID_SPEC: details tells each fault with its path.",
      409: "CONFLICT: it is being rolled out, or its module is.",
    }),
  },
});
information.put("/:app_name/spec", allowed("app:change"), bounded(), async (c) => {
  const { app_name: name } = fitting(appParam, c.req.param());
  const of = { given: await readSpec(c), principal: c.get("principal"), now: Date.now() };
  const { spec, update } = await apps.changeSpec(c.env, name, of);
  const { status } = await apps.viewApp(c.env, name);
  const isRolling = update?.stage === "rolling";
  const message = isRolling
    ? "Application specification is being rolled out"
    : "Application specification updated successfully";
  const { image } = isRolling ? update.spec : spec;
  const rollout = isRolling ? { deployment_id: update.deployment } : {};
  return c.json({ message, app_name: name, status, image, ...rollout }, 200);
});
