// A node: a place that runs modules, in one region. Its hands are a Durable Object near that region.
export type NodeStatus = "Healthy" | "Unhealthy";

/** What is known of a node's life: never heard of, well, unwell, silent. An operator's maintenance is `isEnabled: false`. */
export type NodeCondition = "registered" | "active" | "degraded" | "offline";

export type EdgeNode = {
  readonly id: string;
  /** Unique; a node that was registered without one has its id. */
  readonly name: string;
  /** A host name, or the address where it has none. */
  readonly hostname: string;
  readonly port: number;
  readonly region: string;
  readonly zone: string | null;
  readonly runtime: string;
  readonly runtimeVersion: string | null;
  readonly wasiVersion: string;
  readonly hardware: Readonly<Record<string, unknown>> | null;
  readonly maxModules: number;
  readonly isEnabled: boolean;
  /** Its guests run at an agent, and no more in workerd. */
  readonly isAgent: boolean;
  readonly capabilities: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Kubernetes quantities by name: what the node has. */
  readonly resources: Readonly<Record<string, string>>;
  readonly status: NodeStatus;
  readonly condition: NodeCondition;
  readonly registeredAt: number;
};

/** What a node that is registered by its host alone begins with. */
export function freshNode(
  given: Pick<EdgeNode, "id" | "hostname" | "registeredAt"> & Partial<EdgeNode>,
): EdgeNode {
  return {
    name: given.id,
    port: 8080,
    region: "default",
    zone: null,
    runtime: "workerd",
    runtimeVersion: null,
    wasiVersion: "preview2",
    hardware: null,
    maxModules: MODULES_MAX,
    isEnabled: true,
    isAgent: false,
    capabilities: [],
    labels: {},
    resources: {},
    status: "Unhealthy",
    condition: "registered",
    ...given,
  };
}

/** What a node measured of itself between two heartbeats. */
export type NodeUsage = {
  readonly modulesLoaded: number;
  /** The gas that its guests used of what one core has in the window, 0 to 100. */
  readonly cpuUsagePercent: number;
  /** Bytes of the artifacts that are loaded plus the largest linear memory that each reported, in MB. */
  readonly memoryUsageMB: number;
  /** What the node's own storage holds, in GB. */
  readonly diskUsageGB: number;
  /** Of a machine outside of the platform, whose CPU, memory and disk are told as a whole; else there is none to tell. */
  readonly machine?: { readonly memoryTotalMB: number; readonly diskTotalGB: number };
  /** What a core of the node does in a millisecond, as it measured of itself. */
  readonly gasPerMs: number;
  readonly startedAt: number;
};

/** Versions that a node holds at once where its registration names no number. */
export const MODULES_MAX = 1_000;
export const HEARTBEAT_PERIOD_MS = 30_000;
export const HEARTBEAT_STALE_MS = 120_000;
export const NODE_ID = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;
export const REGION = /^[a-z0-9][a-z0-9-]{0,31}$/;

/**
 * Cloudflare's location hints: where a Durable Object is created. Best effort, and only the first use counts.
 * https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
const LOCATION_HINTS = {
  "us-east": "enam",
  "us-west": "wnam",
  "us-central": "enam",
  "sa-east": "sam",
  "eu-central": "eeur",
  "eu-west": "weur",
  "apac-east": "apac",
  "apac-south": "apac",
  "oc-east": "oc",
  "af-south": "afr",
  "me-central": "me",
} as const satisfies Readonly<Record<string, string>>;

export type LocationHint = (typeof LOCATION_HINTS)[keyof typeof LOCATION_HINTS];

/** The hint for a region; undefined when the region is the operator's own and the platform should choose. */
export function locationHint(region: string): LocationHint | undefined {
  const hints: Readonly<Record<string, LocationHint>> = LOCATION_HINTS;
  return hints[region];
}
