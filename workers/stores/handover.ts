// From a rollout that is complete to the instances that run what it brought: the route is theirs again, and what the
// rollout's nodes hold for it goes.
import { handedOver } from "#domain/endpoint.ts";
import type { Rollout } from "#domain/rollout/rollout.ts";
import { database } from "./database.ts";
import { runnerOf } from "./objects.ts";
import { readRoutes, replaceRoute } from "./routes.ts";

/** Isolates route by what they knew for up to a second; then what the rollout has brought may go. */
const SETTLE_MS = 5_000;

/** False where a route changes at this moment: then it is tried again. */
export async function handOver(env: Env, rollout: Rollout): Promise<boolean> {
  const { moduleName, candidate, id, turn } = rollout;
  const db = database(env);
  const regions = new Set(rollout.plan?.before.map(({ region }) => region));
  const served = (await readRoutes(db, moduleName)).filter(
    ({ region, entries }) =>
      regions.has(region) &&
      entries.some((entry) => entry.moduleId === candidate && entry.isBorrowed !== true),
  );
  for (const from of served) {
    const to = handedOver(from, candidate);
    if (!(await replaceRoute(db, moduleName, { from, to }))) return false;
  }
  const by = { owner: id, turn };
  const at = Date.now() + SETTLE_MS;
  await Promise.all(rollout.held.map((node) => runnerOf(env, node).retire(candidate, by, at)));
  return true;
}
