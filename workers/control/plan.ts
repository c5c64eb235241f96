// Makes a rollout's plan from the nodes and routes as they are now.
import { Fault } from "#domain/fault.ts";
import type { EdgeNode } from "#domain/node.ts";
import { lackOfNeeds, lacksOf } from "#domain/placement/need.ts";
import type { Need } from "#domain/placement/need.ts";
import type { Plan } from "#domain/rollout/rollout.ts";
import type { RegionRoute } from "#domain/route.ts";
import { planWaves } from "#domain/strategy/strategy.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import { database } from "#stores/database.ts";
import { callsByRegion, nodesIn, nodesNamed } from "#stores/nodes.ts";
import { readStanding } from "#stores/routes.ts";

export type PlanRequest = {
  readonly moduleName: string;
  readonly candidate: string;
  readonly targetRegions: readonly string[];
  /** Overrides the regions when it names any. */
  readonly targetNodes: readonly string[];
  readonly strategy: Strategy;
  /** What the version needs of a node. */
  readonly needs: readonly Need[];
};

export async function makePlan(env: Env, request: PlanRequest): Promise<Plan> {
  const db = database(env);
  const [nodes, routes, traffic] = await Promise.all([
    targetsOf(env, request),
    readStanding(db, request.moduleName),
    callsByRegion(db, request.moduleName),
  ]);
  const regions = [...new Set(nodes.map((node) => node.region))];
  const before = regions.map(
    (region) => routes.find((route) => route.region === region) ?? { region, entries: [] },
  );
  const targets = nodes.map(({ id, region }) => ({ node: id, region }));
  const coverage = Object.fromEntries(
    before.map((route) => [
      route.region,
      coverageOf(route, targets, request.targetNodes.length > 0),
    ]),
  );
  return {
    waves: planWaves(request.strategy, { nodes: targets, coverage, traffic }),
    targets,
    before,
    previous: heaviest(before, request.candidate),
  };
}

/** Enabled, healthy nodes of the target; a region or node that has none is named. */
async function targetsOf(env: Env, request: PlanRequest): Promise<EdgeNode[]> {
  const db = database(env);
  const named = request.targetNodes.length > 0;
  const found = named
    ? await nodesNamed(db, request.targetNodes)
    : await nodesIn(db, request.targetRegions);
  const healthy = found.filter((node) => node.isEnabled && node.status === "Healthy");
  const usable = healthy.filter((node) => lackOfNeeds(lacksOf(node), request.needs) === null);
  const why = (of: (node: EdgeNode) => boolean): string => {
    const lacking = healthy.find(of);
    const lack = lacking && lackOfNeeds(lacksOf(lacking), request.needs);
    return lack == null ? "that is enabled and healthy" : `for it: its agent is ${lack}`;
  };
  const faults = named
    ? request.targetNodes
        .filter((id) => !usable.some((node) => node.id === id))
        .map((id) => `targetNodes: ${id} is not a registered node ${why((one) => one.id === id)}.`)
    : request.targetRegions
        .filter((region) => !usable.some((node) => node.region === region))
        .map((region) => {
          const here = why((one) => one.region === region);
          return `targetRegions: ${region} has no node ${here}.`;
        });
  if (faults.length === 0) return usable;
  throw new Fault("VALIDATION_ERROR", "The deployment has no place to run.", { details: faults });
}

/** The part of the region that moves: all of it, unless single nodes were named and others hold the module too. */
function coverageOf(before: RegionRoute, targets: Plan["targets"], named: boolean): number {
  if (!named) return 1;
  const moving = targets
    .filter((target) => target.region === before.region)
    .map((target) => target.node);
  const all = new Set([...moving, ...before.entries.flatMap((entry) => entry.nodes)]);
  return moving.length / all.size;
}

/** The version that answered most: what `previousModuleId` tells. */
function heaviest(before: readonly RegionRoute[], candidate: string): string | null {
  const weights = new Map<string, number>();
  for (const { moduleId, weight } of before.flatMap((route) => route.entries)) {
    if (moduleId !== candidate) weights.set(moduleId, (weights.get(moduleId) ?? 0) + weight);
  }
  const [first] = [...weights].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? null;
}
