// The policy of a manifest by which another version of a component's module goes out under its own requests. The words are
// those of the rollouts' own API; all but the strategy's name has defaults.
import { z } from "zod";
import { DEFAULT_GATES, DEFAULT_HEALTH } from "#domain/rollout/policy.ts";
import type { GatePolicy, HealthPolicy } from "#domain/rollout/policy.ts";
import { strategyOf, strategyRequest } from "#domain/strategy/parse-strategy.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { Manifest } from "./schema.ts";

export type RolloutPolicy = {
  /** The components that it is for; null: each. */
  readonly components: readonly string[] | null;
  readonly strategy: Strategy;
  readonly autoPromote: boolean;
  readonly gates: GatePolicy;
  /** A request that a component which serves HTTP has to answer; null: its health function, where it has one. */
  readonly probe: HealthPolicy["probe"] | null;
  readonly successThreshold: number;
  readonly failureThreshold: number;
};

type Policies = Manifest["spec"]["policies"];

const TYPE = "rollout.edgeloom.dev/v1";

const fields = {
  components: z.array(z.string().min(1)).min(1).optional(),
  gates: z
    .strictObject({
      minimumSample: z.int().min(1).max(10_000_000),
      falseAlarmRate: z.number().gt(0).max(0.5),
      extensionsMax: z.int().min(0).max(100),
    })
    .partial()
    .default({}),
  health: z
    .strictObject({
      path: z.string().startsWith("/"),
      expectedStatusCodes: z.array(z.int().min(100).max(599)).min(1).max(64).default([200]),
    })
    .optional(),
};

const properties = z.preprocess(
  (given) =>
    typeof given === "object" && given !== null ? { strategyConfig: {}, ...given } : given,
  strategyRequest(fields),
);

/** What is wrong with policies of this type, with the place of each among the policies. */
export function rolloutFaults(
  policies: Policies = [],
): { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  return policies.flatMap(({ type, properties: given = {} }, at) => {
    if (type !== TYPE) return [];
    const parsed = properties.safeParse(given);
    const issues = parsed.error?.issues ?? [];
    return issues.map(({ path, message }) => ({ path: [at, "properties", ...path], message }));
  });
}

/** The first that is for the component; null where there is none. */
export function rolloutPolicyOf(policies: Policies = [], component: string): RolloutPolicy | null {
  for (const { type, properties: written = {} } of policies) {
    if (type !== TYPE) continue;
    const parsed = properties.safeParse(written);
    // One that was stored before it was looked at.
    if (!parsed.success) continue;
    const { data: given } = parsed;
    const { components = null, gates, health } = given;
    if (components !== null && !components.includes(component)) continue;
    const { autoPromote = true, successThreshold, failureThreshold } = given.strategyConfig;
    return {
      components,
      strategy: strategyOf(given),
      autoPromote,
      gates: { ...DEFAULT_GATES, ...Object.fromEntries(Object.entries(gates)) },
      probe: health === undefined ? null : { port: 80, ...health },
      successThreshold: successThreshold ?? DEFAULT_HEALTH.successThreshold,
      failureThreshold: failureThreshold ?? DEFAULT_HEALTH.failureThreshold,
    };
  }
  return null;
}
