// What a lattice's clients hear of models, as CloudEvents on `wadm.evt.{lattice}.{event}`; and what becomes of its links,
// configs and providers, as events like all others, which are brought to the lattice's clients in their own form.
import { canonical } from "#domain/canonical.ts";
import type { Data, NewEvent } from "#domain/event.ts";
import type { LatticeLink, NamedConfig } from "#domain/link.ts";
import type { ModelVersion } from "#domain/oam/model.ts";
import { providersOf } from "#domain/oam/component.ts";
import { announce } from "#stores/events.ts";
import { natsOf } from "#stores/objects.ts";

type ManifestEvent = "manifest_published" | "manifest_unpublished";

/** What carries the lattices that a client names at the transport's root. */
const ROOT = "default";

/** One that can't be told is told in the log: what happened stands all the same. */
export async function announceManifest(
  env: Env,
  event: ManifestEvent,
  { lattice, name, manifest }: Pick<ModelVersion, "lattice" | "name" | "manifest">,
): Promise<void> {
  const at = lattice.lastIndexOf(".");
  const account = lattice.slice(0, at + 1);
  const local = lattice.slice(at + 1);
  const body = {
    specversion: "1.0",
    id: crypto.randomUUID(),
    source: "edgeloom",
    type: `com.wadm.${event}`,
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    data: event === "manifest_published" ? manifest : { name },
  };
  const message = {
    subject: `${account}wadm.evt.${local}.${event}`,
    reply: null,
    headers: null,
    payload: new TextEncoder().encode(JSON.stringify(body)),
  };
  const told = await Promise.allSettled(
    [...new Set([ROOT, local])].map(async (carrier) => natsOf(env, carrier).publish([message])),
  );
  for (const one of told) {
    if (one.status === "rejected") console.warn("manifest event not sent", one.reason);
  }
}

type Wiring = { readonly links: readonly LatticeLink[]; readonly configs: readonly NamedConfig[] };

/** What is another, or not there any more. */
export async function announceWiring(
  env: Env,
  lattice: string,
  { before, after }: { readonly before: Wiring; readonly after: Wiring },
): Promise<void> {
  const links = difference(before.links, after.links, linkKey);
  const configs = difference(before.configs, after.configs, ({ name }) => name);
  const linkTold = (link: LatticeLink, what: "set" | "deleted") =>
    told(lattice, `link_${what}`, {
      message: `Link ${link.name} of ${link.source} to ${link.target}`,
      data: {
        source_id: link.source,
        target: link.target,
        name: link.name,
        wit_namespace: link.namespace,
        wit_package: link.package,
        interfaces: link.interfaces,
        ...(what === "set"
          ? { source_config: link.sourceConfigNames, target_config: link.targetConfigNames }
          : {}),
      },
    });
  const configTold = ({ name }: NamedConfig, what: "set" | "deleted") =>
    told(lattice, `config_${what}`, { message: `Config ${name}`, data: { config_name: name } });
  await announce(env, [
    ...configs.set.map((config) => configTold(config, "set")),
    ...links.set.map((link) => linkTold(link, "set")),
    ...links.deleted.map((link) => linkTold(link, "deleted")),
    ...configs.deleted.map((config) => configTold(config, "deleted")),
  ]);
}

/** The platform's own, which an application takes into use by naming them. */
export async function announceProviders(
  env: Env,
  lattice: string,
  of: { readonly before: ModelVersion | null; readonly after: ModelVersion | null },
): Promise<void> {
  const before = of.before === null ? [] : providersOf(of.before);
  const after = of.after === null ? [] : providersOf(of.after);
  const { set, deleted } = difference(before, after, ({ id }) => id);
  const common = ({ id, annotations }: (typeof before)[number]) => ({
    provider_id: id,
    annotations,
  });
  await announce(env, [
    ...set.map((one) =>
      told(lattice, "provider_started", {
        message: `Provider ${one.id}`,
        data: {
          ...common(one),
          image_ref: one.image,
        },
      }),
    ),
    ...deleted.map((one) =>
      told(lattice, "provider_stopped", {
        message: `Provider ${one.id}`,
        data: {
          ...common(one),
          reason: "no deployed application names it",
        },
      }),
    ),
  ]);
}

function told(lattice: string, what: string, of: { message: string; data: Data }): NewEvent {
  const { message, data } = of;
  return {
    type: `lattice.${what}`,
    at: Date.now(),
    subject: `lattices/${lattice}`,
    app: null,
    message: `${message} in lattice ${lattice}: ${what.split("_").at(-1)}`,
    level: "info",
    data: { namespace: lattice, ...data },
  };
}

function linkKey({ source, target, namespace, package: pack, name }: LatticeLink): string {
  return JSON.stringify([source, target, namespace, pack, name]);
}

function difference<One>(
  before: readonly One[],
  after: readonly One[],
  keyOf: (one: One) => string,
): { readonly set: One[]; readonly deleted: One[] } {
  const was = new Map(before.map((one) => [keyOf(one), canonical(one)]));
  const is = new Set(after.map(keyOf));
  return {
    set: after.filter((one) => was.get(keyOf(one)) !== canonical(one)),
    deleted: before.filter((one) => !is.has(keyOf(one))),
  };
}
