// A new version of a running app by a rollout: what its spec asks for is kept with the app and deployed beside what runs,
// with the app's environment and its probe. The app's own object follows the rollout to its end.
import { createDeployment, executeDeployment, steerDeployment } from "#control/deployments.ts";
import { assertSoleUser, moduleNameOf } from "#control/sole-user.ts";
import { completed, getWorkload, readyNodes } from "#control/workloads.ts";
import type { WorkloadChange } from "#control/workloads.ts";
import { isUpdating } from "#domain/app/app.ts";
import type { App } from "#domain/app/app.ts";
import type { AppSpec, RolloutSection } from "#domain/app/spec.ts";
import { Fault } from "#domain/fault.ts";
import type { Principal } from "#domain/role.ts";
import { DEFAULT_GATES, DEFAULT_HEALTH } from "#domain/rollout/policy.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { appOf } from "#stores/app-object.ts";
import { invalidSpec } from "./workload.ts";

type Next = {
  readonly given: string;
  readonly spec: AppSpec;
  readonly change: WorkloadChange;
  readonly principal: Principal;
  readonly now: number;
};

/** The app with its update; null where the spec asks for no rollout, or there is nothing to roll out. */
export async function beginUpdate(env: Env, app: App, next: Next): Promise<App | null> {
  const { spec, given, change, principal, now } = next;
  const { name, workload: id } = app;
  if (spec.rollout === null || id === null) return null;
  const [{ workload }, nodes] = await Promise.all([getWorkload(env, id), readyNodes(env, id)]);
  if (nodes.length === 0 || change.moduleId === workload.moduleId) return null;
  const planned = await completed(env, { ...workload, ...change }, id);
  await assertAlone(env, workload, planned);
  const request = requestOf(spec, spec.rollout, { workload: planned, nodes });
  const { rollout } = await createDeployment(env, request, { principal, now }).catch(inOurWords);
  const update = {
    deployment: rollout.id,
    given,
    spec,
    workload: planned,
    stage: "rolling",
  } as const;
  const changed = await appOf(env, name).change({ update, trouble: null });
  try {
    await executeDeployment(env, rollout.id, { principal, approvedBy: null });
  } catch (refusal) {
    const reason = "it could not be executed";
    await steerDeployment(env, rollout.id, { verb: "abort", principal, reason }).catch(() => null);
    await appOf(env, name).change({ update: null });
    throw refusal;
  }
  return changed;
}

/** Takes back what a rollout of the app has not brought to its end. */
export async function endUpdate(
  env: Env,
  { name, update }: App,
  by: { principal: Principal; reason: string },
): Promise<void> {
  if (update?.stage !== "rolling") return;
  await steerDeployment(env, update.deployment, { verb: "abort", ...by }).catch(
    (cause: unknown) => {
      // It has come to its end meanwhile.
      if (!(cause instanceof Fault) || cause.code !== "CONFLICT") throw cause;
    },
  );
  await appOf(env, name).change({ update: null });
}

export function assertSettled(app: App): void {
  if (!isUpdating(app) || app.update?.stage !== "rolling") return;
  const message = `Application '${app.name}' is being rolled out by ${app.update.deployment}; abort that, or wait for its end.`;
  throw new Fault("CONFLICT", message);
}

function requestOf(
  { health }: AppSpec,
  { strategy, autoPromote, successThreshold, failureThreshold }: RolloutSection,
  of: { workload: Workload; nodes: readonly string[] },
) {
  const { path, port, timeoutMs, expectedStatusCodes } = health;
  return {
    moduleId: of.workload.moduleId,
    targetRegions: [],
    targetNodes: of.nodes,
    strategy,
    autoPromote,
    health: {
      ...DEFAULT_HEALTH,
      timeoutMs,
      successThreshold,
      failureThreshold,
      probe: { path, port, expectedStatusCodes },
    },
    gates: DEFAULT_GATES,
    autoRollback: true,
    environment: of.workload.config,
  };
}

/** Shares are divided among versions of one module, for whoever runs it. */
async function assertAlone(env: Env, before: Workload, after: Workload): Promise<void> {
  const [from, to] = [moduleNameOf(before.moduleId), moduleNameOf(after.moduleId)];
  if (from !== to) {
    throw invalidSpec([
      `rollout: expected a version of ${from} as spec.image, since shares are divided among versions of one module, not ${after.moduleId}`,
    ]);
  }
  await assertSoleUser(env, before);
}

/** The nodes are ours: what is wrong with them is no fault of the spec's. */
function inOurWords(thrown: unknown): never {
  if (!(thrown instanceof Fault) || thrown.code !== "VALIDATION_ERROR") throw thrown;
  const details = thrown.details.map((detail) => detail.replace(/^targetNodes: /, ""));
  throw new Fault("INSUFFICIENT_RESOURCES", "The version has no place to be rolled out.", {
    details,
    cause: thrown,
  });
}
