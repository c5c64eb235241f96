// The links of a manifest in one form, whatever generation wrote them: who uses what of whom, with the configs of both
// ends, or why that can't be had here.
import { hearingFault } from "#domain/messaging.ts";
import type { Grant, HostService, LatticeLink } from "#domain/link.ts";
import { isLinkable } from "#domain/linked.ts";
import { targetOf } from "./link.ts";
import type { LinkTrait } from "./link.ts";
import { offerFault, portOf, serviceOf } from "./provider.ts";
import type { Component, Config, Manifest } from "./schema.ts";

export type Wire = Omit<LatticeLink, "lattice" | "model"> & {
  /** What provides for the other end; null where that is a component like it. */
  readonly service: HostService | null;
  /** The target as the manifest names it. */
  readonly host: string;
};

/** By which a component is asked as `http://{name}/`. */
export const INCOMING = "wasi:http/incoming-handler";

type Ends = { readonly from: Component; readonly to: Component };

/** What a linkdef means in the words of a link. */
const OF_SERVICE = {
  httpserver: ["http", ["incoming-handler"], "wasi"],
  httpclient: ["http", ["outgoing-handler"], "wasi"],
  keyvalue: ["keyvalue", ["store", "atomics", "batch"], "wasi"],
  blobstore: ["blobstore", ["blobstore"], "wasi"],
  messaging: ["messaging", ["consumer", "handler"], "wasmcloud"],
} as const;

export type Configs = ReadonlyMap<string, readonly (readonly [string, string])[]>;

/** A text is the reason why the link can't be had. */
export function wireOf(
  trait: LinkTrait,
  from: Component,
  of: { readonly manifest: Manifest; readonly configs: Configs },
): Wire | string {
  const target = targetOf(trait);
  const to = of.manifest.spec.components.find(({ name }) => name === target);
  if (to === undefined) return `No component of this manifest is named ${target}.`;
  const provider = [from, to].find(({ type }) => type === "capability");
  const service = provider === undefined ? null : serviceOf(provider);
  if (provider !== undefined && service === null) return notOffered(provider);
  const secret = secretOf(trait);
  if (secret !== null) {
    return `The secret ${secret} of a link has nobody to take it: what the platform provides needs none.`;
  }
  const wire = formOf(trait, { from, to }, { ...of, service });
  const interfaces = interfacesOf(wire);
  if (service === null) return betweenFault(interfaces) ?? wire;
  const isSource = isServing(service, wire.interfaces);
  if (isSource !== (wire.source === idOf(of.manifest, provider ?? from))) {
    const what = service === "messaging" ? interfaces.join(", ") : service;
    return `A link of ${what} leads ${isSource ? "from it to a component" : "from a component to it"}.`;
  }
  if (service === "httpserver" && wire.port === null) {
    return `The HTTP server's address has no port: ${wire.sourceConfig["address"] ?? ""}.`;
  }
  return offerFault(service, interfaces) ?? hearingFault(wire) ?? wire;
}

/** Why a link of these interfaces can't lead from one component to another; null where it can. */
export function betweenFault(interfaces: readonly string[]): string | null {
  const own = interfaces.find((one) => one !== INCOMING && !isLinkable(one));
  if (own === undefined) return null;
  return `${own} is the platform's own to provide: from one component to another leads ${INCOMING}, or an interface of theirs.`;
}

/** The first that it names; null where it names none. */
function secretOf({ type, properties }: LinkTrait): string | null {
  if (type === "linkdef") return null;
  const { source, target } = properties;
  const ofTarget = typeof target === "string" ? [] : (target.secrets ?? []);
  return [...(source?.secrets ?? []), ...ofTarget][0]?.name ?? null;
}

/** Whether the provider is who calls. */
export function isServing(service: HostService, interfaces: readonly string[]): boolean {
  if (service === "httpserver") return true;
  return service === "messaging" && interfaces.every((one) => one === "handler");
}

function formOf(
  trait: LinkTrait,
  { from, to }: Ends,
  of: {
    readonly manifest: Manifest;
    readonly configs: Configs;
    readonly service: HostService | null;
  },
): Wire {
  const { manifest, configs, service } = of;
  const ids = { source: idOf(manifest, from), target: idOf(manifest, to) };
  const host = to.name.toLowerCase();
  if (trait.type === "linkdef") {
    const values = Object.entries(trait.properties.values ?? {});
    const config = Object.fromEntries(values.map(([key, value]) => [key, String(value)]));
    const [pack, interfaces, namespace] = OF_SERVICE[service ?? "httpserver"];
    // There the component names its server; here the server names whom it serves.
    const isServer = service === "httpserver";
    return {
      ...(isServer ? { source: ids.target, target: ids.source } : ids),
      name: "default",
      namespace,
      package: pack,
      interfaces,
      sourceConfig: isServer ? config : {},
      targetConfig: isServer ? {} : config,
      sourceConfigNames: [],
      targetConfigNames: [],
      port: isServer ? portOf(config) : null,
      service,
      host,
    };
  }
  const { source, target, source_config: old = [], target_config: older = [] } = trait.properties;
  const { name = "default", namespace, package: pack, interfaces } = trait.properties;
  const ofSource = [...(source?.config ?? []), ...old];
  const ofTarget = [...(typeof target === "string" ? [] : (target.config ?? [])), ...older];
  const sourceConfig = valuesOf(ofSource, configs);
  return {
    ...ids,
    name,
    namespace,
    package: pack,
    interfaces,
    sourceConfig,
    targetConfig: valuesOf(ofTarget, configs),
    sourceConfigNames: ofSource.map((config) => config.name),
    targetConfigNames: ofTarget.map((config) => config.name),
    port: service === "httpserver" ? portOf(sourceConfig) : null,
    service,
    host,
  };
}

/**
 * What the source of a link may reach by it; null where its target is the one that is served, or its module's limits
 * say.
 */
export function grantOf(wire: Wire, lattice: string): Grant | null {
  const { service, name, source, target, host } = wire;
  switch (service) {
    case null: {
      const interfaces = interfacesOf(wire).filter((one) => one !== INCOMING);
      return interfaces.length === 0
        ? { service: "component", host, lattice, component: target }
        : { service: "link", name, lattice, component: target, interfaces };
    }
    case "keyvalue":
    case "blobstore":
      return { service, name, scope: scopeOf([lattice, source, target, name]) };
    case "messaging":
      return { service, name, lattice };
    case "httpserver":
    case "httpclient":
      return null;
  }
}

/** `namespace:package/interface` each. */
export function interfacesOf(
  link: Pick<LatticeLink, "namespace" | "package" | "interfaces">,
): string[] {
  return link.interfaces.map((one) => `${link.namespace}:${link.package}/${one}`);
}

/** No part of it can be taken for two. */
function scopeOf(parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join("/");
}

export function idOf({ metadata }: Manifest, { name, properties }: Component): string {
  const own = `${metadata.name}-${name}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, "_");
  return properties.id ?? own;
}

export function notOffered({ name, properties }: Component): string {
  const contract = "contract" in properties ? properties.contract : undefined;
  const means = contract ?? properties.image;
  return `The capability ${name}${means === undefined ? "" : ` (${means})`} is not offered here.`;
}

function valuesOf(named: readonly Config[], configs: Configs): Record<string, string> {
  return Object.fromEntries(named.flatMap(({ name }) => [...(configs.get(name) ?? [])]));
}
