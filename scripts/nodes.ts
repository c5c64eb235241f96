// The nodes that a fresh orchestrator on one machine begins with: two in each of three regions.
import type { Client } from "./client.ts";

export const LOCAL_NODES = ["us-east", "us-west", "eu-west"].flatMap((region) =>
  [1, 2].map((number) => ({
    nodeId: `workerd-${region}-${number}`,
    hostname: `workerd-${region}-${number}.localhost`,
    region,
  })),
);

/** Registers them, if there is no node at all. */
export async function addLocalNodes(client: Client): Promise<void> {
  const { total } = await client.send<{ total: number }>("GET", "/api/v1/wasm/nodes");
  if (total > 0) return;
  await Promise.all(LOCAL_NODES.map((node) => client.send("POST", "/api/v1/wasm/nodes", node)));
}
