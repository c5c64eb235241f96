// Agents of nodes outside of the platform: let in by the node's token, and given what their node is to run.
import type { Entry } from "#domain/prepared.ts";
import { Fault } from "#domain/fault.ts";
import { openArtifact } from "#data/prepared.ts";
import { harnessOf } from "#guest/isolate.ts";
import { runnerOf } from "#stores/objects.ts";
import { getNode } from "./nodes.ts";
import { readToken } from "./token.ts";

/** Hands the socket over to the node's runner, with the token that it stands and falls with. */
export async function attachAgent(env: Env, nodeId: string, token: string): Promise<Response> {
  await getNode(env, nodeId);
  const { id, expiresAt } = await readToken(env, token, Date.now());
  const url = `https://runner/attach?token=${id}&ends=${expiresAt}`;
  const answer = await runnerOf(env, nodeId).fetch(url, { headers: { Upgrade: "websocket" } });
  if (answer.status === 101) return answer;
  throw new Fault("CONFLICT", `Node ${nodeId} is out of service; no agent can attach to it.`);
}

/** The prepared artifact of a version that the node holds or is being given. */
export async function agentArtifact(
  env: Env,
  nodeId: string,
  asked: { moduleId: string; isChecked: boolean },
): Promise<ReadableStream> {
  const { moduleId, isChecked } = asked;
  const assignment = await runnerOf(env, nodeId).assignment(moduleId);
  if (assignment !== null) return openArtifact(env, assignment, isChecked);
  throw new Fault("NOT_FOUND", `Node ${nodeId} does not hold ${moduleId}.`);
}

/** With what a guest is run: the same as in the platform's own isolates. */
export function agentHarness(entry: Entry) {
  const { name, source, digest, yielder } = harnessOf(entry);
  return { name, source, digest, yielder: yielder.toHex() };
}
