// What placement knows of a node, and the resources that instances take of it.

/** CPU in thousandths of a core; memory and storage in bytes. */
export type Resources = {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
};

export type PlacementNode = {
  readonly id: string;
  readonly region: string;
  readonly zone: string | null;
  readonly capabilities: ReadonlySet<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Resources;
  readonly instancesMax: number;
  /** Heartbeats come: what was placed on it may be believed to run. */
  readonly isAlive: boolean;
  /** New instances may come to it; a node in maintenance keeps what it has. */
  readonly isOpen: boolean;
  /** Measured 95th percentile by module, in milliseconds. */
  readonly p95Ms: Readonly<Record<string, number>>;
};

export const NO_RESOURCES: Resources = { cpuMillis: 0, memoryBytes: 0, storageBytes: 0 };

export function plus(one: Resources, other: Resources, sign: 1 | -1 = 1): Resources {
  return {
    cpuMillis: one.cpuMillis + sign * other.cpuMillis,
    memoryBytes: one.memoryBytes + sign * other.memoryBytes,
    storageBytes: one.storageBytes + sign * other.storageBytes,
  };
}

/** The largest share of a node's capacity that these resources are, 0 to 1; what a node hasn't is not counted. */
export function dominantShare(used: Resources, capacity: Resources): number {
  return Math.max(
    capacity.cpuMillis > 0 ? used.cpuMillis / capacity.cpuMillis : 0,
    capacity.memoryBytes > 0 ? used.memoryBytes / capacity.memoryBytes : 0,
    capacity.storageBytes > 0 ? used.storageBytes / capacity.storageBytes : 0,
  );
}
