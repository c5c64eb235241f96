// Takes a workload to named nodes by a rollout: the version is loaded, checked and watched there as in any deployment,
// and the workload's instances may from then on run on these nodes alone. What its rollouts brought into service leaves
// with it, and by a rollback of theirs: rollouts alone write routes.
import { Fault } from "#domain/fault.ts";
import { statusOf } from "#domain/deployment.ts";
import type { Module } from "#domain/module.ts";
import type { Principal } from "#domain/role.ts";
import { DEFAULT_GATES, DEFAULT_HEALTH } from "#domain/rollout/rollout.ts";
import { servedBy } from "#domain/rollout/routing.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { database } from "#stores/database.ts";
import { readRoutes } from "#stores/routes.ts";
import {
  createDeployment,
  executeDeployment,
  getDeployment,
  rollbackDeployment,
  steerDeployment,
} from "./deployments.ts";
import { getModule } from "./modules.ts";
import { changeWorkload, getWorkload, removeWorkload } from "./workloads.ts";

export async function deployWorkload(
  env: Env,
  id: string,
  of: { nodes: readonly string[]; strategy: Strategy; principal: Principal; now: number },
): Promise<{ record: WorkloadRecord; deploymentId: string }> {
  const { nodes, strategy, principal, now } = of;
  const { workload } = await getWorkload(env, id);
  const { type } = workload.kind;
  if (type === "job" || type === "cronjob") {
    const message = `Workload ${id} is a ${type}: its runs end by themselves, and nothing is rolled out.`;
    throw new Fault("VALIDATION_ERROR", message, { details: [`type: ${message}`] });
  }
  const request = {
    moduleId: workload.moduleId,
    targetRegions: [],
    targetNodes: nodes,
    strategy,
    autoPromote: true,
    health: { ...DEFAULT_HEALTH, enabled: isChecked(await getModule(env, workload.moduleId)) },
    gates: DEFAULT_GATES,
    autoRollback: true,
  };
  const { rollout } = await createDeployment(env, request, { principal, now }).catch(inOurWords);
  try {
    await executeDeployment(env, rollout.id, { principal, approvedBy: null });
  } catch (refusal) {
    const reason = "it could not be executed";
    await steerDeployment(env, rollout.id, { verb: "abort", principal, reason }).catch(() => null);
    throw refusal;
  }
  const deployments = [...(workload.deployments ?? []), rollout.id];
  const change = { targets: nodes, deployments };
  const record = await changeWorkload(env, id, { change, ifMatch: null, principal });
  return { record, deploymentId: rollout.id };
}

/** What its deployments brought leaves first, the newest first, so that what stood before it stands again. */
export async function withdrawWorkload(
  env: Env,
  id: string,
  of: { ifMatch: number | null; principal: Principal },
): Promise<void> {
  const { ifMatch, principal } = of;
  const { workload, resourceVersion } = await getWorkload(env, id);
  const isStale = ifMatch !== null && ifMatch !== resourceVersion;
  const deployments = isStale ? [] : (workload.deployments ?? []).toReversed();
  for (const deployment of deployments) await endService(env, deployment, principal);
  await removeWorkload(env, id, ifMatch);
}

/** Refused while the rollout runs, and where others have changed a route since: their share is not taken with it. */
async function endService(env: Env, id: string, principal: Principal): Promise<void> {
  const { rollout } = await getDeployment(env, id);
  const status = statusOf(rollout);
  if (status === "Failed" || status === "RolledBack") return;
  if (status !== "Completed") {
    const message = `Deployment ${id} of the workload is ${status}; abort it, or wait for its end, then remove the workload.`;
    throw new Fault("CONFLICT", message);
  }
  const { own, changed } = servedBy(rollout, await readRoutes(database(env), rollout.moduleName));
  if (own.length === 0 && changed.length === 0) return;
  if (changed.length > 0) {
    const message = `The workload's version ${rollout.candidate} is in service, and others have changed its routes since; roll back what came after deployment ${id}, or that itself.`;
    const details = changed.map((region) => `route: ${rollout.moduleName} in ${region}`);
    throw new Fault("CONFLICT", message, { details });
  }
  const by = { principal, reason: "its workload is removed" };
  const { rollout: after } = await rollbackDeployment(env, id, by);
  if (statusOf(after) === "RolledBack") return;
  const message = `Deployment ${id} of the workload is not yet rolled back; remove the workload again in a moment.`;
  throw new Fault("CONFLICT", message);
}

/** A module without a health function is judged by its calls alone. */
export function isChecked({ signatures }: Module): boolean {
  const check = signatures.find(({ name }) => name === DEFAULT_HEALTH.functionName);
  return check !== undefined && (check.style === "json" || check.parameters.length === 0);
}

/** What a deployment calls targetNodes is `nodes` to who deploys a workload. */
function inOurWords(thrown: unknown): never {
  if (!(thrown instanceof Fault)) throw thrown;
  const details = thrown.details.map((detail) => detail.replace(/^targetNodes: /, "nodes: "));
  throw new Fault(thrown.code, thrown.message, { details, cause: thrown });
}
