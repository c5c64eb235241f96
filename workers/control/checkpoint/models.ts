// Applications' manifests, all versions that were kept in their order, and which of them was deployed.
import { deleteModel, deployModel, undeployModel } from "#control/models.ts";
import { modelVersion } from "#domain/oam/model.ts";
import type { Manifest } from "#domain/oam/schema.ts";
import { isSame } from "#domain/checkpoint.ts";
import { database } from "#stores/database.ts";
import * as store from "#stores/models.ts";
import type { Section } from "./section.ts";

type Kept = { readonly manifests: readonly Manifest[]; readonly deployed: string | null };

export const models: Section = {
  async read(env) {
    const db = database(env);
    const [versions, deployments] = await Promise.all([
      store.allVersions(db),
      store.allDeployments(db),
    ]);
    const deployed = new Map(deployments.map((one) => [keyOf(one), one.version]));
    const byModel = Map.groupBy(versions, keyOf);
    return Object.fromEntries(
      [...byModel].map(([key, own]) => [
        key,
        {
          manifests: own.map(({ manifest }) => manifest),
          deployed: deployed.get(key) ?? null,
        } satisfies Kept,
      ]),
    );
  },

  async put(env, { key, value }, storedBy) {
    // Read by `read`.
    const { manifests, deployed } = value as Kept;
    const of = { ...placeOf(key), principal: { username: storedBy, role: "Admin" } as const };
    const current = (await this.read(env))[key];
    const standing = (current as Kept | undefined) ?? { manifests: [], deployed: null };
    if (!isSame(standing.manifests, manifests)) {
      const { lattice } = of;
      const stored = { lattice, version: "", storedAt: Date.now(), storedBy };
      const versions = manifests.map((manifest) => modelVersion(manifest, stored));
      await store.replaceVersions(database(env), of, versions);
    }
    if (deployed !== null) await deployModel(env, of, deployed);
    else if (standing.deployed !== null) await undeployModel(env, { ...of, isDestructive: true });
  },

  async remove(env, key, username) {
    const principal = { username, role: "Admin" } as const;
    await deleteModel(env, { ...placeOf(key), principal, isDestructive: true }, null);
  },
};

function keyOf({ lattice, name }: { readonly lattice: string; readonly name: string }): string {
  return `${lattice}/${name}`;
}

function placeOf(key: string): { lattice: string; name: string } {
  const [lattice = "", ...name] = key.split("/");
  return { lattice, name: name.join("/") };
}
