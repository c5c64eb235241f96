// The program on a real socket, with a folder of its own, for as long as a file's tests run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "#scripts/client.ts";
import { addLocalNodes } from "#scripts/nodes.ts";
import { LOCAL_ADMIN, bundle, startOrchestrator } from "#scripts/orchestrator.ts";
import type { Orchestrator } from "#scripts/orchestrator.ts";

const WAIT_MS = 20_000;

export type Program = {
  readonly orchestrator: Orchestrator;
  readonly url: string;
  /** The first Admin, and its token. */
  readonly client: Client;
  readonly token: string;
  readonly stop: () => Promise<void>;
};

/** With the nodes that one machine begins with. */
export async function startProgram(variables: Record<string, string> = {}): Promise<Program> {
  bundle();
  const stateDirectory = mkdtempSync(join(tmpdir(), "edgeloom-wire-"));
  const orchestrator = await startOrchestrator({ port: 0, stateDirectory, quiet: true, variables });
  const { url } = orchestrator;
  const client = new Client(url);
  const token = await client.login(LOCAL_ADMIN);
  await addLocalNodes(client);
  const stop = async (): Promise<void> => {
    await orchestrator.stop();
    rmSync(stateDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  return { orchestrator, url, client, token, stop };
}

export async function eventually(look: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + WAIT_MS;
  while (!(await look())) {
    if (Date.now() > until) throw new Error("not yet");
    await sleep(50);
  }
}
