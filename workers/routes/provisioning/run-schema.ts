// Wire → domain for submissions and batches: every fault is named with its path, before anything runs.
import { z } from "@hono/zod-openapi";
import { OPERATIONS_MAX, PARALLEL_MAX } from "#domain/batch/batch.ts";
import type { BatchPlan } from "#domain/batch/batch.ts";
import { DEFAULT_RETRY, OPERATION_TIMEOUT_MS } from "#domain/batch/operation.ts";
import type { Operation } from "#domain/batch/operation.ts";
import type { Effect, Verb } from "#domain/provisioning/effect.ts";
import {
  INFRA,
  clusterShape,
  clusterSpec,
  serverShape,
  serverSpec,
  taskservShape,
  taskservSpec,
} from "#domain/provisioning/settings.ts";

export const SETTINGS_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,126}$/;
const WAIT_SECONDS_MAX = 300;
const VERBS = ["create", "update", "delete", "check"] as const;

export const idParam = z.object({ id: z.string() });

const infra = z
  .string()
  .regex(INFRA, "expected up to 63 letters, digits, dots, dashes and underscores");

const submission = {
  infra,
  settings: z.string().regex(SETTINGS_NAME, "expected the name of a stored settings document"),
  check_mode: z.boolean().default(false),
  wait: z.boolean().default(false),
  /** Seconds that an answer may wait. */
  timeout: z.number().int().min(1).max(WAIT_SECONDS_MAX).default(60),
};

export const serversBody = z.strictObject(submission).openapi("ProvisioningServersWorkflow");
export const taskservBody = z
  .strictObject({
    ...submission,
    operation: z.enum(VERBS).default("create"),
    taskserv: z.string().min(1),
  })
  .openapi("ProvisioningTaskservWorkflow");
export const clusterBody = z
  .strictObject({
    ...submission,
    operation: z.enum(VERBS).default("create"),
    cluster_type: z.string().min(1),
  })
  .openapi("ProvisioningClusterWorkflow");

/** One operation's plan, for a workflow that was submitted by itself: what it did is undone when it fails. */
export function planOf(effects: readonly Effect[]): BatchPlan {
  const operation: Operation = {
    id: "operation",
    type: "workflow",
    dependencies: [],
    effects,
    onFailure: "rollback",
    timeoutMs: OPERATION_TIMEOUT_MS,
    retry: DEFAULT_RETRY,
  };
  return {
    operations: [operation],
    parallelLimit: 1,
    rollbackEnabled: true,
    preserveSuccessful: false,
  };
}

const TYPES = ["server_batch", "taskserv_batch", "cluster_batch", ...VERBS] as const;

const dependency = z.union([
  z.string().transform((id) => ({ id, kind: "hard" as const })),
  z.strictObject({ id: z.string(), kind: z.enum(["hard", "soft", "optional"]).default("hard") }),
]);

const operation = z
  .strictObject({
    id: z
      .string()
      .regex(/^[\w.-]{1,100}$/, "expected up to 100 letters, digits, dots, dashes and underscores"),
    name: z.string().max(200).optional(),
    type: z.enum(TYPES),
    operation: z.enum(VERBS).optional(),
    provider: z.string().max(63).nullish(),
    infra: infra.optional(),
    dependencies: z.array(dependency).max(100).default([]),
    server_configs: z.array(serverShape).max(100).default([]),
    taskservs: z.array(taskservShape).max(100).default([]),
    clusters: z.array(clusterShape).max(100).default([]),
    on_failure: z.enum(["fail", "continue", "rollback"]).default("rollback"),
    timeout: z
      .number()
      .int()
      .min(1)
      .max(3_600)
      .default(OPERATION_TIMEOUT_MS / 1000),
    retry: z
      .strictObject({
        attempts: z.number().int().min(1).max(10).default(DEFAULT_RETRY.attempts),
        initial_delay: z
          .number()
          .min(0)
          .max(300)
          .default(DEFAULT_RETRY.firstMs / 1000),
        max_delay: z
          .number()
          .min(0)
          .max(3_600)
          .default(DEFAULT_RETRY.maxMs / 1000),
      })
      .optional(),
  })
  .superRefine(({ type, server_configs, taskservs, clusters }, context) => {
    const wanted = {
      server_batch: server_configs,
      taskserv_batch: taskservs,
      cluster_batch: clusters,
    };
    const all = [...server_configs, ...taskservs, ...clusters];
    const own = type in wanted ? wanted[type as keyof typeof wanted] : all;
    if (own.length > 0 && own.length === all.length) return;
    const needed = {
      server_batch: "server_configs",
      taskserv_batch: "taskservs",
      cluster_batch: "clusters",
    };
    const message =
      type in needed
        ? `a ${type} has ${needed[type as keyof typeof needed]}, one or more, and nothing else`
        : `a ${type} has server_configs, taskservs or clusters`;
    context.addIssue({ code: "custom", message });
  });

export const batchBody = z
  .strictObject({
    name: z.string().min(1).max(200),
    version: z.string().max(63).default("1.0.0"),
    /** Where the state is kept is decided here; what it says is stored with the batch. */
    storage_backend: z.string().max(63).optional(),
    infra: infra.optional(),
    parallel_limit: z.number().int().min(1).max(PARALLEL_MAX).default(5),
    rollback_enabled: z.boolean().default(true),
    preserve_successful: z.boolean().default(false),
    check_mode: z.boolean().default(false),
    operations: z.array(operation).min(1).max(OPERATIONS_MAX),
  })
  .openapi("ProvisioningBatch");

/** An operation that names no infra works on the batch's, which is the batch's own name where it names none. */
export function batchPlan(body: z.infer<typeof batchBody>): BatchPlan {
  const home = body.infra ?? body.name.replaceAll(/[^\w.-]/g, "-").slice(0, 63);
  return {
    operations: body.operations.map((given) => operationOf(given, given.infra ?? home)),
    parallelLimit: body.parallel_limit,
    rollbackEnabled: body.rollback_enabled,
    preserveSuccessful: body.preserve_successful,
  };
}

function operationOf(given: z.infer<typeof operation>, home: string): Operation {
  const { id, type, dependencies, retry, timeout } = given;
  return {
    id,
    type,
    dependencies,
    effects: effectsOf(given, home),
    onFailure: given.on_failure,
    timeoutMs: timeout * 1000,
    retry:
      retry === undefined
        ? DEFAULT_RETRY
        : {
            attempts: retry.attempts,
            firstMs: retry.initial_delay * 1000,
            maxMs: retry.max_delay * 1000,
          },
  };
}

function effectsOf(given: z.infer<typeof operation>, home: string): Effect[] {
  const verb = given.operation ?? verbOf(given.type);
  const provider = given.provider ?? null;
  return [
    ...given.server_configs.map((one) => {
      const spec = serverSpec(one, { infra: home, provider });
      return { type: "server" as const, verb, spec };
    }),
    ...given.taskservs.map((one) => {
      return { type: "taskserv" as const, verb, spec: taskservSpec(one, home) };
    }),
    ...given.clusters.map((one) => {
      return { type: "cluster" as const, verb, spec: clusterSpec(one, home) };
    }),
  ];
}

function verbOf(type: (typeof TYPES)[number]): Verb {
  return VERBS.find((verb) => verb === type) ?? "create";
}
