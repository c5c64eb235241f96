// What effects do to nodes, workloads and clusters. Each is told by its key who asked for it, so that doing it twice does
// it once, and undoing it leaves alone what somebody else made meanwhile.
import type { Effect } from "#domain/provisioning/effect.ts";
import * as clusters from "./clusters.ts";
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
  }
}

/** One sentence on what came of it. */
export async function perform(env: Env, deed: Deed): Promise<string> {
  const { effect, key, by } = deed;
  switch (effect.type) {
    case "server":
      return servers.perform(env, { effect, key, by });
    case "taskserv":
      return taskservs.perform(env, { effect, key, by });
    case "cluster":
      return clusters.perform(env, { effect, key, by });
  }
}

export async function undo(env: Env, deed: Deed, before: unknown): Promise<void> {
  const { effect, key, by } = deed;
  switch (effect.type) {
    case "server":
      return servers.undo(env, { effect, key, by }, before);
    case "taskserv":
      return taskservs.undo(env, { effect, key, by }, before);
    case "cluster":
      return clusters.undo(env, { effect, key, by }, before);
  }
}
