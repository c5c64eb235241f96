// What happened → CloudEvents on `wasmbus.evt.{lattice}.{event}`, as a lattice's hosts would publish them. What is about
// a node is about every lattice, for each node serves them all.
import { LivingNodes, annotationsOf, imageOf, isAlive, latticesBeside } from "#control/hosts.ts";
import type { Host } from "#control/hosts.ts";
import { allNodes } from "#control/nodes.ts";
import type { Event } from "#domain/event.ts";
import type { Message } from "#domain/nats/frame.ts";
import type { EdgeNode } from "#domain/node.ts";
import { labelsOf, inventoryView } from "./host-view.ts";
import { workloadDetails } from "#control/workloads.ts";

export type Carrier = { readonly name: string; readonly lattices: readonly string[] };

type Told = {
  /** Null for every lattice. */
  readonly lattice: string | null;
  readonly event: string;
  readonly source: string;
  readonly data: object;
};

/** What carries the lattices that a client names at the transport's root. */
const ROOT = "default";
const SELF = "edgeloom";

/** By carrier, in the order in which it happened. */
export async function messagesOf(
  env: Env,
  events: readonly Event[],
  carriers: readonly Carrier[],
): Promise<Map<string, Message[]>> {
  const messages = new Map<string, Message[]>(carriers.map(({ name }) => [name, []]));
  const lattices = new Map<string, readonly string[]>();
  const nodes = new Nodes(env);
  for (const event of events) {
    for (const told of await toldOf(env, event, nodes)) {
      for (const carrier of carriers) {
        let own = lattices.get(carrier.name);
        own ??= await latticesOf(env, carrier);
        lattices.set(carrier.name, own);
        const hearing = told.lattice === null ? own : heardOn(carrier, told.lattice);
        const of = { at: event.at, id: `${event.id}` };
        messages
          .get(carrier.name)
          ?.push(...hearing.map((lattice) => cloudEvent(lattice, told, of)));
      }
    }
  }
  return messages;
}

/** Of hosts that have beaten after one moment, up to another. */
export async function beatsOf(
  env: Env,
  carrier: Carrier,
  { after, to }: { readonly after: number; readonly to: number },
): Promise<Message[]> {
  const messages: Message[] = [];
  const living = new LivingNodes(env);
  for (const lattice of await latticesOf(env, carrier)) {
    const hosts = await living.hosts(lattice);
    for (const host of hosts.filter(({ lastBeatAt: at }) => at > after && at <= to)) {
      messages.push(beatOf(lattice, host));
    }
  }
  return messages;
}

function beatOf(lattice: string, host: Host): Message {
  const { lastBeatAt: at, node } = host;
  const told = { event: "host_heartbeat", source: node.id, data: inventoryView(host, at) };
  return cloudEvent(lattice, told, { at, id: crypto.randomUUID() });
}

async function latticesOf(env: Env, { name, lattices }: Carrier): Promise<string[]> {
  if (name !== ROOT) return [name];
  const known = await latticesBeside(env, name);
  return [...new Set([...known, ...lattices])].filter((lattice) => !lattice.includes("."));
}

function heardOn({ name }: Carrier, lattice: string): string[] {
  return name === ROOT || name === lattice ? [lattice] : [];
}

/** Read once for all events that came together. */
class Nodes {
  readonly #env: Env;
  #all: Promise<readonly EdgeNode[]> | null = null;

  constructor(env: Env) {
    this.#env = env;
  }

  async find(id: string): Promise<EdgeNode | null> {
    return (await this.#read()).find((node) => node.id === id) ?? null;
  }

  async alive(): Promise<EdgeNode[]> {
    return (await this.#read()).filter(isAlive);
  }

  #read(): Promise<readonly EdgeNode[]> {
    this.#all ??= allNodes(this.#env);
    return this.#all;
  }
}

async function toldOf(env: Env, event: Event, nodes: Nodes): Promise<Told[]> {
  const [area = "", what = ""] = event.type.split(".");
  switch (area) {
    case "instance":
      return scaledOf(env, event, what);
    case "node":
      return hostOf(event, what, nodes);
    case "lattice":
      return latticeOf(event, what, nodes);
    default:
      return [];
  }
}

async function scaledOf(env: Env, { data }: Event, what: string): Promise<Told[]> {
  const { owner, node, namespace, name, workload_id: id, module_id: module } = data;
  if (owner !== "wadm" || typeof node !== "string" || typeof namespace !== "string") return [];
  if (typeof id !== "string" || typeof module !== "string" || what === "unhealthy") return [];
  const common = {
    annotations: annotationsOf((await workloadDetails(env, namespace, id)) ?? {}),
    component_id: name,
    host_id: node,
    image_ref: imageOf(module),
    max_instances: data["ready_on_node"],
  };
  const told = { lattice: namespace, source: node };
  return what === "failed"
    ? [{ ...told, event: "component_scale_failed", data: { ...common, error: data["reason"] } }]
    : [{ ...told, event: "component_scaled", data: common }];
}

async function hostOf({ data }: Event, what: string, nodes: Nodes): Promise<Told[]> {
  const { node_id: id } = data;
  if (typeof id !== "string") return [];
  const told = { lattice: null, source: id };
  switch (what) {
    case "active":
    case "enabled": {
      const node = await nodes.find(id);
      if (node === null || !isAlive(node)) return [];
      const { name: friendly_name, runtime, runtimeVersion } = node;
      const version = runtimeVersion ?? runtime;
      const started = { host_id: id, friendly_name, labels: labelsOf(node), version };
      return [{ ...told, event: "host_started", data: { ...started, uptime_seconds: 0 } }];
    }
    case "offline":
    case "degraded":
    case "maintenance":
    case "deleted": {
      const node = await nodes.find(id);
      const labels = node === null ? {} : labelsOf(node);
      return [{ ...told, event: "host_stopped", data: { host_id: id, labels, reason: what } }];
    }
    case "labelled": {
      const node = await nodes.find(id);
      if (node === null) return [];
      const changed = { host_id: id, labels: labelsOf(node) };
      return [{ ...told, event: "labels_changed", data: changed }];
    }
    default:
      return [];
  }
}

/** What is kept for the lattice is told as it is; a provider is on every host. */
async function latticeOf({ data }: Event, what: string, nodes: Nodes): Promise<Told[]> {
  const { namespace: lattice, ...rest } = data;
  if (typeof lattice !== "string") return [];
  switch (what) {
    case "link_set":
      return [{ lattice, event: "linkdef_set", source: SELF, data: rest }];
    case "link_deleted":
      return [{ lattice, event: "linkdef_deleted", source: SELF, data: rest }];
    case "config_set":
    case "config_deleted":
      return [{ lattice, event: what, source: SELF, data: rest }];
    case "provider_started":
    case "provider_stopped": {
      const hosts = await nodes.alive();
      return hosts.map(({ id }) => ({
        lattice,
        event: what,
        source: id,
        data: { host_id: id, ...rest },
      }));
    }
    default:
      return [];
  }
}

function cloudEvent(
  lattice: string,
  { event, source, data }: Omit<Told, "lattice">,
  { at, id }: { readonly at: number; readonly id: string },
): Message {
  const body = {
    specversion: "1.0",
    id: `${id}-${lattice}-${event}-${source}`,
    source,
    type: `com.wasmcloud.lattice.${event}`,
    time: new Date(at).toISOString(),
    datacontenttype: "application/json",
    data,
  };
  const payload = new TextEncoder().encode(JSON.stringify(body));
  return { subject: `wasmbus.evt.${lattice}.${event}`, reply: null, headers: null, payload };
}
