// /batch
import { createRoute, z } from "@hono/zod-openapi";
import * as control from "#control/provisioning/runs.ts";
import { RUN_STATUSES } from "#domain/provisioning/run.ts";
import { allowed } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import { batchAnswer, done as answered, refused } from "./answer.ts";
import { pageQuery, tellPage } from "./page.ts";
import { room } from "./room.ts";
import { batchBody, batchPlan, idParam } from "./run-schema.ts";
import { batchView } from "./run-view.ts";
import { done } from "./view.ts";

const tags = ["Provisioning: batches"];
const security = bearer;
const missing = { 404: "No such batch." };

const execute = createRoute({
  method: "post",
  path: "/batch/execute",
  tags,
  security,
  summary: "Run operations in the order of their dependencies (Admin)",
  description:
    "Cycles, unknown ids and unknown types are refused before anything runs. When an operation fails for good, its `on_failure` decides: `rollback` undoes what is done in reverse order, `fail` leaves it, `continue` goes on without what depends on it.",
  middleware: [
    limited("provisioning.batch", 10),
    bounded(),
    allowed("batch:execute", "batches:{body.name}"),
    idempotent(),
  ] as const,
  request: { body: jsonBody(batchBody) },
  responses: {
    200: answered(batchAnswer, "The batch as it begins."),
    ...refused({ 422: "The operations do not fit, or can not be put in order." }),
  },
});

const list = createRoute({
  method: "get",
  path: "/batch/operations",
  tags,
  security,
  summary: "List batches, newest first",
  middleware: [limited("provisioning.batch", 10), allowed("batch:read", "batches:*")] as const,
  request: { query: z.object({ status: z.enum(RUN_STATUSES).optional(), ...pageQuery }) },
  responses: { 200: answered(z.array(batchAnswer), "A page of batches."), ...refused() },
});

const get = createRoute({
  method: "get",
  path: "/batch/operations/{id}",
  tags,
  security,
  summary: "Get a batch with the progress of each operation",
  middleware: [limited("provisioning", 100), allowed("batch:read", "batches:{id}")] as const,
  request: { params: idParam },
  responses: { 200: answered(batchAnswer, "The batch."), ...refused(missing) },
});

const cancel = createRoute({
  method: "post",
  path: "/batch/operations/{id}/cancel",
  tags,
  security,
  summary: "Cancel a batch: what runs stops at its next safe point, then what is done is undone",
  middleware: [limited("provisioning.batch", 10), allowed("batch:cancel", "batches:{id}")] as const,
  request: { params: idParam },
  responses: {
    200: answered(z.string(), "It is being cancelled."),
    ...refused({ ...missing, 409: "It has ended." }),
  },
});

export const batch = room()
  .openapi(execute, async (c) => {
    const body = c.req.valid("json");
    const run = await control.submit(c.env, {
      kind: "batch",
      name: body.name,
      command: "edgeloom batch execute",
      arguments: [body.name, body.version],
      infra: null,
      plan: batchPlan(body),
      by: c.get("principal").username,
      isCheck: body.check_mode,
    });
    const status = run.status === "Pending" ? ("Running" as const) : run.status;
    return c.json(done({ ...batchView(run), status }), 200);
  })
  .openapi(list, async (c) => {
    const { status, ...page } = c.req.valid("query");
    const found = await control.listRuns(c.env, { kind: "batch", status, ...page });
    tellPage(c, page, found.total);
    return c.json(done(found.runs.map(batchView)), 200);
  })
  .openapi(get, async (c) =>
    c.json(done(batchView(await control.getRun(c.env, "batch", c.req.valid("param").id))), 200),
  )
  .openapi(cancel, async (c) => {
    const by = c.get("principal").username;
    await control.cancelRun(c.env, { kind: "batch", id: c.req.valid("param").id, by });
    return c.json(done("Operation cancelled"), 200);
  });
