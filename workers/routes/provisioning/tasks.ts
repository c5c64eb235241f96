// /tasks and /workflows
import { createRoute, z } from "@hono/zod-openapi";
import type { Context as HonoContext } from "hono";
import { effectsOfSettings } from "#control/provisioning/settings.ts";
import * as control from "#control/provisioning/runs.ts";
import { RUN_STATUSES } from "#domain/provisioning/run.ts";
import type { SpecifiedEffect, Verb } from "#domain/provisioning/effect.ts";
import { allowed } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import type { Context } from "#http/context.ts";
import { idempotent } from "#http/idempotency.ts";
import { bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { done as answered, refused, taskAnswer } from "./answer.ts";
import { pageQuery, tellPage } from "./page.ts";
import { room } from "./room.ts";
import { clusterBody, idParam, planOf, serversBody, taskservBody } from "./run-schema.ts";
import { taskView } from "./run-view.ts";
import { done } from "./view.ts";

const tags = ["Provisioning: tasks"];
const security = bearer;
const missing = { 404: "No such task." };
const submitted = {
  200: answered(z.string(), "The task's id; with `wait`, once it has ended."),
  202: answered(z.string(), "The task's id: it had not ended when the time to wait was up."),
  ...refused({
    404: "No such settings document.",
    409: "Too many tasks of the infra wait already.",
    422: "The submission does not fit its schema, or the settings.",
  }),
};

const list = createRoute({
  method: "get",
  path: "/tasks",
  tags,
  security,
  summary: "List tasks, newest first",
  middleware: [limited("provisioning", 100), allowed("task:read")] as const,
  request: { query: z.object({ status: z.enum(RUN_STATUSES).optional(), ...pageQuery }) },
  responses: { 200: answered(z.array(taskAnswer), "A page of tasks."), ...refused() },
});

const get = createRoute({
  method: "get",
  path: "/tasks/{id}",
  tags,
  security,
  summary: "Get a task",
  middleware: [limited("provisioning", 100), allowed("task:read")] as const,
  request: { params: idParam },
  responses: { 200: answered(taskAnswer, "The task."), ...refused(missing) },
});

const cancel = createRoute({
  method: "post",
  path: "/tasks/{id}/cancel",
  tags,
  security,
  summary: "Cancel a task at its next safe point, and undo what it did",
  middleware: [limited("provisioning", 100), allowed("task:cancel")] as const,
  request: { params: idParam },
  responses: {
    200: answered(z.string(), "It is being cancelled."),
    ...refused({ ...missing, 409: "It has ended." }),
  },
});

const servers = createRoute({
  method: "post",
  path: "/workflows/servers/create",
  tags,
  security,
  summary: "Register an infra's servers as nodes (Admin)",
  middleware: [
    limited("provisioning", 100),
    allowed("server:provision", "servers:*"),
    bounded(),
    idempotent(),
  ] as const,
  request: { body: jsonBody(serversBody) },
  responses: submitted,
});

const taskserv = createRoute({
  method: "post",
  path: "/workflows/taskserv/create",
  tags,
  security,
  summary: "Run a module on the nodes of an infra, or change, stop or check it",
  middleware: [
    limited("provisioning", 100),
    bounded(),
    allowed("taskserv:provision", "taskservs:{body.taskserv}"),
    idempotent(),
  ] as const,
  request: { body: jsonBody(taskservBody) },
  responses: submitted,
});

const cluster = createRoute({
  method: "post",
  path: "/workflows/cluster/create",
  tags,
  security,
  summary: "Name a set of an infra's nodes and taskservs, or change, delete or check it",
  middleware: [
    limited("provisioning", 100),
    bounded(),
    allowed("cluster:provision", "clusters:{body.cluster_type}"),
    idempotent(),
  ] as const,
  request: { body: jsonBody(clusterBody) },
  responses: submitted,
});

type Asked = {
  readonly infra: string;
  readonly settings: string;
  readonly check_mode: boolean;
  readonly wait: boolean;
  readonly timeout: number;
};

export const tasks = room()
  .openapi(list, async (c) => {
    const { status, ...page } = c.req.valid("query");
    const found = await control.listRuns(c.env, { kind: "task", status, ...page });
    tellPage(c, page, found.total);
    return c.json(done(found.runs.map(taskView)), 200);
  })
  .openapi(get, async (c) =>
    c.json(done(taskView(await control.getRun(c.env, "task", c.req.valid("param").id))), 200),
  )
  .openapi(cancel, async (c) => {
    const by = c.get("principal").username;
    await control.cancelRun(c.env, { kind: "task", id: c.req.valid("param").id, by });
    return c.json(done("Task cancelled"), 200);
  })
  .openapi(servers, async (c) => {
    const body = c.req.valid("json");
    return submit(c, body, { type: "server", verb: "create", only: null });
  })
  .openapi(taskserv, async (c) => {
    const { operation: verb, taskserv: only, ...body } = c.req.valid("json");
    return submit(c, body, { type: "taskserv", verb, only });
  })
  .openapi(cluster, async (c) => {
    const { operation: verb, cluster_type: only, ...body } = c.req.valid("json");
    return submit(c, body, { type: "cluster", verb, only });
  });

async function submit(
  c: HonoContext<Context>,
  asked: Asked,
  of: { readonly type: SpecifiedEffect["type"]; readonly verb: Verb; readonly only: string | null },
) {
  const { infra, settings, check_mode: isCheck, wait } = asked;
  const { type, verb, only } = of;
  const effects = await effectsOfSettings(c.env, settings, { infra, verb, type, only });
  const flags = [...(isCheck ? ["--check"] : []), ...(wait ? ["--wait"] : [])];
  const run = await control.submit(c.env, {
    kind: "task",
    name: `${verb}_${type}s`,
    command: `edgeloom ${type}s ${verb}`,
    arguments: [
      ...(only === null ? [] : [only]),
      "--infra",
      infra,
      "--settings",
      settings,
      ...flags,
    ],
    infra,
    plan: planOf(effects),
    by: c.get("principal").username,
    isCheck,
  });
  const seen = wait ? await control.waitFor(c.env, run, asked.timeout * 1000) : run;
  const isOpen = wait && seen.endedAt === null;
  return c.json(done(run.id), isOpen ? 202 : 200);
}
