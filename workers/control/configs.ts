// Named configs of a lattice: what its manifests write out, and what was put by hand.
import type { NamedConfig } from "#domain/link.ts";
import { database } from "#stores/database.ts";
import * as links from "#stores/links.ts";

export async function listConfigs(env: Env, lattice: string): Promise<NamedConfig[]> {
  return links.listConfigs(database(env), lattice);
}
