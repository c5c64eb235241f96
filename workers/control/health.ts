// Whether the orchestrator is well, as all dialects ask for it: what it stands on is tried at that moment.
import { countApps, listApps } from "#stores/apps.ts";
import { database } from "#stores/database.ts";
import { listNodes } from "#stores/nodes.ts";

/** There is no one process whose age could be told: it is this isolate's, from the first time that it was asked. */
let askedFirstAt: number | null = null;

export type SystemHealth = {
  readonly isHealthy: boolean;
  readonly uptimeMs: number;
  readonly databaseMs: number;
  readonly nodes: { readonly total: number; readonly healthy: number };
  /** Replicas of apps that run, and apps that the ingress leads to. */
  readonly replicas: number;
  readonly served: number;
  readonly apps: Readonly<Record<string, number>>;
};

export async function systemHealth(env: Env, now: number): Promise<SystemHealth> {
  askedFirstAt ??= now;
  const db = database(env);
  const page = { limit: 1, offset: 0 };
  const counts = await countApps(db);
  const databaseMs = Date.now() - now;
  const [all, healthy, apps] = await Promise.all([
    listNodes(db, page),
    listNodes(db, { ...page, status: "Healthy" }),
    listApps(db, null),
  ]);
  return {
    isHealthy: all.total > 0 && healthy.total === all.total,
    uptimeMs: now - askedFirstAt,
    databaseMs,
    nodes: { total: all.total, healthy: healthy.total },
    replicas: apps.reduce((total, { current }) => total + current, 0),
    served: apps.filter(({ current }) => current > 0).length,
    apps: counts,
  };
}
