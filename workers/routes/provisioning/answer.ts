// The shapes of the 003 document's answers, for its OpenAPI description and checked by the compiler.
import { z } from "@hono/zod-openapi";
import { SECTIONS } from "#domain/checkpoint.ts";
import { RUN_STATUSES } from "#domain/provisioning/run.ts";
import { answer, refusals } from "#http/openapi.ts";

const errorAnswer = z
  .object({ success: z.literal(false), error: z.string() })
  .openapi("ErrorOfProvisioning");

/** What any operation may answer beside what is its own. */
export function refused(statuses: Record<number, string> = {}) {
  return refusals(errorAnswer, {
    400: "A parameter does not fit, or the body is not JSON; error tells each fault.",
    401: "No token, or one that is not valid.",
    403: "No role and no policy allows it, or a policy denies it.",
    406: "The Accept header names a version that there is not.",
    429: "The rate limit is used up.",
    ...statuses,
  });
}

/** The document's envelope. */
export function succeeded<Data extends z.ZodType>(data: Data) {
  return z.object({ success: z.literal(true), data });
}

export function done<Data extends z.ZodType>(data: Data, description: string) {
  return answer(succeeded(data), description);
}

export const time = z.string().openapi({ format: "date-time" });

export const doneAnswer = succeeded(z.string()).openapi("ProvisioningDone");

export const taskAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    command: z.string(),
    args: z.array(z.string()),
    dependencies: z.array(z.string()),
    status: z.enum(RUN_STATUSES),
    created_at: time,
    started_at: time.nullable(),
    completed_at: time.nullable(),
    output: z.string().nullable(),
    error: z.string().nullable(),
  })
  .openapi("ProvisioningTask");

export const batchAnswer = z
  .object({
    batch_id: z.string(),
    name: z.string(),
    status: z.enum(RUN_STATUSES),
    created_at: time,
    started_at: time.nullable(),
    completed_at: time.nullable(),
    error: z.string().nullable(),
    operations: z.array(
      z.object({
        id: z.string(),
        type: z.string(),
        status: z.string(),
        progress: z.number(),
        dependencies: z.array(z.string()),
        attempts: z.int(),
        error: z.string().nullable(),
        started_at: time.nullable(),
        completed_at: time.nullable(),
        results: z.object({ effects: z.array(z.string()) }),
      }),
    ),
  })
  .openapi("ProvisioningBatchState");

export const progressAnswer = z
  .object({
    workflow_id: z.string(),
    progress: z.number(),
    current_step: z.string().nullable(),
    total_steps: z.int(),
    completed_steps: z.int(),
    estimated_time_remaining: z.number().nullable(),
  })
  .openapi("ProvisioningProgress");

export const snapshotAnswer = z
  .object({
    snapshot_id: z.string(),
    timestamp: time,
    state: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi("ProvisioningSnapshot");

export const settingsAnswer = z
  .object({ name: z.string(), media_type: z.string(), updated_at: time, updated_by: z.string() })
  .openapi("ProvisioningSettings");

export const checkpointAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    created_at: time,
    size: z.string(),
  })
  .openapi("ProvisioningCheckpointSummary");

export const checkpointDetailsAnswer = checkpointAnswer
  .extend({
    operations_count: z.int(),
    counts: z.record(z.string(), z.int()),
    digest: z.string(),
  })
  .openapi("ProvisioningCheckpointDetails");

export const changeAnswer = z
  .object({
    section: z.enum(SECTIONS),
    key: z.string(),
    verb: z.enum(["add", "change", "remove"]),
  })
  .openapi("ProvisioningChange");

export const rollbackAnswer = z
  .object({
    rollback_id: z.string(),
    success: z.boolean(),
    operations_executed: z.int(),
    operations_failed: z.int(),
    duration: z.number(),
    errors: z.array(z.string()),
  })
  .openapi("ProvisioningRollbackResult");
