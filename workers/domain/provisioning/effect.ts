// What an operation does to the world, in steps that can each be undone. An effect is data: its key says who asked for
// it, so that doing it twice does it once, and undoing it never touches what somebody else made.

export type ServerSpec = {
  readonly name: string;
  readonly infra: string;
  readonly provider: string | null;
  readonly plan: string | null;
  readonly zone: string | null;
};

export type TaskservSpec = {
  readonly name: string;
  readonly infra: string;
  /** Null for the newest Active version. */
  readonly version: string | null;
};

export type ClusterSpec = {
  readonly name: string;
  readonly type: string;
  readonly infra: string;
  /** Names; null for all that the infra has. */
  readonly servers: readonly string[] | null;
  readonly taskservs: readonly string[] | null;
};

export type Verb = "create" | "update" | "delete" | "check";

export type Effect =
  | { readonly type: "server"; readonly verb: Verb; readonly spec: ServerSpec }
  | { readonly type: "taskserv"; readonly verb: Verb; readonly spec: TaskservSpec }
  | { readonly type: "cluster"; readonly verb: Verb; readonly spec: ClusterSpec };

/** "create server web-01" */
export function toldEffect({ verb, type, spec }: Effect): string {
  return `${verb} ${type} ${spec.name}`;
}

/** The same for every attempt of one effect, and for no other effect. */
export function effectKey(run: string, operation: string, place: number): string {
  return `${run}/${operation}/${place}`;
}
