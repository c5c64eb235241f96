// Routes as this isolate knows them: at most one second old, read once however many calls ask at the same time.
import { ROUTE_REFRESH_MS } from "#domain/rollout/rollout.ts";
import { database } from "#stores/database.ts";
import { routeSnapshot } from "#stores/routes.ts";
import type { RouteSnapshot } from "#stores/routes.ts";

type Entry = { readonly readAt: number; readonly snapshot: RouteSnapshot };

/** Modules whose routes are remembered; the oldest reading goes first. */
const ENTRIES_MAX = 10_000;

const known = new Map<string, Entry>();
const reading = new Map<string, Promise<RouteSnapshot>>();

export async function routeOf(env: Env, moduleName: string): Promise<RouteSnapshot> {
  const entry = known.get(moduleName);
  // The age counts from before the reading began: what was written since is not in it.
  if (entry !== undefined && Date.now() - entry.readAt < ROUTE_REFRESH_MS) return entry.snapshot;
  return refreshRoute(env, moduleName);
}

/** Reads the route anew: when it is too old, or when a runner refused what it led to. */
export async function refreshRoute(env: Env, moduleName: string): Promise<RouteSnapshot> {
  const running = reading.get(moduleName);
  if (running !== undefined) return running;
  const readAt = Date.now();
  const started = routeSnapshot(database(env), moduleName);
  reading.set(moduleName, started);
  try {
    const snapshot = await started;
    known.delete(moduleName);
    known.set(moduleName, { readAt, snapshot });
    const [oldest] = known.keys();
    if (known.size > ENTRIES_MAX && oldest !== undefined) known.delete(oldest);
    return snapshot;
  } finally {
    reading.delete(moduleName);
  }
}
