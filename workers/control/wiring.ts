// What a lattice keeps for its components beside what their own manifests write out: named configs, and what links that
// were put by hand lead to.
import { Fault } from "#domain/fault.ts";
import type { Grant, LatticeLink, NamedConfig } from "#domain/link.ts";
import { handGrants } from "#domain/oam/hand-link.ts";
import { database } from "#stores/database.ts";
import * as store from "#stores/links.ts";
import { natsOf } from "#stores/objects.ts";
import { announceWiring } from "./lattice-events.ts";

export async function listConfigs(env: Env, lattice: string): Promise<NamedConfig[]> {
  return store.listConfigs(database(env), lattice);
}

/** In place of what the model asked for before; what is another by it is told. */
export async function rewire(
  env: Env,
  of: { readonly lattice: string; readonly model: string },
  wanted: { readonly links: readonly LatticeLink[]; readonly configs: readonly NamedConfig[] },
): Promise<void> {
  const db = database(env);
  const before = await store.wiringOf(db, of);
  await store.setModelWiring(db, of, wanted);
  await natsOf(env, of.lattice).relink();
  // What another has already is not this model's.
  const after = await store.wiringOf(db, of);
  await announceWiring(env, of.lattice, { before, after });
}

/** Of several with one key the last one's. Throws where one of them is nowhere. */
export async function namedValues(
  env: Env,
  lattice: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  const found = await store.findConfigs(database(env), lattice, names);
  const values = new Map(found.map((config) => [config.name, config.values]));
  const missing = names.filter((name) => !values.has(name));
  if (missing.length > 0) {
    const message = `The config ${missing.join(", ")} is not there: no manifest of the lattice writes it out, and nobody put it.`;
    throw new Fault("NOT_FOUND", message);
  }
  return Object.assign({}, ...names.map((name) => values.get(name))) as Record<string, string>;
}

/** By links that were put by hand. */
export async function grantsByHand(env: Env, lattice: string, component: string): Promise<Grant[]> {
  return handGrants(await store.handLinksOf(database(env), lattice, component));
}
