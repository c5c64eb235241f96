// Which version serves a module in a region. A route comes back by a rollout of its own, as all routes change; in the
// middle of another rollout, the version that had most of the region's requests is the one that counts.
import { createDeployment, executeDeployment } from "#control/deployments.ts";
import { Fault } from "#domain/fault.ts";
import { statusOf } from "#domain/deployment.ts";
import { DEFAULT_GATES, DEFAULT_HEALTH } from "#domain/rollout/policy.ts";
import type { UserPrincipal } from "#domain/role.ts";
import type { RouteEntry } from "#domain/route.ts";
import { versionOf } from "#domain/variant.ts";
import { database } from "#stores/database.ts";
import { rolloutOf } from "#stores/objects.ts";
import { allRoutes, holderOf, readRoutes } from "#stores/routes.ts";
import type { Section } from "./section.ts";

type Served = { readonly moduleId: string };

const LOOK_MS = 500;
const SETTLE_MS = 60_000;

export const routes: Section = {
  async read(env) {
    const all = await allRoutes(database(env));
    return Object.fromEntries(
      all.flatMap(({ moduleName, region, entries }) => {
        const moduleId = heaviest(entries);
        return moduleId === null
          ? []
          : [[`${moduleName}/${region}`, { moduleId } satisfies Served]];
      }),
    );
  },

  async put(env, { key, value }, username) {
    // Read by `read`.
    const { moduleId } = value as Served;
    const [moduleName = "", region = ""] = key.split("/");
    await released(env, moduleName, region);
    if ((await serving(env, moduleName, region)) === moduleId) return;
    await deploy(env, { moduleId, region }, username);
  },

  async remove(_env, key) {
    const message = `The route ${key} did not stand then: a route is withdrawn with its module's deployment, by a rollback of it.`;
    throw new Fault("CONFLICT", message);
  },
};

async function deploy(
  env: Env,
  { moduleId, region }: { moduleId: string; region: string },
  username: string,
): Promise<void> {
  // Whoever may restore a checkpoint is an Admin, or somebody whom a policy made one for this.
  const principal: UserPrincipal = { username, role: "Admin" };
  const { rollout } = await createDeployment(
    env,
    {
      moduleId,
      targetRegions: [region],
      targetNodes: [],
      strategy: {
        name: "BlueGreen",
        healthCheckTimeoutMs: 0,
        keepBlueEnvironment: false,
        blueRetentionPeriodMs: 0,
      },
      autoPromote: true,
      // It served before; a version that exports no health function must come back too.
      health: { ...DEFAULT_HEALTH, enabled: false },
      gates: DEFAULT_GATES,
      autoRollback: true,
    },
    { principal, now: Date.now() },
  );
  await executeDeployment(env, rollout.id, { principal, approvedBy: null });
  const ended = await rolloutOf(env, rollout.id).settled(SETTLE_MS);
  const status = ended === null ? "unknown" : statusOf(ended.rollout);
  if (status === "Completed") return;
  const message = `Deployment ${rollout.id} of ${moduleId} in ${region} is ${status}: ${ended?.rollout.message ?? "no reason is known"}`;
  throw new Fault("UNAVAILABLE", message);
}

/** Waits until no rollout has the region: whoever waits for this has a time limit. */
async function released(env: Env, moduleName: string, region: string): Promise<void> {
  const target = { moduleName, regions: [region] };
  while ((await holderOf(database(env), target)) !== null) await scheduler.wait(LOOK_MS);
}

async function serving(env: Env, moduleName: string, region: string): Promise<string | null> {
  const found = (await readRoutes(database(env), moduleName)).find((one) => one.region === region);
  return heaviest(found?.entries ?? []);
}

function heaviest(entries: readonly RouteEntry[]): string | null {
  const own = entries.filter(({ isBorrowed, weight }) => isBorrowed !== true && weight > 0);
  const [first] = own.toSorted((one, other) => other.weight - one.weight);
  return first === undefined ? null : versionOf(first.moduleId);
}
