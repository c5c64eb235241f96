// What a lattice's clients hear of models: CloudEvents on `wadm.evt.{lattice}.{event}`, from what really happened.
import type { ModelVersion } from "#domain/oam/model.ts";
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
