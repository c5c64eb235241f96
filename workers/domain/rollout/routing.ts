// The routes that follow from a rollout's state: before, while it runs, and when it is complete.
import type { RegionRoute } from "#domain/route.ts";
import { withShare } from "#domain/route.ts";
import type { Wave } from "#domain/strategy/wave.ts";
import type { Plan, Rollout } from "./rollout.ts";

/** The routes in which the candidate has these shares on these nodes. Regions without a share stay as before. */
export function routesFor(
  rollout: Rollout,
  plan: Plan,
  live: Pick<Rollout, "shares" | "held">,
): RegionRoute[] {
  return plan.before.map((before) => {
    const share = live.shares[before.region];
    if (share === undefined) return before;
    const nodes = nodesIn(plan, before.region).filter((node) => live.held.includes(node));
    return withShare(before, { moduleId: rollout.candidate, nodes }, share);
  });
}

/** The final routes: on the nodes that took the candidate nothing else is left. */
export function finalRoutes(rollout: Rollout, plan: Plan): RegionRoute[] {
  return routesFor(rollout, plan, rollout).map((route) => {
    const moved = new Set(
      nodesIn(plan, route.region).filter((node) => rollout.held.includes(node)),
    );
    const entries = route.entries
      .map((entry) =>
        entry.moduleId === rollout.candidate
          ? entry
          : { ...entry, nodes: entry.nodes.filter((node) => !moved.has(node)) },
      )
      .filter((entry) => entry.nodes.length > 0 && entry.weight > 0);
    const lost = 100 - entries.reduce((sum, entry) => sum + entry.weight, 0);
    return {
      region: route.region,
      entries: entries.map((entry) =>
        entry.moduleId === rollout.candidate ? { ...entry, weight: entry.weight + lost } : entry,
      ),
    };
  });
}

/**
 * The regions in which a completed rollout's version is in service: its own where every route is as the rollout left it,
 * changed where another's word came after it. Without either the version has left all of them.
 */
export function servedBy(
  rollout: Rollout,
  routes: readonly RegionRoute[],
): { own: string[]; changed: string[] } {
  const left = rollout.plan === null ? [] : finalRoutes(rollout, rollout.plan);
  const told = (entries: RegionRoute["entries"]) => JSON.stringify(entries);
  const found = left.map(({ region, entries }) => {
    const now = routes.find((route) => route.region === region)?.entries ?? [];
    const isServed = now.some(
      (entry) => entry.moduleId === rollout.candidate && entry.isBorrowed !== true,
    );
    return { region, isServed, isKept: told(now) === told(entries) };
  });
  if (!found.some(({ isServed }) => isServed)) return { own: [], changed: [] };
  const regions = (isKept: boolean) =>
    found.filter((one) => one.isKept === isKept).map(({ region }) => region);
  return { own: regions(true), changed: regions(false) };
}

/** What stood on the nodes that moved and has no place there any more. */
export function replaced(rollout: Rollout, plan: Plan): { node: string; moduleId: string }[] {
  return plan.before
    .flatMap((route) => route.entries)
    .filter((entry) => entry.moduleId !== rollout.candidate)
    .flatMap(({ moduleId, nodes }) => nodes.map((node) => ({ node, moduleId })))
    .filter(({ node }) => rollout.held.includes(node));
}

/** Every node that may serve a version of this module in the target's regions. */
export function measuredNodes(plan: Plan): string[] {
  const before = plan.before.flatMap((route) => route.entries.flatMap((entry) => entry.nodes));
  return [...new Set([...plan.targets.map((target) => target.node), ...before])];
}

export function stableVersions(rollout: Rollout, plan: Plan): string[] {
  const all = plan.before.flatMap((route) => route.entries.map((entry) => entry.moduleId));
  return [...new Set(all)].filter((id) => id !== rollout.candidate);
}

/** The nodes that hold the candidate only because of this rollout: those that a withdrawal clears. */
export function borrowedNodes(rollout: Rollout, nodes: readonly string[]): string[] {
  const own = new Set(
    rollout.plan?.before
      .flatMap((route) => route.entries)
      .filter((entry) => entry.moduleId === rollout.candidate && entry.isBorrowed !== true)
      .flatMap((entry) => entry.nodes),
  );
  return nodes.filter((node) => !own.has(node));
}

/** Shares and nodes as they were before a wave. */
export function beforeWave(rollout: Rollout, index: number): Pick<Rollout, "shares" | "held"> {
  const shares: Record<string, number> = {};
  const held = new Set<string>();
  for (const wave of wavesUpTo(rollout, index)) {
    if (wave.nodes.some((node) => rollout.failed.includes(node))) continue;
    Object.assign(shares, wave.shares);
    for (const node of wave.nodes) held.add(node);
  }
  return { shares, held: [...held] };
}

function wavesUpTo(rollout: Rollout, index: number): readonly Wave[] {
  return rollout.plan?.waves.slice(0, index) ?? [];
}

function nodesIn(plan: Plan, region: string): string[] {
  return plan.targets.filter((target) => target.region === region).map((target) => target.node);
}
