// Another version of a component's module, or another configuration of it, by a rollout, as the model's policy has it.
// The workload goes out as any other that names a strategy: its lattice follows the rollout to its end, and the model
// is looked at by what has become of it.
import { statusOf } from "#domain/deployment.ts";
import { Fault } from "#domain/fault.ts";
import type { RolloutPolicy } from "#domain/oam/rollout-policy.ts";
import type { Principal } from "#domain/role.ts";
import { DEFAULT_HEALTH } from "#domain/rollout/policy.ts";
import type { HealthPolicy } from "#domain/rollout/policy.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { rolloutUnderWay, settled, takenBack } from "#domain/workload/rollout.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { handOver } from "#stores/handover.ts";
import { getDeployment, steerDeployment } from "./deployments.ts";
import { getModule } from "./modules.ts";
import { assertSoleUser, moduleNameOf } from "./sole-user.ts";
import { bringOut, isChecked } from "./workload-rollout.ts";
import { completed, readyNodes } from "./workloads.ts";
import type { WorkloadChange } from "./workloads.ts";

type Of = {
  readonly record: WorkloadRecord;
  readonly next: WorkloadChange & { readonly moduleId: string };
  /** Null: what is under way is ended, and nothing new is begun. */
  readonly policy: RolloutPolicy | null;
  readonly principal: Principal;
};

/** Who may deploy a model may have it go out with care: no other role is asked for. */
const SYSTEM = { username: "system", role: "Admin" } as const;

const PASSED = "its wave has passed, and somebody is to promote it.";

/** True while it goes on; false where there is nothing to roll out, and the caller changes the workload as it is. */
export async function rollOut(env: Env, { record, next, policy, principal }: Of): Promise<boolean> {
  const { workload } = record;
  const underWay = rolloutUnderWay(workload);
  if (underWay !== null) {
    const isWanted = policy !== null && isAsWanted(underWay.to ?? workload, next);
    if (!isWanted) await endUpdate(env, record);
    return true;
  }
  const to = await completed(env, { ...settled(workload), ...next }, workload.id);
  const fault = takenBack(workload);
  if (fault !== null && isBroughtBy(workload.rollout, to)) throw new Fault("CONFLICT", fault);
  if (policy === null || to.revision === workload.revision) return false;
  const nodes = await readyNodes(env, workload.id);
  if (nodes.length === 0) return false;
  await assertAlone(env, record, next.moduleId);
  const { strategy, autoPromote, gates } = policy;
  const health = await healthOf(env, next.moduleId, policy);
  const care = { strategy, autoPromote, gates, health, executedBy: SYSTEM };
  await bringOut(env, record, {
    ...care,
    purpose: "update",
    nodes,
    to,
    principal,
    now: Date.now(),
  });
  return true;
}

/** Of the rollouts that bring these: why each that waits for a person does so, by its deployment. */
export async function pausedRollouts(
  env: Env,
  records: readonly WorkloadRecord[],
): Promise<Map<string, string>> {
  const found = await Promise.all(
    records.map(async ({ workload }) => {
      const underWay = rolloutUnderWay(workload);
      if (underWay === null) return [];
      const { rollout } = await getDeployment(env, underWay.deployment);
      const { phase, message } = rollout;
      if (phase.name !== "paused") return [];
      const why = phase.cause === "promotion" ? PASSED : (message ?? "somebody asked for it.");
      return [[underWay.deployment, why] as const];
    }),
  );
  return new Map(found.flat());
}

/** Takes back what has not come to its end, and lets go of what has. */
export async function endUpdate(env: Env, { workload }: WorkloadRecord): Promise<void> {
  const underWay = rolloutUnderWay(workload);
  if (underWay === null) return;
  const { rollout } = await getDeployment(env, underWay.deployment);
  const status = statusOf(rollout);
  if (status === "Completed") await handOver(env, rollout);
  if (status !== "Pending" && status !== "InProgress" && status !== "Paused") return;
  const by = { verb: "abort", principal: SYSTEM, reason: "its model is changed" } as const;
  await steerDeployment(env, underWay.deployment, by).catch(ignoreConflict);
}

/** Whether it is already what is asked for. */
export function isAsWanted(workload: WorkloadChange, next: WorkloadChange): boolean {
  const told = ({ moduleId, isHttp, kind, spread, config, details, grants = [] }: WorkloadChange) =>
    JSON.stringify([moduleId, isHttp, kind, spread, config, details, grants]);
  return told(workload) === told(next);
}

/** Whether a rollout has brought the same already. */
function isBroughtBy(rollout: Workload["rollout"], { moduleId, revision }: Workload): boolean {
  return rollout?.revision === undefined
    ? rollout?.moduleId === moduleId
    : rollout.revision === revision;
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
