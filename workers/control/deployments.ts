// Deployments: asked for, planned, executed and steered. What happens then is the rollout object's business.
import { statusOf } from "#domain/deployment.ts";
import type { Deployment } from "#domain/deployment.ts";
import { Fault, faultFrom } from "#domain/fault.ts";
import type { Grant } from "#domain/link.ts";
import type { Module } from "#domain/module.ts";
import { needsOf } from "#domain/placement/need.ts";
import type { Principal } from "#domain/role.ts";
import { missingRole, rolesOf } from "#domain/role.ts";
import { newRollout } from "#domain/rollout/rollout.ts";
import type { GatePolicy, HealthPolicy } from "#domain/rollout/policy.ts";
import type { Plan, Verb } from "#domain/rollout/rollout.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import { variantOf, versionOf } from "#domain/variant.ts";
import { database } from "#stores/database.ts";
import * as deployments from "#stores/deployments.ts";
import { rolloutOf } from "#stores/objects.ts";
import { holderOf } from "#stores/routes.ts";
import { getModule } from "./modules.ts";
import { makePlan } from "./plan.ts";

/** A rollback is one change of route and a few calls: it is waited for, so that the answer can say it is done. */
const ROLLBACK_WAIT_MS = 25_000;

export type DeploymentRequest = {
  readonly moduleId: string;
  readonly targetRegions: readonly string[];
  readonly targetNodes: readonly string[];
  readonly strategy: Strategy;
  readonly autoPromote: boolean;
  readonly health: HealthPolicy;
  readonly gates: GatePolicy;
  readonly autoRollback: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly grants?: readonly Grant[];
  /** What of the version goes out, where it takes the place of the same version in another configuration. */
  readonly revision?: string;
  readonly before?: NonNullable<Deployment["before"]>;
  readonly workload?: NonNullable<Deployment["workload"]>;
};

export async function createDeployment(
  env: Env,
  request: DeploymentRequest,
  by: { principal: Principal; now: number },
): Promise<Deployment> {
  const { module, plan } = await prepare(env, request);
  const regions = plan.before.map((route) => route.region);
  const holder = await holderOf(database(env), { moduleName: module.name, regions });
  if (holder !== null) throw busy(module.name, holder);
  const id = `deploy-${crypto.randomUUID()}`;
  const rollout = newRollout({
    id,
    moduleName: module.name,
    candidate: candidateOf(request),
    memoryLimitBytes: module.limits.maxMemoryMB * 1024 * 1024,
    strategy: request.strategy,
    health: request.health,
    gates: request.gates,
    autoPromote: request.autoPromote,
    autoRollback: request.autoRollback,
    createdAt: by.now,
    createdBy: by.principal.username,
  });
  const { targetRegions, targetNodes, environment = {}, grants = [], workload, before } = request;
  const asked = { targetRegions, targetNodes, environment, grants };
  const of = {
    ...(workload === undefined ? {} : { workload }),
    ...(before === undefined ? {} : { before }),
  };
  return rolloutOf(env, id).create({ rollout, ...asked, ...of });
}

/** The plan as it would be if it were executed now; nothing runs. */
export async function planDeployment(env: Env, id: string): Promise<Plan> {
  const { rollout, targetRegions, targetNodes, grants } = await getDeployment(env, id);
  if (rollout.plan !== null) return rollout.plan;
  const { candidate, moduleName, strategy, health } = rollout;
  const isHttp = health.probe !== undefined;
  const needs = needsOf({ ...(await getModule(env, versionOf(candidate))), grants, isHttp });
  return makePlan(env, { moduleName, candidate, targetRegions, targetNodes, strategy, needs });
}

/** The object's own word while it runs, the listed one when it is over. */
export async function getDeployment(env: Env, id: string): Promise<Deployment> {
  const listed = await deployments.findDeployment(database(env), id);
  if (listed === null) throw new Fault("NOT_FOUND", `Deployment ${id} does not exist.`);
  const live = ["Pending", "InProgress", "Paused"].includes(statusOf(listed.rollout));
  return live ? ((await rolloutOf(env, id).read()) ?? listed) : listed;
}

export async function listDeployments(env: Env, filter: deployments.DeploymentFilter) {
  return deployments.listDeployments(database(env), filter);
}

export async function deploymentEvents(
  env: Env,
  id: string,
  page: { limit: number; offset: number },
) {
  await getDeployment(env, id);
  return deployments.listTransitions(database(env), id, page);
}

/** In production it takes an Admin. Whoever is named as approver has approved it, or is an Admin who does so now. */
export async function executeDeployment(
  env: Env,
  id: string,
  by: { principal: Principal; approvedBy: string | null },
): Promise<Deployment> {
  const { principal, approvedBy } = by;
  if (
    env.ENVIRONMENT === "production" &&
    missingRole(rolesOf(principal), "deployment:execute-in-production") !== null
  ) {
    const message = `In production a deployment is executed by an Admin; ${principal.username} is ${principal.role}.`;
    throw new Fault("FORBIDDEN", message);
  }
  const deployment = await getDeployment(env, id);
  const approver = deployment.rollout.approvedBy;
  const approvesNow =
    approvedBy === principal.username &&
    missingRole(rolesOf(principal), "deployment:approve") === null;
  if (approvedBy !== null && approvedBy !== approver && !approvesNow) {
    const message = `${approvedBy} has not approved deployment ${id}; an Admin approves with POST /deployments/${id}/approve.`;
    throw new Fault("FORBIDDEN", message);
  }
  if (statusOf(deployment.rollout) !== "Pending") {
    throw new Fault(
      "CONFLICT",
      `Deployment ${id} is ${statusOf(deployment.rollout)}, not Pending.`,
    );
  }
  if (approvesNow && approver === null) {
    await ask(env, id, { verb: "approve", principal, reason: "approved with its execution" });
  }
  const plan = await planDeployment(env, id);
  const outcome = await rolloutOf(env, id).ask({
    type: "execute",
    actor: principal.username,
    plan,
  });
  if ("fault" in outcome) throw faultFrom(outcome.fault);
  return outcome.deployment;
}

export async function steerDeployment(
  env: Env,
  id: string,
  by: { verb: Exclude<Verb, "execute" | "rollback">; principal: Principal; reason: string | null },
): Promise<Deployment> {
  await getDeployment(env, id);
  return ask(env, id, by);
}

/** Back to the version before: answers when every route and node is as it was. */
export async function rollbackDeployment(
  env: Env,
  id: string,
  by: { principal: Principal; reason: string | null },
): Promise<Deployment> {
  await getDeployment(env, id);
  const begun = await ask(env, id, { ...by, verb: "rollback" });
  return (await rolloutOf(env, id).settled(ROLLBACK_WAIT_MS)) ?? begun;
}

async function ask(
  env: Env,
  id: string,
  by: { verb: Exclude<Verb, "execute">; principal: Principal; reason: string | null },
): Promise<Deployment> {
  const event = { type: by.verb, actor: by.principal.username, reason: by.reason };
  const outcome = await rolloutOf(env, id).ask(event);
  if ("fault" in outcome) throw faultFrom(outcome.fault);
  return outcome.deployment;
}

async function prepare(
  env: Env,
  request: DeploymentRequest,
): Promise<{ module: Module; plan: Plan }> {
  const module = await getModule(env, request.moduleId);
  refuseUnfit(module, request.health);
  const { targetRegions, targetNodes, strategy, grants, health } = request;
  const { name: moduleName } = module;
  const candidate = candidateOf(request);
  const needs = needsOf({ ...module, grants, isHttp: health.probe !== undefined });
  const target = { targetRegions, targetNodes, strategy, needs };
  const plan = await makePlan(env, { moduleName, candidate, ...target });
  return { module, plan };
}

function candidateOf({ moduleId, revision }: DeploymentRequest): string {
  return revision === undefined ? moduleId : variantOf(moduleId, revision);
}

function refuseUnfit(module: Module, health: HealthPolicy): void {
  if (module.status !== "Active") {
    const message = `Module ${module.id} is ${module.status}; only an Active module may be newly deployed.`;
    throw new Fault("CONFLICT", message);
  }
  if (!health.enabled || health.probe !== undefined) return;
  const check = module.signatures.find(({ name }) => name === health.functionName);
  const takesNothing = check?.style === "json" || check?.parameters.length === 0;
  if (check !== undefined && takesNothing) return;
  const why =
    check === undefined
      ? `exports no function ${health.functionName}`
      : `needs parameters for ${health.functionName}`;
  const detail = `healthCheck: module ${module.id} ${why}; name another in healthCheck.functionName, or set healthCheck.enabled to false.`;
  throw new Fault("VALIDATION_ERROR", "The health check does not fit the module.", {
    details: [detail],
  });
}

function busy(moduleName: string, holder: string): Fault {
  const message = `Deployment ${holder} of ${moduleName} is active on the same target; one rollout at a time.`;
  return new Fault("CONFLICT", message);
}
