// The weighted choice of versions and nodes for one module, region by region. Weights of a region sum to 100.
import { apportion } from "./apportion.ts";

export type RouteEntry = {
  readonly moduleId: string;
  readonly weight: number;
  readonly nodes: readonly string[];
  /** Instances of workloads serve it, wherever they are now: its nodes are where they were when it was written. */
  readonly isBorrowed?: boolean;
};

export type RegionRoute = { readonly region: string; readonly entries: readonly RouteEntry[] };

export function weightSum(route: RegionRoute): number {
  return route.entries.reduce((sum, entry) => sum + entry.weight, 0);
}

/**
 * The route in which a candidate has the given share of the region's requests and what stood there before
 * keeps the rest in proportion. The candidate stands first, so a growing share only ever takes buckets over.
 * Where nothing stood before, any share is everything. Where it has no node, or alone would have nothing,
 * the route stays as it was.
 */
export function withShare(
  before: RegionRoute,
  candidate: { readonly moduleId: string; readonly nodes: readonly string[] },
  share: number,
): RegionRoute {
  const { region } = before;
  const own = before.entries.find((entry) => entry.moduleId === candidate.moduleId);
  const others = before.entries.filter((entry) => entry.moduleId !== candidate.moduleId);
  const kept = own?.isBorrowed === true ? [] : (own?.nodes ?? []);
  const nodes = [...new Set([...kept, ...candidate.nodes])];
  if (nodes.length === 0) return before;
  if (others.length === 0) {
    if (share === 0 && own === undefined) return before;
    return { region, entries: [{ moduleId: candidate.moduleId, weight: 100, nodes }] };
  }
  const weight = Math.max(share, own?.weight ?? 0);
  const rest = apportion(
    100 - weight,
    others.map((entry) => entry.weight),
  );
  return {
    region,
    entries: [
      { moduleId: candidate.moduleId, weight, nodes },
      ...others.map((entry, index) => ({ ...entry, weight: rest[index] ?? 0 })),
    ],
  };
}

/** The version that a bucket (0 to 99) falls to; null when the region has none with any weight. */
export function versionAt(route: RegionRoute, bucket: number): RouteEntry | null {
  let upTo = 0;
  for (const entry of route.entries) {
    upTo += entry.weight;
    if (bucket < upTo) return entry;
  }
  return null;
}

/** The fixed bucket of a sticky key for one module. */
export function stickyBucket(moduleName: string, key: string): number {
  return stickyHash(moduleName, key) % 100;
}

/** 32 bits of a key for one thing: FNV-1a, then a mixing step so that all bits count. */
export function stickyHash(of: string, key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${of}\n${key}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Takes a node out of a route: a version that has no node left gives its weight to the others. */
export function withoutNode(route: RegionRoute, node: string): RegionRoute {
  const kept = route.entries
    .map((entry) => ({ ...entry, nodes: entry.nodes.filter((id) => id !== node) }))
    .filter((entry) => entry.nodes.length > 0 || entry.isBorrowed === true);
  const weights = apportion(
    100,
    kept.map((entry) => entry.weight),
  );
  return {
    region: route.region,
    entries: kept.map((entry, index) => ({ ...entry, weight: weights[index] ?? 0 })),
  };
}
