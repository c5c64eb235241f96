// What the rollouts of a workload brought into service: it leaves with the workload, and by a rollback of theirs, or is
// left to the instances. Rollouts alone write routes.
import { statusOf } from "#domain/deployment.ts";
import { Fault } from "#domain/fault.ts";
import type { Principal } from "#domain/role.ts";
import type { Rollout } from "#domain/rollout/rollout.ts";
import { servedBy } from "#domain/rollout/routing.ts";
import { rolloutUnderWay } from "#domain/workload/rollout.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { database } from "#stores/database.ts";
import { handOver } from "#stores/handover.ts";
import { readRoutes } from "#stores/routes.ts";
import { getDeployment, rollbackDeployment } from "./deployments.ts";
import { getWorkload, removeWorkload } from "./workloads.ts";

/** What its deployments brought leaves first, the newest first, so that what stood before it stands again. */
export async function withdrawWorkload(
  env: Env,
  id: string,
  of: { ifMatch: number | null; principal: Principal },
): Promise<void> {
  const { ifMatch, principal } = of;
  const { workload, resourceVersion } = await getWorkload(env, id);
  const isStale = ifMatch !== null && ifMatch !== resourceVersion;
  const underWay = rolloutUnderWay(workload);
  const begun = underWay === null ? [] : [underWay.deployment];
  const deployments = isStale ? [] : [...(workload.deployments ?? []), ...begun].toReversed();
  for (const deployment of deployments) await endService(env, deployment, principal);
  // What was rolled back has changed the workload since it was looked at.
  await removeWorkload(env, id, deployments.length === 0 ? ifMatch : null);
}

/** Of what rollouts have brought for it, the route is its instances': else calls would stay with that artifact. */
export async function letInstancesServe(env: Env, { deployments = [] }: Workload): Promise<void> {
  for (const id of deployments) {
    const { rollout } = await getDeployment(env, id);
    const { own, changed } = await served(env, rollout);
    const isOwn = own.length > 0 && changed.length === 0;
    if (statusOf(rollout) === "Completed" && isOwn) await handOver(env, rollout);
  }
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
  const { own, changed } = await served(env, rollout);
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

async function served(env: Env, rollout: Rollout): Promise<ReturnType<typeof servedBy>> {
  return servedBy(rollout, await readRoutes(database(env), rollout.moduleName));
}
