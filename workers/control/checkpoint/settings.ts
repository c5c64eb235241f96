// Settings documents as they were put, and the clusters that stand.
import type { Cluster } from "#domain/provisioning/cluster.ts";
import { database } from "#stores/database.ts";
import * as stored from "#stores/settings.ts";
import type { Section } from "./section.ts";

type Document = Pick<stored.SettingsDocument, "source" | "mediaType">;

export const settings: Section = {
  async read(env) {
    const all = await stored.allSettings(database(env));
    return Object.fromEntries(
      all.map(({ name, source, mediaType }) => [name, { source, mediaType } satisfies Document]),
    );
  },

  async put(env, { key: name, value }, updatedBy) {
    // Read by `read`.
    const document = { ...(value as Document), name, updatedAt: Date.now(), updatedBy };
    await stored.putSettings(database(env), document);
  },

  async remove(env, name) {
    await stored.deleteSettings(database(env), name);
  },
};

export const clusters: Section = {
  async read(env) {
    const all = await stored.listClusters(database(env));
    return Object.fromEntries(all.map((cluster) => [`${cluster.infra}/${cluster.name}`, cluster]));
  },

  async put(env, { value }) {
    // Read by `read`.
    await stored.putCluster(database(env), value as Cluster);
  },

  async remove(env, key) {
    const [infra = "", ...name] = key.split("/");
    await stored.deleteCluster(database(env), { infra, name: name.join("/") });
  },
};
