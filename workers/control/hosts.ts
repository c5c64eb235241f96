// The hosts of a lattice, as its clients see them: the nodes that are alive, each with what runs of the lattice on it.
// Every node serves every lattice, and the platform's own providers are on each.
import { Fault } from "#domain/fault.ts";
import type { EdgeNode } from "#domain/node.ts";
import { managedBy, providersOf } from "#domain/oam/component.ts";
import type { Provider } from "#domain/oam/component.ts";
import { parseModuleReference } from "#domain/module.ts";
import type { JsonObject } from "#domain/json.ts";
import { database } from "#stores/database.ts";
import { deployedModels, modelLattices } from "#stores/models.ts";
import { allNodes, findNode } from "#stores/nodes.ts";
import { heartbeatOf } from "#stores/objects.ts";
import { latticeNames, latticePlaces } from "#stores/workloads.ts";
import type { LatticePlace } from "#stores/workloads.ts";

type Annotations = Readonly<Record<string, string>>;

type HostedComponent = {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly annotations: Annotations;
  readonly revision: number;
  readonly instances: number;
};

export type Host = {
  readonly node: EdgeNode;
  /** Null where the node didn't say since when it is up. */
  readonly startedAt: number | null;
  readonly lastBeatAt: number;
  readonly components: readonly HostedComponent[];
  readonly providers: readonly Provider[];
};

/** Where something runs, or is stored, besides the one that is asked through. */
export async function latticesBeside(env: Env, carrier: string): Promise<string[]> {
  const db = database(env);
  const [working, modelled] = await Promise.all([latticeNames(db), modelLattices(db)]);
  return [...new Set([carrier, ...working, ...modelled])].toSorted();
}

/** Objects that are asked at the same time. */
const ASKED_AT_ONCE = 50;

export async function latticeHosts(env: Env, lattice: string): Promise<Host[]> {
  return new LivingNodes(env).hosts(lattice);
}

/**
 * The nodes that are alive, each with its last beat: an object is asked for each of them, once however many lattices
 * are.
 */
export class LivingNodes {
  readonly #env: Env;
  #beating: Promise<readonly Beating[]> | null = null;

  constructor(env: Env) {
    this.#env = env;
  }

  async hosts(lattice: string): Promise<Host[]> {
    this.#beating ??= this.#read();
    return hostsOf(this.#env, lattice, await this.#beating);
  }

  async #read(): Promise<Beating[]> {
    return beatingOf(this.#env, (await allNodes(database(this.#env))).filter(isAlive));
  }
}

export async function latticeHost(env: Env, lattice: string, id: string): Promise<Host> {
  const beating = await beatingOf(env, [await livingNode(env, id)]);
  const [host] = await hostsOf(env, lattice, beating);
  if (host === undefined) throw unknownHost(id);
  return host;
}

/** Throws where there is none of that id. */
export async function livingNode(env: Env, id: string): Promise<EdgeNode> {
  const node = await findNode(database(env), id);
  if (node === null || !isAlive(node)) throw unknownHost(id);
  return node;
}

export function isAlive({ isEnabled, status }: EdgeNode): boolean {
  return isEnabled && status === "Healthy";
}

function unknownHost(id: string): Fault {
  return new Fault("NOT_FOUND", `No host ${id} is alive in this lattice.`);
}

type Beating = Pick<Host, "node" | "startedAt" | "lastBeatAt">;

async function beatingOf(env: Env, nodes: readonly EdgeNode[]): Promise<Beating[]> {
  const found: Beating[] = [];
  for (let at = 0; at < nodes.length; at += ASKED_AT_ONCE) {
    const asked = nodes.slice(at, at + ASKED_AT_ONCE).map(async (node): Promise<Beating> => {
      const { lastBeatAt, usage } = await heartbeatOf(env, node.id).read();
      return { node, startedAt: usage?.startedAt ?? null, lastBeatAt };
    });
    found.push(...(await Promise.all(asked)));
  }
  return found;
}

async function hostsOf(env: Env, lattice: string, beating: readonly Beating[]): Promise<Host[]> {
  const db = database(env);
  const [places, models] = await Promise.all([
    latticePlaces(db, lattice),
    deployedModels(db, lattice),
  ]);
  const providers = models.flatMap(providersOf);
  const placed = Map.groupBy(places, ({ node }) => node);
  return beating.map((one) => {
    const components = (placed.get(one.node.id) ?? []).map(componentOf);
    return { ...one, components, providers };
  });
}

function componentOf({ record, moduleId, instances }: LatticePlace): HostedComponent {
  const { name: id, details } = record.workload;
  const { component } = details;
  return {
    id,
    name: typeof component === "string" ? component : id,
    image: imageOf(moduleId),
    annotations: annotationsOf(details),
    revision: record.resourceVersion,
    instances,
  };
}

/** What names the version as an image does. */
export function imageOf(moduleId: string): string {
  const named = parseModuleReference(moduleId);
  return named?.version == null ? moduleId : `${named.name}:${named.version}`;
}

/** Those that wadm gives its own, or those that were given with it. */
export function annotationsOf({ model, annotations }: JsonObject): Annotations {
  if (typeof model === "string") return managedBy(model);
  if (typeof annotations !== "object" || annotations === null) return {};
  const given = Object.entries(annotations);
  return Object.fromEntries(
    given.filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
