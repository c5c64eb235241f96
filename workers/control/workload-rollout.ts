// Takes a workload to named nodes, or to another artifact, by a rollout: the version is loaded, checked and watched as in
// any deployment. Once it is complete the workload is what was asked for; what is taken back has changed nothing.
import { Fault } from "#domain/fault.ts";
import type { Module } from "#domain/module.ts";
import type { Principal } from "#domain/role.ts";
import { DEFAULT_GATES, DEFAULT_HEALTH } from "#domain/rollout/policy.ts";
import type { GatePolicy, HealthPolicy } from "#domain/rollout/policy.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { rolloutUnderWay, settled } from "#domain/workload/rollout.ts";
import type { SettledWorkload, Workload, WorkloadRollout } from "#domain/workload/workload.ts";
import { createDeployment, executeDeployment, steerDeployment } from "./deployments.ts";
import { getModule } from "./modules.ts";
import { assertSoleUser, moduleNameOf } from "./sole-user.ts";
import { letInstancesServe } from "./workload-service.ts";
import { changeWorkload, completed, getWorkload, readyNodes } from "./workloads.ts";
import type { WorkloadChange } from "./workloads.ts";

type By = { readonly principal: Principal; readonly now: number };

export async function deployWorkload(
  env: Env,
  id: string,
  of: By & { nodes: readonly string[]; strategy: Strategy },
): Promise<{ record: WorkloadRecord; deploymentId: string }> {
  const { nodes, strategy } = of;
  const before = await getWorkload(env, id);
  const { workload } = before;
  const { type } = workload.kind;
  if (type === "job" || type === "cronjob") {
    const message = `Workload ${id} is a ${type}: its runs end by themselves, and nothing is rolled out.`;
    throw new Fault("VALIDATION_ERROR", message, { details: [`type: ${message}`] });
  }
  const to = { ...settled(workload), targets: nodes, strategy };
  return bringOut(env, before, { ...of, purpose: "deploy", nodes, to });
}

/**
 * Changes what is given. What makes of a workload that names a strategy another revision goes out by a rollout, be it the
 * artifact or the configuration, and all that is given with it: until that is complete the workload is what it was. Where
 * nothing is ready there is nothing to be careful with.
 */
export async function updateWorkload(
  env: Env,
  id: string,
  of: By & { change: WorkloadChange; ifMatch: number | null },
): Promise<WorkloadRecord> {
  const { change, ifMatch, principal, now } = of;
  const before = await getWorkload(env, id);
  const { workload, resourceVersion } = before;
  const isStale = ifMatch !== null && ifMatch !== resourceVersion;
  const to = await completed(env, { ...settled(workload), ...change }, id);
  const isOther = to.revision !== workload.revision;
  const { strategy = workload.strategy } = change;
  const isCareful = isOther && !isStale && rolloutUnderWay(workload) === null;
  const nodes = isCareful && strategy !== null ? await readyNodes(env, id) : [];
  if (strategy === null || nodes.length === 0) {
    const record = await changeWorkload(env, id, { change, ifMatch, principal });
    if (isOther) await letInstancesServe(env, workload);
    return record;
  }
  await assertAlone(env, workload, to);
  const update = { purpose: "update", nodes, to, strategy, principal, now } as const;
  return (await bringOut(env, before, update)).record;
}

/** Kept with the workload before it begins: whoever comes after finds it there, whatever becomes of this process. */
export async function bringOut(
  env: Env,
  { workload, resourceVersion }: WorkloadRecord,
  of: By & {
    purpose: WorkloadRollout["purpose"];
    nodes: readonly string[];
    strategy: Strategy;
    to: SettledWorkload;
    health?: HealthPolicy;
    gates?: GatePolicy;
    autoPromote?: boolean;
    /** Where it is executed with another's right. */
    executedBy?: Principal;
  },
): Promise<{ record: WorkloadRecord; deploymentId: string }> {
  const { purpose, nodes, strategy, to, principal, now, executedBy = principal } = of;
  const { id, namespace, deployments = [] } = workload;
  assertSettled(workload);
  const { moduleId, revision, config, grants = [] } = to;
  const isVariant = purpose === "update" && moduleId === workload.moduleId;
  const request = {
    moduleId,
    ...(isVariant ? { revision } : {}),
    targetRegions: [],
    targetNodes: nodes,
    strategy,
    autoPromote: of.autoPromote ?? true,
    health: of.health ?? {
      ...DEFAULT_HEALTH,
      enabled: isChecked(await getModule(env, moduleId)),
    },
    gates: of.gates ?? DEFAULT_GATES,
    autoRollback: true,
    environment: config,
    grants,
    before: { environment: workload.config, grants: workload.grants ?? [] },
    workload: { namespace, id },
  };
  const { rollout } = await createDeployment(env, request, { principal, now }).catch(inOurWords);
  const { id: deployment } = rollout;
  const kept = purpose === "deploy" ? { ...to, deployments: [...deployments, deployment] } : to;
  const begun = { deployment, moduleId, revision, purpose, stage: "rolling", to: kept } as const;
  const change = { rollout: { ...begun, from: null, message: null } };
  try {
    const put = { change, ifMatch: resourceVersion, principal };
    const record = await changeWorkload(env, id, put);
    await executeDeployment(env, deployment, { principal: executedBy, approvedBy: null });
    return { record, deploymentId: deployment };
  } catch (refusal) {
    // The workload hears of it, as of any other end.
    const by = {
      verb: "abort",
      principal: executedBy,
      reason: "it could not be executed",
    } as const;
    await steerDeployment(env, deployment, by).catch(() => null);
    throw refusal;
  }
}

async function assertAlone(env: Env, before: Workload, after: Workload): Promise<void> {
  const [from, to] = [moduleNameOf(before.moduleId), moduleNameOf(after.moduleId)];
  if (from !== to) {
    const fault = `a rollout takes the workload to another version of ${from}, not to ${after.moduleId}; with strategy null it is replaced`;
    throw new Fault("VALIDATION_ERROR", "The image is of another module.", {
      details: [`image: ${fault}`],
    });
  }
  await assertSoleUser(env, before);
}

function assertSettled(workload: Workload): void {
  const rollout = rolloutUnderWay(workload);
  if (rollout === null) return;
  const message = `Workload ${workload.id} is being rolled out by ${rollout.deployment}; abort that, or wait for its end.`;
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
