// The shapes of what the 001 document answers of workloads.
import { z } from "@hono/zod-openapi";
import { strategyFields } from "./strategy-schema.ts";
import { KINDS, PHASES } from "./workload-schema.ts";

const time = z.string().openapi({ format: "date-time" });
const status = z.enum(PHASES);
const json = z.record(z.string(), z.unknown());

export const createdWorkloadAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    namespace: z.string(),
    status,
    created_at: time,
    resource_version: z.int(),
  })
  .openapi("EdgeCreatedWorkload");

const workloadSummary = z
  .object({
    id: z.string(),
    name: z.string(),
    namespace: z.string(),
    type: z.enum(KINDS),
    status,
    created_at: time,
  })
  .openapi("EdgeWorkloadSummary");

export const workloadsAnswer = z
  .object({
    workloads: z.array(workloadSummary),
    items: z.array(workloadSummary),
    pagination: z.object({ total: z.int(), page: z.int(), limit: z.int(), pages: z.int() }),
  })
  .openapi("EdgeWorkloads");

export const workloadAnswer = workloadSummary
  .extend({
    image: z.string(),
    module: z.string(),
    replicas: z.int(),
    ready_replicas: z.int(),
    resources: json,
    placement: json,
    labels: z.record(z.string(), z.string()),
    nodes: z.array(z.string()),
    instances: z.array(
      z.object({
        id: z.string(),
        name: z.string().nullable(),
        node: z.string().nullable(),
        status: z.string(),
        health: z.string(),
        reason: z.string().nullable(),
      }),
    ),
    conflicts: z.array(z.string()),
    failures: z.array(z.unknown()),
    runs: z.array(z.unknown()),
    schedule: z.string().optional(),
    strategy: strategyFields.strategy.nullable(),
    rollout: z
      .object({
        deployment_id: z.string(),
        module: z.string(),
        status: z.enum(["rolling", "replacing", "complete", "taken-back"]),
        message: z.string().nullable(),
      })
      .nullable(),
    target_nodes: z.array(z.string()).nullable(),
    resource_version: z.int(),
    updated_at: time,
  })
  .openapi("EdgeWorkload");

export const updatedWorkloadAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    status,
    updated_at: time,
    resource_version: z.int(),
  })
  .openapi("EdgeUpdatedWorkload");

export const deployedWorkloadAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    status,
    deployment_id: z.string(),
    target_nodes: z.array(z.string()),
    started_at: time,
  })
  .openapi("EdgeDeployedWorkload");
