// What effects do to nodes, workloads, clusters and whole states. Each is told by its key who asked for it, so that
// doing it twice does it once, and undoing it leaves alone what somebody else made meanwhile.
import { toldEffect } from "#domain/provisioning/effect.ts";
import type { Effect } from "#domain/provisioning/effect.ts";
import { restoreEntry } from "#control/checkpoint/state.ts";
import { record } from "#stores/ledger.ts";
import * as clusters from "./clusters.ts";
import { compensate } from "./compensate.ts";
import * as servers from "./servers.ts";
import * as taskservs from "./taskservs.ts";

/** One effect, its key, and who wants it. */
export type Deed<Of extends Effect = Effect> = {
  readonly effect: Of;
  readonly key: string;
  readonly by: string;
};

/** What undoing it will need; throws a Fault where it can't be done as things stand. */
export async function inspect(env: Env, { effect, key }: Deed): Promise<unknown> {
  switch (effect.type) {
    case "server":
      return servers.inspect(env, effect, key);
    case "taskserv":
      return taskservs.inspect(env, effect, key);
    case "cluster":
      return clusters.inspect(env, effect, key);
    // A rollback is not undone: another one goes back to before it.
    case "restore":
    case "compensation":
      return null;
  }
}

/** One sentence on what came of it, which the ledger has before it is told. */
export async function perform(env: Env, deed: Deed): Promise<string> {
  const detail = await done(env, deed);
  await recordDeed(env, deed, { isUndone: false, reason: detail });
  return detail;
}

async function done(env: Env, deed: Deed): Promise<string> {
  const { effect, key, by } = deed;
  switch (effect.type) {
    case "server":
      return servers.perform(env, { effect, key, by });
    case "taskserv":
      return taskservs.perform(env, { effect, key, by });
    case "cluster":
      return clusters.perform(env, { effect, key, by });
    case "restore":
      return restoreEntry(env, effect, by);
    case "compensation":
      return compensate(env, { effect, key, by }, undo);
  }
}

export async function undo(env: Env, deed: Deed, before: unknown): Promise<void> {
  await takenBack(env, deed, before);
  const reason = `Undid, as far as it had come about: ${toldEffect(deed.effect)}.`;
  await recordDeed(env, deed, { isUndone: true, reason });
}

async function takenBack(env: Env, deed: Deed, before: unknown): Promise<void> {
  const { effect, key, by } = deed;
  switch (effect.type) {
    case "server":
      return servers.undo(env, { effect, key, by }, before);
    case "taskserv":
      return taskservs.undo(env, { effect, key, by }, before);
    case "cluster":
      return clusters.undo(env, { effect, key, by }, before);
    case "restore":
    case "compensation":
      return;
  }
}

/** Once for each effect and each time that it is undone, however often a process dies between the two. */
async function recordDeed(
  env: Env,
  { effect, key, by }: Deed,
  { isUndone, reason }: { readonly isUndone: boolean; readonly reason: string },
): Promise<void> {
  const about = aboutOf(effect);
  if (about === null) return;
  const { area, verb, resource } = about;
  const what = isUndone ? "undo" : verb;
  await record(env, {
    id: `${key}/${what}`,
    actor: by,
    action: `${area}:${what}`,
    resource,
    result: "success",
    reason,
    evidence: { effect: key },
  });
}

/** Null where nothing changes, or what changes is another effect's. */
function aboutOf(effect: Effect) {
  switch (effect.type) {
    case "server":
    case "taskserv":
    case "cluster": {
      const { type: area, verb, spec } = effect;
      return verb === "check" ? null : { area, verb, resource: `${area}s:${spec.name}` };
    }
    case "restore":
      return { area: "state", verb: "restore", resource: `${effect.section}:${effect.key}` };
    case "compensation":
      return null;
  }
}
