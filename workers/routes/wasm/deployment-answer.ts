// The shapes of the answers about deployments: their state, plan, history and the verdicts of their gates.
import { z } from "@hono/zod-openapi";
import { DEPLOYMENT_STATUSES } from "#domain/deployment.ts";
import { STRATEGIES } from "#domain/strategy/strategy.ts";
import { page, time } from "./answer.ts";

export const createdDeploymentAnswer = z
  .object({
    deploymentId: z.string(),
    moduleId: z.string(),
    status: z.enum(DEPLOYMENT_STATUSES),
    strategy: z.enum(STRATEGIES),
    targetRegions: z.array(z.string()),
    targetNodes: z.array(z.string()),
    progressPercent: z.number(),
    createdAt: time,
    createdBy: z.string(),
  })
  .openapi("CreatedDeployment");

export const executionAnswer = z
  .object({
    deploymentId: z.string(),
    status: z.enum(DEPLOYMENT_STATUSES),
    startedAt: time.nullable(),
    estimatedCompletionTime: time.nullable(),
  })
  .openapi("StartedDeployment");

const gateAnswer = z
  .object({
    gate: z.string(),
    verdict: z.enum(["pass", "fail", "inconclusive"]),
    reason: z.string(),
    candidate: z.number().nullable(),
    stable: z.number().nullable(),
    limit: z.number().nullable(),
    samples: z.int(),
  })
  .openapi("Verdict");

export const deploymentAnswer = createdDeploymentAnswer
  .extend({
    ...executionAnswer.shape,
    succeededNodes: z.array(z.string()),
    failedNodes: z.array(z.string()),
    currentStage: z.string().nullable(),
    previousModuleId: z.string().nullable(),
    approvedBy: z.string().nullable(),
    approvedAt: time.nullable(),
    completedAt: time.nullable(),
    errorMessage: z.string().nullable(),
    gates: z.array(gateAnswer),
  })
  .openapi("Deployment");

export const deploymentsAnswer = z
  .object({ deployments: z.array(deploymentAnswer), ...page })
  .openapi("Deployments");

export const rollbackAnswer = z
  .object({
    deploymentId: z.string(),
    status: z.enum(DEPLOYMENT_STATUSES),
    previousModuleId: z.string().nullable(),
    rollbackCompletedAt: time.nullable(),
  })
  .openapi("Rollback");

export const planAnswer = z
  .object({
    deploymentId: z.string(),
    previousModuleId: z.string().nullable(),
    targetNodes: z.array(z.string()),
    waves: z.array(
      z.object({
        label: z.string(),
        nodes: z.array(z.string()),
        sharePercentByRegion: z.record(z.string(), z.number()),
        maxRequestSharePercent: z.number(),
        bake: z.string(),
        gates: z.array(z.string()),
        failureScope: z.enum(["rollout", "wave", "pause"]),
      }),
    ),
    duration: z.string(),
    maxUnprovenSharePercent: z.number(),
  })
  .openapi("Plan");

export const eventsAnswer = z
  .object({
    events: z.array(
      z.object({
        sequence: z.int(),
        timestamp: time,
        actor: z.string(),
        from: z.string(),
        to: z.string(),
        reason: z.string(),
        evidence: z.array(gateAnswer),
      }),
    ),
    ...page,
  })
  .openapi("DeploymentEvents");
