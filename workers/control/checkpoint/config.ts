// What an Admin decides for all: the configuration, and the policies that refine what roles grant.
import { changeConfig, getConfig } from "#control/config.ts";
import { changePolicy, createPolicy, deletePolicy, listPolicies } from "#control/policies.ts";
import type { PolicySpec } from "#control/policies.ts";
import { isSame } from "#domain/checkpoint.ts";
import type { Config } from "#domain/config.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Section } from "./section.ts";

/** There is one, and always. */
const KEY = "config";

export const config: Section = {
  async read(env) {
    return { [KEY]: (await getConfig(env)).value };
  },

  async put(env, { value }, by) {
    // Read by `read`.
    const wanted = value as Config;
    if (!isSame((await getConfig(env)).value, wanted)) await changeConfig(env, wanted, by);
  },

  async remove() {
    // No checkpoint was taken without one.
  },
};

type Kept = { readonly id: string; readonly spec: PolicySpec };

/** By their names, which no two share. */
export const policies: Section = {
  async read(env) {
    const all = await listPolicies(env);
    return Object.fromEntries(
      all.map(({ id, name, version, rules, enabled, mode }) => [
        name,
        { id, spec: { name, version, rules, enabled, mode } } satisfies Kept,
      ]),
    );
  },

  async put(env, { value }, by) {
    // Read by `read`.
    const { id, spec } = value as Kept;
    const all = await listPolicies(env);
    const named = all.find(({ name }) => name === spec.name);
    // One of the name that is another policy makes room: the id is in the ledger.
    if (named !== undefined && named.id !== id) await deletePolicy(env, named.id);
    const standing: Policy | undefined = all.find((policy) => policy.id === id);
    if (standing === undefined) await createPolicy(env, spec, { createdBy: by, id });
    else await changePolicy(env, id, spec);
  },

  async remove(env, key) {
    const found = (await listPolicies(env)).find(({ name }) => name === key);
    if (found !== undefined) await deletePolicy(env, found.id);
  },
};
