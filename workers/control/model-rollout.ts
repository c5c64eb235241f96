// Another version of a component's module by a rollout: it is deployed beside what runs, with the component's config and
// links; once that is complete, the instances take it over. How far it is stands with the workload, so that whoever looks
// at the model again goes on from there.
import { statusOf } from "#domain/deployment.ts";
import { Fault } from "#domain/fault.ts";
import type { JsonObject } from "#domain/json.ts";
import { updateOf } from "#domain/oam/update.ts";
import type { ModelUpdate } from "#domain/oam/update.ts";
import type { RolloutPolicy } from "#domain/oam/rollout-policy.ts";
import type { Principal } from "#domain/role.ts";
import { DEFAULT_HEALTH } from "#domain/rollout/rollout.ts";
import type { HealthPolicy } from "#domain/rollout/rollout.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { handOver } from "#stores/handover.ts";
import {
  createDeployment,
  executeDeployment,
  getDeployment,
  steerDeployment,
} from "./deployments.ts";
import { getModule } from "./modules.ts";
import { assertSoleUser, moduleNameOf } from "./sole-user.ts";
import { isChecked } from "./workload-rollout.ts";
import { changeWorkload, readyNodes, workloadInstances } from "./workloads.ts";
import type { WorkloadChange } from "./workloads.ts";

type Next = WorkloadChange & { readonly moduleId: string; readonly details: JsonObject };

type Of = {
  readonly record: WorkloadRecord;
  readonly next: Next;
  /** Null: what is under way is ended, and nothing new is begun. */
  readonly policy: RolloutPolicy | null;
  readonly principal: Principal;
};

/** Who may deploy a model may have it go out with care: no other role is asked for. */
const SYSTEM = { username: "system", role: "Admin" } as const;

/** True while it goes on; false where there is nothing to roll out, and the caller changes the workload as it is. */
export async function rollOut(env: Env, of: Of): Promise<boolean> {
  const { record, next } = of;
  const update = updateOf(record.workload);
  if (update === null) return begin(env, of);
  if (update.moduleId !== next.moduleId || of.policy === null) {
    return (await endUpdate(env, record)) ? begin(env, of) : true;
  }
  return update.stage === "rolling" ? follow(env, of, update) : replaced(env, of, update);
}

/** Takes back what has not come to its end, and lets go of what has. True once nothing of it is left. */
export async function endUpdate(env: Env, { workload }: WorkloadRecord): Promise<boolean> {
  const update = updateOf(workload);
  if (update === null) return true;
  const { rollout } = await getDeployment(env, update.deployment);
  const status = statusOf(rollout);
  if (status === "Pending" || status === "InProgress" || status === "Paused") {
    const by = { verb: "abort", principal: SYSTEM, reason: "its model is changed" } as const;
    await steerDeployment(env, update.deployment, by).catch(ignoreConflict);
    return false;
  }
  return status !== "Completed" || handOver(env, rollout);
}

async function begin(env: Env, { record, next, policy, principal }: Of): Promise<boolean> {
  const { workload, resourceVersion } = record;
  if (policy === null || next.moduleId === workload.moduleId) return false;
  const nodes = await readyNodes(env, workload.id);
  if (workload.kind.type !== "deployment" || nodes.length === 0) return false;
  await assertAlone(env, record, next.moduleId);
  const request = {
    moduleId: next.moduleId,
    targetRegions: [],
    targetNodes: nodes,
    strategy: policy.strategy,
    autoPromote: policy.autoPromote,
    health: await healthOf(env, next.moduleId, policy),
    gates: policy.gates,
    autoRollback: true,
    environment: next.config ?? {},
    grants: next.grants ?? [],
  };
  const { rollout } = await createDeployment(env, request, { principal, now: Date.now() });
  const update = { deployment: rollout.id, moduleId: next.moduleId, stage: "rolling" } as const;
  const change = { details: { ...workload.details, update } };
  await changeWorkload(env, workload.id, { change, ifMatch: resourceVersion, principal });
  await executeDeployment(env, rollout.id, { principal: SYSTEM, approvedBy: null });
  return true;
}

async function follow(env: Env, of: Of, update: ModelUpdate): Promise<boolean> {
  const { record, next, principal } = of;
  const { workload } = record;
  const { rollout } = await getDeployment(env, update.deployment);
  const status = statusOf(rollout);
  switch (status) {
    case "Pending":
      // A process was lost between the two.
      await executeDeployment(env, rollout.id, { principal: SYSTEM, approvedBy: null });
      return true;
    case "InProgress":
    case "Paused":
      return true;
    case "Failed":
    case "RolledBack": {
      const message = `Deployment ${rollout.id} of ${update.moduleId} was taken back: ${rollout.message ?? status}`;
      throw new Fault("CONFLICT", message);
    }
    case "Completed": {
      // All of the new at once beside the old: it is them that all requests go to.
      const { kind = workload.kind } = next;
      const surge = kind.type === "deployment" ? Math.max(1, kind.replicas) : 1;
      const details = { ...next.details, update: { ...update, stage: "replacing" } };
      const change = { ...next, update: { surge, unavailable: 0 }, details };
      await changeWorkload(env, workload.id, { change, ifMatch: null, principal });
      return true;
    }
  }
}

/** Once all instances run it, they have the route. */
async function replaced(env: Env, { record }: Of, update: ModelUpdate): Promise<boolean> {
  const instances = await workloadInstances(env, record.workload.id);
  const isReady = instances.every((one) => one.phase === "ready" && one.isCurrent);
  if (!isReady) return true;
  const { rollout } = await getDeployment(env, update.deployment);
  return !(await handOver(env, rollout));
}

async function healthOf(
  env: Env,
  moduleId: string,
  { probe, successThreshold, failureThreshold }: RolloutPolicy,
): Promise<HealthPolicy> {
  const health = { ...DEFAULT_HEALTH, successThreshold, failureThreshold };
  if (probe != null) return { ...health, probe };
  return { ...health, enabled: isChecked(await getModule(env, moduleId)) };
}

async function assertAlone(env: Env, { workload }: WorkloadRecord, to: string): Promise<void> {
  const name = moduleNameOf(workload.moduleId);
  if (moduleNameOf(to) !== name) {
    const message = `A rollout takes a component to another version of ${name}, not to ${to}; leave it out of the policy to replace it.`;
    throw new Fault("VALIDATION_ERROR", message);
  }
  await assertSoleUser(env, workload);
}

/** It has come to its end meanwhile. */
function ignoreConflict(cause: unknown): void {
  if (!(cause instanceof Fault) || cause.code !== "CONFLICT") throw cause;
}
