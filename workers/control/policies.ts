// Policies as an Admin keeps them. A rule that is stored can be decided by: its patterns and its condition were read.
import { faultInCondition } from "#domain/policy/condition.ts";
import { ACTION_PATTERN, RESOURCE_PATTERN } from "#domain/policy/match.ts";
import { POLICIES_MAX } from "#domain/policy/policy.ts";
import type { Policy, Rule } from "#domain/policy/policy.ts";
import { Fault } from "#domain/fault.ts";
import { database } from "#stores/database.ts";
import * as stored from "#stores/policies.ts";
import { forgetPolicies } from "./permission.ts";

export type PolicySpec = Pick<Policy, "name" | "version" | "rules" | "enabled" | "mode">;
export type PolicyChange = { readonly [Key in keyof PolicySpec]?: PolicySpec[Key] | undefined };

export async function createPolicy(
  env: Env,
  spec: PolicySpec,
  of: { readonly createdBy: string; readonly id?: string },
): Promise<Policy> {
  refuseUnfit(spec.rules);
  const db = database(env);
  if ((await stored.countPolicies(db)) >= POLICIES_MAX) {
    throw new Fault("CONFLICT", `There are ${POLICIES_MAX} policies; no more may be stored.`);
  }
  const policy = { id: crypto.randomUUID(), ...spec, ...of, createdAt: Date.now() };
  if (!(await stored.insertPolicy(db, policy))) throw taken(spec.name);
  forgetPolicies();
  return policy;
}

export async function listPolicies(env: Env): Promise<Policy[]> {
  return stored.allPolicies(database(env));
}

export async function getPolicy(env: Env, id: string): Promise<Policy> {
  const found = await stored.findPolicy(database(env), id);
  if (found === null) throw new Fault("NOT_FOUND", `There is no policy ${id}.`);
  return found;
}

export async function changePolicy(env: Env, id: string, change: PolicyChange): Promise<void> {
  const before = await getPolicy(env, id);
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const after: Policy = { ...before, ...Object.fromEntries(given) };
  refuseUnfit(after.rules);
  if (!(await stored.replacePolicy(database(env), after))) throw taken(after.name);
  forgetPolicies();
}

export async function deletePolicy(env: Env, id: string): Promise<void> {
  await getPolicy(env, id);
  await stored.deletePolicy(database(env), id);
  forgetPolicies();
}

function refuseUnfit(rules: readonly Rule[]): void {
  const details = rules.flatMap(({ resource, actions, condition }, place) => {
    const at = `rules.${place}`;
    const inCondition = condition === null ? null : faultInCondition(condition);
    return [
      ...(RESOURCE_PATTERN.test(resource)
        ? []
        : [`${at}.resource: expected kind:name such as modules:hello or servers:*, or *`]),
      ...actions
        .filter((action) => !ACTION_PATTERN.test(action))
        .map((action) => `${at}.action: expected an action such as module:delete, got ${action}`),
      ...(inCondition === null ? [] : [`${at}.condition: ${inCondition}`]),
    ];
  });
  if (details.length > 0) {
    throw new Fault("VALIDATION_ERROR", "The policy can't be decided by.", { details });
  }
}

function taken(name: string): Fault {
  return new Fault("CONFLICT", `Another policy has the name ${name}.`);
}
