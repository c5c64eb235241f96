// The desired state as a whole: read from every section, kept in R2 under the digest of its document.
import { documentOf, readDocument } from "#domain/checkpoint.ts";
import type { DesiredState, KeptState, SectionName } from "#domain/checkpoint.ts";
import { digestOf } from "#stores/artifacts.ts";
import { readCheckpointDocument, writeCheckpointDocument } from "#stores/checkpoints.ts";
import { apps } from "./apps.ts";
import { config, policies } from "./config.ts";
import { models } from "./models.ts";
import { nodes } from "./nodes.ts";
import { routes } from "./routes.ts";
import type { Section } from "./section.ts";
import { clusters, settings } from "./settings.ts";
import { workloads } from "./workloads.ts";

const PARTS: Readonly<Record<SectionName, Section>> = {
  config,
  policies,
  nodes,
  settings,
  workloads,
  models,
  apps,
  routes,
  clusters,
};

export async function readState(env: Env): Promise<DesiredState> {
  return {
    config: await config.read(env),
    policies: await policies.read(env),
    nodes: await nodes.read(env),
    settings: await settings.read(env),
    workloads: await workloads.read(env),
    models: await models.read(env),
    apps: await apps.read(env),
    routes: await routes.read(env),
    clusters: await clusters.read(env),
  };
}

export async function keepState(
  env: Env,
  state: DesiredState,
): Promise<{ digest: string; sizeBytes: number }> {
  const bytes = Uint8Array.from(new TextEncoder().encode(documentOf(state)));
  const digest = await digestOf(bytes);
  await writeCheckpointDocument(env, digest, bytes);
  return { digest, sizeBytes: bytes.length };
}

export async function keptState(env: Env, digest: string): Promise<KeptState> {
  return readDocument(await readCheckpointDocument(env, digest));
}

/** Brings one entry to what the document says: there as it was, or gone. */
export async function restoreEntry(
  env: Env,
  of: { readonly digest: string; readonly section: SectionName; readonly key: string },
  by: string,
): Promise<string> {
  const { digest, section, key } = of;
  const entries = (await keptState(env, digest))[section] ?? {};
  if (Object.hasOwn(entries, key)) {
    await PARTS[section].put(env, { key, value: entries[key] }, by);
    return `${section} ${key} is as it was.`;
  }
  await PARTS[section].remove(env, key, by);
  return `${section} ${key} is gone.`;
}
