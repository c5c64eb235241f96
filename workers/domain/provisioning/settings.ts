// A settings document: the servers, taskservs and clusters of each infra. Parsed from JSON or YAML to this or to faults.
import { z } from "zod";
import { MODULE_NAME, isVersion } from "#domain/module.ts";
import { NODE_ID, REGION } from "#domain/node.ts";
import type { ClusterSpec, ServerSpec, SpecifiedEffect, TaskservSpec, Verb } from "./effect.ts";
import { parsePlan } from "./server-plan.ts";

export const INFRA = /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?$/;
const LIST_MAX = 500;

const infraName = z
  .string()
  .regex(INFRA, "expected up to 63 letters, digits, dots, dashes and underscores");
const serverName = z
  .string()
  .regex(NODE_ID, "expected up to 63 letters, digits, dots, dashes and underscores");
const moduleName = z.string().regex(MODULE_NAME, "expected the name of a module");

export const serverShape = z.strictObject({
  name: serverName,
  plan: z
    .string()
    .refine((text) => parsePlan(text) !== null, "expected a plan such as 2xCPU-4 GB")
    .nullish(),
  zone: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.string().regex(REGION, "expected a region such as us-east"))
    .nullish(),
  provider: z.string().max(63).nullish(),
});

export const taskservShape = z.union([
  moduleName.transform((name) => ({ name, version: null })),
  z.strictObject({
    name: moduleName,
    version: z.string().refine(isVersion, "expected a version such as 1.2.0").nullish(),
  }),
]);

export const clusterShape = z.union([
  infraName.transform((name) => ({ name, type: name, servers: null, taskservs: null })),
  z.strictObject({
    name: infraName,
    type: z.string().min(1).max(63).optional(),
    servers: z.array(serverName).max(LIST_MAX).nullish(),
    taskservs: z.array(moduleName).max(LIST_MAX).nullish(),
  }),
]);

export const settingsShape = z.strictObject({
  infra: z.record(
    infraName,
    z.strictObject({
      servers: z.array(serverShape).max(LIST_MAX).default([]),
      taskservs: z.array(taskservShape).max(LIST_MAX).default([]),
      clusters: z.array(clusterShape).max(LIST_MAX).default([]),
    }),
  ),
});

export type Settings = z.infer<typeof settingsShape>;

export function serverSpec(
  given: z.infer<typeof serverShape>,
  of: { infra: string; provider: string | null },
): ServerSpec {
  const { name, plan = null, zone = null, provider = null } = given;
  return { name, infra: of.infra, provider: provider ?? of.provider, plan, zone };
}

export function taskservSpec(given: z.infer<typeof taskservShape>, infra: string): TaskservSpec {
  return { name: given.name, infra, version: given.version ?? null };
}

export function clusterSpec(given: z.infer<typeof clusterShape>, infra: string): ClusterSpec {
  const { name, type = name, servers = null, taskservs = null } = given;
  return { name, type, infra, servers, taskservs };
}

/** What a submission asks of an infra. `only` names the one taskserv, or the type or name of the clusters. */
export function effectsFor(
  settings: Settings,
  asked: {
    readonly infra: string;
    readonly verb: Verb;
    readonly type: SpecifiedEffect["type"];
    readonly only: string | null;
  },
): SpecifiedEffect[] | { readonly fault: string } {
  const { infra, verb, type, only } = asked;
  const found = settings.infra[infra];
  if (found === undefined) {
    const names = Object.keys(settings.infra).join(", ") || "none";
    return { fault: `infra: the settings have no ${infra}; they have ${names}.` };
  }
  const effects = effectsOf(found, asked);
  if (effects.length > 0) return effects;
  // A taskserv that the settings don't list is wanted as it comes.
  if (type === "taskserv" && only !== null) {
    return [{ type, verb, spec: { name: only, infra, version: null } }];
  }
  const what = only === null ? `${type}s` : `${type} ${only}`;
  return { fault: `infra: ${infra} has no ${what} in the settings.` };
}

function effectsOf(
  found: Settings["infra"][string],
  { infra, verb, type, only }: Parameters<typeof effectsFor>[1],
): SpecifiedEffect[] {
  switch (type) {
    case "server":
      return found.servers.map((given) => ({
        type,
        verb,
        spec: serverSpec(given, { infra, provider: null }),
      }));
    case "taskserv":
      return found.taskservs
        .map((given) => taskservSpec(given, infra))
        .filter(({ name }) => only === null || name === only)
        .map((spec) => ({ type, verb, spec }));
    case "cluster":
      return found.clusters
        .map((given) => clusterSpec(given, infra))
        .filter((spec) => only === null || spec.type === only || spec.name === only)
        .map((spec) => ({ type, verb, spec }));
  }
}
