// The controllers: kept awake by the cron, which sweeps by itself where none of them leads.
import { clusterOf, parseControllers } from "#domain/cluster.ts";
import type { Cluster } from "#domain/cluster.ts";
import { forgetControllersBut, readCluster } from "#stores/cluster.ts";
import { database } from "#stores/database.ts";
import { placeController } from "#stores/objects.ts";
import { sweep } from "./sweep.ts";

/** Null: the deployment names no controllers, and one Worker does it all. */
export async function getCluster(env: Env): Promise<Cluster | null> {
  const named = parseControllers(env.CLUSTER_CONTROLLERS);
  if (named.length === 0) return null;
  const known = await readCluster(database(env));
  return clusterOf(named, known, known.now);
}

/** Once a minute. The leader sweeps in its own time; without one it is done here, so that nothing is left undone. */
export async function wakeControllers(env: Env): Promise<void> {
  const named = parseControllers(env.CLUSTER_CONTROLLERS);
  const started = await Promise.allSettled(
    named.map((name) => placeController(env, name).start(name)),
  );
  for (const result of started) {
    if (result.status === "rejected") console.error("controller", result.reason);
  }
  if (named.length > 0) {
    const ids = named.map(({ id }) => id);
    await forgetControllersBut(database(env), ids);
  }
  const cluster = await getCluster(env);
  if (cluster === null || cluster.lease === null) await sweep(env);
}
