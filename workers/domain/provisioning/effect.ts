// What an operation does to the world, in steps that can each be undone. An effect is data: its key says who asked for
// it, so that doing it twice does it once, and undoing it never touches what somebody else made.
import type { Change } from "#domain/checkpoint.ts";

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
  | { readonly type: "cluster"; readonly verb: Verb; readonly spec: ClusterSpec }
  /** One entry of the desired state, brought to what the checkpoint of that digest says. */
  | ({ readonly type: "restore"; readonly digest: string } & Change)
  /** What an operation of an earlier run did, undone. */
  | { readonly type: "compensation"; readonly run: string; readonly operation: string };

/** An effect that a settings document or a batch can ask for. */
export type SpecifiedEffect = Extract<Effect, { spec: unknown }>;

/** "create server web-01 in production" */
export function toldEffect(effect: Effect): string {
  switch (effect.type) {
    case "server":
    case "taskserv":
    case "cluster":
      return `${effect.verb} ${effect.type} ${effect.spec.name} in ${effect.spec.infra}`;
    case "restore":
      return `${effect.verb} ${effect.section} ${effect.key}`;
    case "compensation":
      return `undo ${effect.operation} of ${effect.run}`;
  }
}

/** The same for every attempt of one effect, and for no other effect. */
export function effectKey(run: string, operation: string, place: number): string {
  return `${run}/${operation}/${place}`;
}
