// What a node measured at one moment: parts that nobody measured are null, and stay gaps wherever they are read.
export type ContainerUsage = {
  readonly name: string;
  readonly cpu_usage?: number | undefined;
  readonly memory_usage?: number | undefined;
};

export type NodeMetric = {
  readonly nodeId: string;
  readonly at: number;
  /** How many readings stand behind the figures: averages are weighted by it. */
  readonly samples: number;
  /** Percent of the whole machine. */
  readonly cpuUsage: number | null;
  /** Memory and disk in GB. */
  readonly memoryUsage: number | null;
  readonly memoryTotal: number | null;
  readonly diskUsage: number | null;
  readonly diskTotal: number | null;
  readonly rxBytes: number | null;
  readonly txBytes: number | null;
  readonly containers: readonly ContainerUsage[];
};

export const METRIC_RETENTION_MS = 7 * 24 * 3_600_000;
/** How far a node's clock may be ahead of ours. */
export const CLOCK_SKEW_MS = 60_000;
