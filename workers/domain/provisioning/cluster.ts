/** A named set of an infra's nodes and taskservs. */
export type Cluster = {
  readonly infra: string;
  readonly name: string;
  readonly type: string;
  /** Names of nodes. */
  readonly servers: readonly string[];
  /** Names of workloads. */
  readonly taskservs: readonly string[];
  /** The effect that made it as it is. */
  readonly key: string;
};
