// /rollback
import { createRoute, z } from "@hono/zod-openapi";
import * as checkpoints from "#control/checkpoint/checkpoints.ts";
import { figures, refuseBroken, rollBack } from "#control/checkpoint/rollback.ts";
import { SECTIONS } from "#domain/checkpoint.ts";
import { allowed, created } from "#http/auth.ts";
import { bounded } from "#http/body.ts";
import { idempotent } from "#http/idempotency.ts";
import { bearer, jsonBody } from "#http/openapi.ts";
import { limited } from "#http/quota.ts";
import {
  changeAnswer,
  checkpointAnswer,
  checkpointDetailsAnswer,
  done as answered,
  refused,
  rollbackAnswer,
} from "./answer.ts";
import { pageQuery, tellPage } from "./page.ts";
import { room } from "./room.ts";
import { idParam } from "./run-schema.ts";
import { checkpointView, rollbackView } from "./run-view.ts";
import { done } from "./view.ts";

const tags = ["Provisioning: rollback"];
const security = bearer;
const missing = { 404: "No such checkpoint." };

const checkpointBody = z
  .strictObject({
    name: z.string().min(1).max(200),
    description: z.string().max(2_000).default(""),
  })
  .openapi("ProvisioningCheckpoint");

const executeBody = z
  .union([
    z.strictObject({ checkpoint_id: z.string().min(1) }),
    z.strictObject({ operation_ids: z.array(z.string().min(1)).min(1).max(500) }),
  ])
  .openapi("ProvisioningRollback");

const create = createRoute({
  method: "post",
  path: "/rollback/checkpoints",
  tags,
  security,
  summary: "Take a checkpoint of the desired state",
  description: `Its sections are ${SECTIONS.join(", ")}. Secrets and passwords are no part of it.`,
  middleware: [
    limited("provisioning", 100),
    bounded(),
    allowed("checkpoint:create", "checkpoints:*"),
    idempotent(),
  ] as const,
  request: { body: jsonBody(checkpointBody) },
  responses: {
    200: answered(z.string(), "Its id."),
    ...refused({ 422: "The body does not fit." }),
  },
});

const list = createRoute({
  method: "get",
  path: "/rollback/checkpoints",
  tags,
  security,
  summary: "List checkpoints, newest first",
  middleware: [limited("provisioning", 100), allowed("checkpoint:read", "checkpoints:*")] as const,
  request: { query: z.object(pageQuery) },
  responses: { 200: answered(z.array(checkpointAnswer), "A page of them."), ...refused() },
});

const get = createRoute({
  method: "get",
  path: "/rollback/checkpoints/{id}",
  tags,
  security,
  summary: "Get a checkpoint, with how much of what is in it",
  middleware: [
    limited("provisioning", 100),
    allowed("checkpoint:read", "checkpoints:{id}"),
  ] as const,
  request: { params: idParam },
  responses: { 200: answered(checkpointDetailsAnswer, "The checkpoint."), ...refused(missing) },
});

const remove = createRoute({
  method: "delete",
  path: "/rollback/checkpoints/{id}",
  tags,
  security,
  summary: "Delete a checkpoint (Admin)",
  middleware: [
    limited("provisioning", 100),
    allowed("checkpoint:delete", "checkpoints:{id}"),
  ] as const,
  request: { params: idParam },
  responses: { 200: answered(z.string(), "It is gone."), ...refused(missing) },
});

const execute = createRoute({
  method: "post",
  path: "/rollback/execute",
  tags,
  security,
  summary: "Go back to a checkpoint, or undo operations that completed (Admin)",
  description:
    "An operation is named by its own id, by `<batch>/<operation>` where several batches have one of that id, or by the id of a whole task or batch. The answer comes when it has ended; while it goes on after a minute, with 202.",
  middleware: [
    limited("provisioning.batch", 10),
    bounded(),
    allowed("rollback:execute", "rollbacks:*"),
    idempotent(),
  ] as const,
  request: { body: jsonBody(executeBody) },
  responses: {
    200: answered(rollbackAnswer, "What it did."),
    202: answered(rollbackAnswer, "What it did until now; it goes on."),
    ...refused({ ...missing, 422: "The body does not fit, or names what can't be undone." }),
  },
});

const restore = createRoute({
  method: "post",
  path: "/rollback/restore/{id}",
  tags,
  security,
  summary: "Go back to a checkpoint, or show what that would change (Admin)",
  middleware: [
    limited("provisioning.batch", 10),
    allowed("rollback:execute", "checkpoints:{id}"),
    idempotent(),
  ] as const,
  request: {
    params: idParam,
    query: z.object({
      dry_run: z
        .enum(["true", "false"])
        .default("false")
        .transform((given) => given === "true"),
    }),
  },
  responses: {
    200: answered(
      z.union([z.string(), z.array(changeAnswer)]),
      "That it is restored; with `dry_run`, what would change.",
    ),
    202: answered(z.string(), "It goes on."),
    ...refused({ ...missing, 409: "Not everything could be restored; error tells what." }),
  },
});

const statistics = createRoute({
  method: "get",
  path: "/rollback/statistics",
  tags,
  security,
  summary: "Checkpoints and rollbacks, how many went well in percent, and seconds that one takes",
  middleware: [limited("provisioning", 100), allowed("checkpoint:read", "checkpoints:*")] as const,
  responses: {
    200: answered(
      z
        .object({
          total_checkpoints: z.int(),
          total_rollbacks: z.int(),
          success_rate: z.number().nullable(),
          average_rollback_time: z.number().nullable(),
        })
        .openapi("ProvisioningRollbackStatistics"),
      "As counted now.",
    ),
    ...refused(),
  },
});

export const rollback = room()
  .openapi(create, async (c) => {
    const createdBy = c.get("principal").username;
    const taken = await checkpoints.takeCheckpoint(c.env, { ...c.req.valid("json"), createdBy });
    created(c, taken.id);
    return c.json(done(taken.id), 200);
  })
  .openapi(list, async (c) => {
    const page = c.req.valid("query");
    const found = await checkpoints.listCheckpoints(c.env, page);
    tellPage(c, page, found.total);
    return c.json(done(found.checkpoints.map(checkpointView)), 200);
  })
  .openapi(get, async (c) => {
    const checkpoint = await checkpoints.getCheckpoint(c.env, c.req.valid("param").id);
    const counts = { ...checkpoint.counts };
    const operations_count = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const { digest } = checkpoint;
    return c.json(done({ ...checkpointView(checkpoint), operations_count, counts, digest }), 200);
  })
  .openapi(remove, async (c) => {
    await checkpoints.removeCheckpoint(c.env, c.req.valid("param").id);
    return c.json(done("Checkpoint deleted"), 200);
  })
  .openapi(execute, async (c) => {
    const asked = c.req.valid("json");
    const run = await rollBack(
      c.env,
      "checkpoint_id" in asked
        ? { checkpoint: asked.checkpoint_id }
        : { operations: asked.operation_ids },
      c.get("principal").username,
    );
    return c.json(done(rollbackView(run, Date.now())), run.endedAt === null ? 202 : 200);
  })
  .openapi(restore, async (c) => {
    const { id } = c.req.valid("param");
    if (c.req.valid("query").dry_run) {
      return c.json(done(await checkpoints.planRestore(c.env, id)), 200);
    }
    const run = await rollBack(c.env, { checkpoint: id }, c.get("principal").username);
    if (run.endedAt === null) return c.json(done(`State is being restored by ${run.id}`), 202);
    refuseBroken(run);
    return c.json(done(`State restored from checkpoint ${id}`), 200);
  })
  .openapi(statistics, async (c) => {
    const { checkpoints: taken, total, whole, averageMs } = await figures(c.env);
    return c.json(
      done({
        total_checkpoints: taken,
        total_rollbacks: total,
        success_rate: total === 0 ? null : Math.round((1000 * whole) / total) / 10,
        average_rollback_time: averageMs === null ? null : Math.round(averageMs / 100) / 10,
      }),
      200,
    );
  });
