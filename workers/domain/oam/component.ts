// What each component of a manifest asks for: a workload with its links, a service of the platform's own, or something
// that isn't offered and is told by its name. Pure; which module an image names is found out later.
import type { SpreadRule } from "#domain/placement/spread.ts";
import type { Kind } from "#domain/workload/workload.ts";
import type { Grant, LatticeLink, NamedConfig } from "#domain/link.ts";
import type { NamedSecret } from "#domain/secret.ts";
import { secretsOf } from "./secrets.ts";
import { linksOf, targetOf } from "./link.ts";
import type { ModelVersion } from "./model.ts";
import { serviceOf } from "./provider.ts";
import type { Component, Config, Trait } from "./schema.ts";
import { grantOf, idOf, notOffered, wireOf } from "./wiring.ts";
import type { Configs, Wire } from "./wiring.ts";

export type Planned = {
  readonly name: string;
  readonly type: Component["type"];
  /** The name of its workload. */
  readonly id: string;
  readonly traits: readonly PlannedTrait[];
  /** Null for what can't be run here, whatever else there is, and for what the platform provides. */
  readonly want: Wanted | null;
  /** Whether the platform itself stands in for it: it is there as long as the platform is. */
  readonly isProvided: boolean;
  readonly links: readonly Wire[];
  readonly faults: readonly string[];
};

export type Wanted = {
  readonly image: string;
  readonly kind: Extract<Kind, { type: "deployment" | "daemonset" }>;
  readonly spread: readonly SpreadRule[];
  readonly config: Readonly<Record<string, string>>;
  /** Configs that it names and its manifest doesn't write out: the lattice has them, or nobody. */
  readonly configNames: readonly string[];
  readonly grants: readonly Grant[];
};

type PlannedTrait = {
  readonly name: string;
  readonly type: Trait["type"];
  /** Null for one that stands as its component's workload does. */
  readonly fault: string | null;
};

const WEIGHT = 100;

type Of = Pick<ModelVersion, "manifest" | "lattice">;

export function planComponents({ manifest, lattice }: Of): Planned[] {
  const { components, policies } = manifest.spec;
  const configs = writtenConfigs(components);
  const wires = new Map(
    components.map((component) => [
      component.name,
      linksOf(component).map(({ trait, index }) => ({
        index,
        wire: wireOf(trait, component, { manifest, configs }),
      })),
    ]),
  );
  return components.map((component) => {
    const { name, type } = component;
    const id = idOf(manifest, component);
    const own = wires.get(name) ?? [];
    const { secrets, faults: unheld } = secretsOf(component, policies);
    const faults = faultsOf(component, unheld);
    const links = own.flatMap(({ wire }) => (typeof wire === "string" ? [] : [wire]));
    const isProvided = serviceOf(component) !== null;
    return {
      name,
      type,
      id,
      traits: (component.traits ?? []).map((trait, at) => {
        const wire = own.find(({ index }) => index === at)?.wire;
        return plannedTrait(trait, component, wire);
      }),
      want:
        faults.length > 0 || isProvided
          ? null
          : wantedOf(component, configs, { links, lattice, secrets }),
      isProvided,
      links,
      faults,
    };
  });
}

/** One of the platform's own, as a manifest takes it into use. */
export type Provider = {
  readonly id: string;
  readonly name: string;
  /** Its image, or what it is called by in manifests that name none. */
  readonly image: string;
  readonly annotations: Readonly<Record<string, string>>;
};

export function providersOf(model: ModelVersion): Provider[] {
  return planComponents(model).flatMap(({ id, name, isProvided }) => {
    const written = model.manifest.spec.components.find((component) => component.name === name);
    if (!isProvided || written === undefined) return [];
    const { properties } = written;
    const contract = "contract" in properties ? properties.contract : undefined;
    const image = properties.image ?? contract ?? name;
    return [{ id, name, image, annotations: managedBy(model.name) }];
  });
}

/** As wadm annotates what it starts. */
export function managedBy(model: string): Readonly<Record<string, string>> {
  return { "wasmcloud.dev/managed-by": "wadm", "wasmcloud.dev/appspec": model };
}

/** What the lattice is to keep for the model. */
export function planLinks(planned: readonly Planned[], model: ModelVersion): LatticeLink[] {
  const { lattice, name } = model;
  return planned.flatMap(({ links }) =>
    links.map(({ service: _service, host: _host, ...link }) => ({ ...link, lattice, model: name })),
  );
}

export function planConfigs({ manifest, lattice, name: model }: ModelVersion): NamedConfig[] {
  return [...writtenConfigs(manifest.spec.components)].map(([name, values]) => ({
    lattice,
    name,
    values: Object.fromEntries(values),
    model,
  }));
}

function faultsOf(component: Component, unheld: readonly string[]): string[] {
  const { type, properties } = component;
  const { application, secrets = [] } = properties;
  if (type === "capability") {
    const service = serviceOf(component);
    if (service === null) return [notOffered(component)];
    return secrets.map(({ name }) => `The platform's own ${service} takes no secret ${name}.`);
  }
  const faults = [...unheld];
  if (application !== undefined) {
    faults.push(
      `Components of other applications are not offered here: ${application.name}/${application.component}. A link that is put by hand (link.put) leads to it by its id.`,
    );
  }
  return faults;
}

function wantedOf(
  { properties, traits = [] }: Component,
  configs: Configs,
  of: {
    readonly links: readonly Wire[];
    readonly lattice: string;
    readonly secrets: readonly NamedSecret[];
  },
): Wanted | null {
  const { image, config = [] } = properties;
  if (image === undefined) return null;
  const { links, lattice, secrets } = of;
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
    configNames: config.map(({ name }) => name).filter((name) => !configs.has(name)),
    grants: [
      ...links.map((link) => grantOf(link, lattice)).filter((grant) => grant !== null),
      ...(secrets.length === 0 ? [] : [{ service: "secrets", lattice, secrets } as const]),
    ],
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
  wire: Wire | string | undefined,
): PlannedTrait {
  const { type } = trait;
  if (isScaler(trait)) return { name: component.name, type, fault: null };
  return { name: targetOf(trait), type, fault: typeof wire === "string" ? wire : null };
}

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
