// What placement knows of a node, and the resources that instances take of it.
import type { Need } from "./need.ts";

/** CPU in thousandths of a core; memory and storage in bytes. */
export type Resources = {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
};

/** The capacity of a node that didn't say. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

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
  /** New instances may come to it; what is on a node in maintenance gives way within the update policy. */
  readonly isOpen: boolean;
  /** What versions may need, and it hasn't. */
  readonly lacks?: ReadonlySet<Need>;
  /** Measured 95th percentile by module, in milliseconds. */
  readonly p95Ms: Readonly<Record<string, number>>;
};
