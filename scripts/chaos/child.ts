// One life of the runtime: waits for the word, starts the orchestrator on the state that is there, says that it is
// up, and does to it what it is told. Forked ahead of time, so that a kill is followed by a restart and not by the
// loading of tools.
import type { Miniflare } from "miniflare";
import { LOCAL_NODES } from "#scripts/nodes.ts";
import { startOrchestrator } from "#scripts/orchestrator.ts";
import { ENTRY, FAIL_DATABASE } from "./entry.ts";

export type Start = { readonly port: number; readonly stateDirectory: string };
/** The ids of the runners' objects: under these names their storage lies in the state's folder. */
export type Up = { readonly url: string; readonly runners: Readonly<Record<string, string>> };

export type Blow =
  /** Of the class's objects the so many-th, around and around. */
  | { readonly type: "evict"; readonly className: string; readonly which: number }
  | { readonly type: "database"; readonly forMs: number };
/** Blows may overlap: each has a number of its own. */
export type Ordered = { readonly number: number; readonly blow: Blow };
/** False when there was nothing to strike. */
export type Struck = { readonly number: number; readonly struck: boolean };

/** So high that no limit of requests per minute is ever met: chaos asks often. */
const RATE_LIMIT_SCALE = "100000";

process.once("message", (start: Start) => void run(start));
// Should chaos itself go away, nobody would end this.
process.once("disconnect", () => process.exit(0));

async function run({ port, stateDirectory }: Start): Promise<void> {
  const variables = { RATE_LIMIT_SCALE, TOKEN_MINUTES: "600" };
  const entry = ENTRY;
  const { url, miniflare } = await startOrchestrator({ port, stateDirectory, variables, entry });
  const namespace = await miniflare.getDurableObjectNamespace("RUNNERS");
  const runners = Object.fromEntries(
    LOCAL_NODES.map(({ nodeId }) => [nodeId, namespace.idFromName(nodeId).toString()]),
  );
  process.on("message", ({ number, blow }: Ordered) => {
    void strike(miniflare, blow).then(
      (struck) => process.send?.({ number, struck } satisfies Struck),
      (thrown: unknown) => {
        console.error(blow, thrown);
        return process.send?.({ number, struck: false } satisfies Struck);
      },
    );
  });
  process.send?.({ url, runners } satisfies Up);
}

async function strike(miniflare: Miniflare, blow: Blow): Promise<boolean> {
  if (blow.type === "database") {
    await miniflare.dispatchFetch(`http://chaos${FAIL_DATABASE}?ms=${blow.forMs}`);
    return true;
  }
  const { className, which } = blow;
  const ids = (await miniflare.listDurableObjectIds(className)).sort();
  const id = ids[which % ids.length];
  if (id === undefined) return false;
  await miniflare.unsafeEvictDurableObject("edgeloom", className, { id, webSockets: "hibernate" });
  return true;
}
