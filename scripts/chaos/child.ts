// One life of the runtime: waits for the word, starts the orchestrator on the state that is there, says that it is
// up. Forked ahead of time, so that a kill is followed by a restart and not by the loading of tools.
import { LOCAL_NODES } from "#scripts/nodes.ts";
import { startOrchestrator } from "#scripts/orchestrator.ts";

export type Start = { readonly port: number; readonly stateDirectory: string };
/** The ids of the runners' objects: under these names their storage lies in the state's folder. */
export type Up = { readonly url: string; readonly runners: Readonly<Record<string, string>> };

/** So high that no limit of requests per minute is ever met: chaos asks often. */
const RATE_LIMIT_SCALE = "100000";

process.once("message", (start: Start) => void run(start));
// Should chaos itself go away, nobody would end this.
process.once("disconnect", () => process.exit(0));

async function run({ port, stateDirectory }: Start): Promise<void> {
  const variables = { RATE_LIMIT_SCALE, TOKEN_MINUTES: "600" };
  const { url, miniflare } = await startOrchestrator({ port, stateDirectory, variables });
  const namespace = await miniflare.getDurableObjectNamespace("RUNNERS");
  const runners = Object.fromEntries(
    LOCAL_NODES.map(({ nodeId }) => [nodeId, namespace.idFromName(nodeId).toString()]),
  );
  process.send?.({ url, runners } satisfies Up);
}
