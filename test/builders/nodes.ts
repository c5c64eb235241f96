// Nodes in a region of their own, so that no test chooses another's.
import type { z } from "@hono/zod-openapi";
import type { nodeAnswer, nodeHealthAnswer } from "#routes/wasm/answer.ts";
import type { Answer, Json } from "#test/builders/client.ts";
import { shift, unique } from "#test/builders/users.ts";

export type Node = z.infer<typeof nodeAnswer>;
export type NodeHealth = z.infer<typeof nodeHealthAnswer>;

export const NODES = "/api/v1/wasm/nodes";

const registrar = shift("Admin", 10);

export async function registerNode(given: Json = {}): Promise<Answer<Node>> {
  const nodeId = unique("node");
  const body = { nodeId, hostname: `${nodeId}.example.com`, region: "us-east", ...given };
  return (await registrar()).post<Node>(NODES, body);
}

export async function node(region: string): Promise<string> {
  const { status, body } = await registerNode({ region });
  if (status !== 201) throw new Error(`no node: ${JSON.stringify(body)}`);
  return body.nodeId;
}

/** A new region with so many nodes. */
export async function place(size: number): Promise<{ region: string; nodes: string[] }> {
  const region = unique("region");
  const nodes = [];
  for (let index = 0; index < size; index += 1) nodes.push(await node(region));
  return { region, nodes };
}
