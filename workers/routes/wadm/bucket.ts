// The key-value buckets that clients of wadm read, from what is there now: `wadm_state` with the hosts of each lattice
// under `host_{lattice}`, and `CONFIGDATA_{lattice}` with its configs by their names.
import { listConfigs } from "#control/wiring.ts";
import { LivingNodes, latticesBeside } from "#control/hosts.ts";
import type { Bucket, Entry } from "#domain/nats/stream.ts";
import { hostState } from "./host-view.ts";

/** With its keys, and what stands under one: null where nothing does. */
export type LiveBucket = Bucket & {
  readonly read: (key: string) => Promise<Uint8Array | null>;
};

const STATE = "wadm_state";
const HOST = /^host_([\w-]{1,63})$/;
const CONFIGS = /^CONFIGDATA_([\w-]{1,63})$/;
/** What a read of one bucket finds out at the same time. */
const READ_AT_ONCE = 10;

/** `carrier` is the lattice that the client is connected to. Null where no bucket has that name. */
export async function bucketNamed(
  env: Env,
  name: string,
  carrier: string,
): Promise<LiveBucket | null> {
  if (name === STATE) {
    const lattices = await latticesBeside(env, carrier);
    const living = new LivingNodes(env);
    return {
      name,
      // An account's lattice has a dot, and its own subjects.
      keys: lattices.filter((lattice) => HOST.test(`host_${lattice}`)).map((one) => `host_${one}`),
      read: async (key) => {
        const [, lattice] = HOST.exec(key) ?? [];
        if (lattice === undefined) return null;
        const hosts = await living.hosts(lattice);
        const now = Date.now();
        return json(Object.fromEntries(hosts.map((host) => [host.node.id, hostState(host, now)])));
      },
    };
  }
  const [, lattice] = CONFIGS.exec(name) ?? [];
  if (lattice === undefined) return null;
  const configs = await listConfigs(env, lattice);
  return {
    name,
    keys: configs.map((config) => config.name),
    read: async (key) => {
      const found = configs.find((config) => config.name === key);
      return found === undefined ? null : json(found.values);
    },
  };
}

export async function bucketNames(env: Env, carrier: string): Promise<string[]> {
  const lattices = await latticesBeside(env, carrier);
  const configs = lattices.map((lattice) => `CONFIGDATA_${lattice}`);
  return [STATE, ...configs.filter((name) => CONFIGS.test(name))];
}

/** What is gone meanwhile is left out. */
export async function readEntries({ read }: LiveBucket, keys: readonly string[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let at = 0; at < keys.length; at += READ_AT_ONCE) {
    const found = await Promise.all(
      keys.slice(at, at + READ_AT_ONCE).map(async (key) => ({ key, value: await read(key) })),
    );
    for (const { key, value } of found) if (value !== null) entries.push({ key, value });
  }
  return entries;
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
