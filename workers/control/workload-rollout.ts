// Takes a workload to named nodes by a rollout: the version is loaded, checked and watched there as in any deployment,
// and the workload's instances may from then on run on these nodes alone.
import { Fault } from "#domain/fault.ts";
import type { Module } from "#domain/module.ts";
import type { Principal } from "#domain/role.ts";
import { DEFAULT_GATES, DEFAULT_HEALTH } from "#domain/rollout/rollout.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { createDeployment, executeDeployment, steerDeployment } from "./deployments.ts";
import { getModule } from "./modules.ts";
import { changeWorkload, getWorkload } from "./workloads.ts";

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
  const change = { targets: nodes };
  const record = await changeWorkload(env, id, { change, ifMatch: null, principal });
  return { record, deploymentId: rollout.id };
}

/** A module without a health function is judged by its calls alone. */
function isChecked({ signatures }: Module): boolean {
  const check = signatures.find(({ name }) => name === DEFAULT_HEALTH.functionName);
  return check !== undefined && (check.style === "json" || check.parameters.length === 0);
}

/** What a deployment calls targetNodes is `nodes` to who deploys a workload. */
function inOurWords(thrown: unknown): never {
  if (!(thrown instanceof Fault)) throw thrown;
  const details = thrown.details.map((detail) => detail.replace(/^targetNodes: /, "nodes: "));
  throw new Fault(thrown.code, thrown.message, { details, cause: thrown });
}
