// Follows an app's rollout to its end: once it is complete the replicas take the version over from it, and when it was
// taken back the app stays what it was, and says why.
import type { App, AppUpdate } from "#domain/app/app.ts";
import { hostsOf } from "#domain/app/hosts.ts";
import { statusOf } from "#domain/deployment.ts";
import { setHosts } from "#stores/app-hosts.ts";
import { database } from "#stores/database.ts";
import { announce } from "#stores/events.ts";
import { handOver } from "#stores/handover.ts";
import { latticeOf, rolloutOf } from "#stores/objects.ts";
import { updateEvent } from "./event.ts";

type Change = Partial<App>;

/** What changes of the app by it; null while nothing does. */
export async function followed(
  env: Env,
  app: App,
  { isSettled }: { isSettled: boolean },
): Promise<Change | null> {
  const { update } = app;
  if (update == null || (update.stage === "replacing" && !isSettled)) return null;
  const deployment = await rolloutOf(env, update.deployment).read();
  if (deployment === null) return { update: null };
  const { rollout } = deployment;
  if (update.stage === "replacing") {
    return (await handOver(env, rollout)) ? { update: null } : null;
  }
  const status = statusOf(rollout);
  switch (status) {
    case "Pending":
    case "InProgress":
    case "Paused":
      return null;
    case "Failed":
    case "RolledBack": {
      const trouble = `The rollout of ${update.spec.image} was taken back: ${rollout.message ?? status}`;
      await setHosts(database(env), app.name, hostsOf(app.spec));
      await announce(env, updateEvent(app, update, { message: trouble, level: "error" }));
      return { update: null, trouble };
    }
    case "Completed":
      return replace(env, app, update);
  }
}

/** All of the new at once beside the old: it is them that all requests go to. */
async function replace(env: Env, app: App, update: AppUpdate): Promise<Change | null> {
  const { spec, given } = update;
  const { minReplicas, maxReplicas } = spec.scaling;
  const replicas = Math.min(maxReplicas, Math.max(minReplicas, app.replicas));
  const lattice = latticeOf(env, app.namespace);
  const record = await lattice.read(update.workload.id);
  if (record === null) return { update: null };
  const next = {
    ...update.workload,
    kind: { type: "deployment", replicas } as const,
    update: { surge: Math.max(1, replicas), unavailable: 0 },
    isStopped: record.workload.isStopped,
  };
  const put = await lattice.put(next, { expected: record.resourceVersion, by: "rollout" });
  // Another change came between: it is looked at again.
  if ("fault" in put) return null;
  const message = `The rollout of ${spec.image} is complete: its replicas take over`;
  await announce(env, updateEvent(app, update, { message, level: "info" }));
  const updated = { given, spec, policy: spec.scaling, replicas, updatedAt: Date.now() };
  return { ...updated, trouble: null, update: { ...update, stage: "replacing" } };
}

/** An app that is removed leaves nothing of a rollout that is complete. */
export async function letGo(env: Env, { update }: App): Promise<void> {
  if (update?.stage !== "replacing") return;
  const deployment = await rolloutOf(env, update.deployment).read();
  if (deployment !== null) await handOver(env, deployment.rollout);
}
