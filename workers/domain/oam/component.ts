// What each component of a manifest asks for: a workload, or something that isn't offered and is told by its name. Pure;
// which module an image names is found out later.
import type { SpreadRule } from "#domain/placement/spread.ts";
import type { Kind } from "#domain/workload/workload.ts";
import { linksOf, targetOf } from "./link.ts";
import type { ModelVersion } from "./model.ts";
import type { Component, Config, Manifest, Trait } from "./schema.ts";

export type Planned = {
  readonly name: string;
  readonly type: Component["type"];
  /** The name of its workload. */
  readonly id: string;
  readonly traits: readonly PlannedTrait[];
  /** Null for what can't be run here, whatever else there is. */
  readonly want: Wanted | null;
  readonly faults: readonly string[];
};

export type Wanted = {
  readonly image: string;
  readonly kind: Extract<Kind, { type: "deployment" | "daemonset" }>;
  readonly spread: readonly SpreadRule[];
  readonly config: Readonly<Record<string, string>>;
};

type PlannedTrait = {
  readonly name: string;
  readonly type: Trait["type"];
  /** Null for one that stands as its component's workload does. */
  readonly fault: string | null;
};

const WEIGHT = 100;

export function planComponents({ manifest }: Pick<ModelVersion, "manifest">): Planned[] {
  const { components } = manifest.spec;
  const configs = writtenConfigs(components);
  return components.map((component) => {
    const { name, type } = component;
    const faults = faultsOf(component, configs);
    return {
      name,
      type,
      id: component.properties.id ?? idOf(manifest, name),
      traits: (component.traits ?? []).map((trait) => plannedTrait(trait, component, components)),
      want: faults.length > 0 ? null : wantedOf(component, configs),
      faults,
    };
  });
}

function idOf({ metadata }: Manifest, name: string): string {
  return `${metadata.name}-${name}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, "_");
}

function faultsOf({ name, type, properties }: Component, configs: Configs): string[] {
  if (type === "capability") {
    const contract = "contract" in properties ? properties.contract : undefined;
    return [notOffered(name, contract ?? properties.image)];
  }
  const faults: string[] = [];
  const { application, secrets = [], config = [] } = properties;
  if (application !== undefined) {
    faults.push(
      `Components of other applications are not offered here: ${application.name}/${application.component}.`,
    );
  }
  for (const secret of secrets) faults.push(`Secrets are not offered here: ${secret.name}.`);
  for (const one of config) {
    if (configs.has(one.name)) continue;
    faults.push(
      `The config ${one.name} is not there: no component of this manifest writes it out.`,
    );
  }
  return faults;
}

function wantedOf({ properties, traits = [] }: Component, configs: Configs): Wanted | null {
  const { image, config = [] } = properties;
  if (image === undefined) return null;
  const scaler = traits.find(isScaler);
  const { instances, replicas, spread = [] } = scaler?.properties ?? {};
  const count = instances ?? replicas ?? 1;
  return {
    image,
    kind:
      scaler?.type === "daemonscaler"
        ? { type: "daemonset", perNode: count }
        : { type: "deployment", replicas: count },
    spread: spread.map(({ name, weight = WEIGHT, requirements = {} }) => ({
      name,
      weight,
      requirements,
    })),
    config: Object.fromEntries(config.flatMap(({ name }) => [...(configs.get(name) ?? [])])),
  };
}

function isScaler(
  trait: Trait,
): trait is Extract<Trait, { type: "spreadscaler" | "daemonscaler" }> {
  return trait.type === "spreadscaler" || trait.type === "daemonscaler";
}

function plannedTrait(
  trait: Trait,
  component: Component,
  components: readonly Component[],
): PlannedTrait {
  const { type } = trait;
  if (isScaler(trait)) return { name: component.name, type, fault: null };
  const target = targetOf(trait);
  const [from, to] = [component, components.find(({ name }) => name === target)];
  const provider = [from, to].find((one) => one?.type === "capability");
  if (provider !== undefined) {
    const [fault = null] = faultsOf(provider, new Map());
    return { name: target, type, fault };
  }
  const fault =
    to === undefined
      ? `No component of this manifest is named ${target}.`
      : `Links from one component to another are not offered here: ${from.name} to ${target}.`;
  return { name: target, type, fault };
}

function notOffered(name: string, means: string | undefined): string {
  return `The capability ${name}${means === undefined ? "" : ` (${means})`} is not offered here.`;
}

type Configs = ReadonlyMap<string, readonly (readonly [string, string])[]>;

/** By name: one that is written out may be named by every component beside it. */
function writtenConfigs(components: readonly Component[]): Configs {
  const written = components.flatMap((component) => [
    ...(component.properties.config ?? []),
    ...linksOf(component).flatMap(({ trait }) => (trait.type === "link" ? configsOf(trait) : [])),
  ]);
  return new Map(
    written.flatMap(({ name, properties }) =>
      properties === undefined
        ? []
        : [[name, Object.entries(properties).map(([key, value]) => [key, String(value)] as const)]],
    ),
  );
}

function configsOf({ properties }: Extract<Trait, { type: "link" }>): readonly Config[] {
  const { source, target, source_config: old = [], target_config: older = [] } = properties;
  const ofTarget = typeof target === "string" ? [] : (target.config ?? []);
  return [...(source?.config ?? []), ...ofTarget, ...old, ...older];
}
