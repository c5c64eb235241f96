// What the requests act on, put there again from time to time: they take it away too.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "#scripts/client.ts";
import { LOCAL_NODES } from "#scripts/nodes.ts";
import { CORPUS, SETTINGS } from "./corpus.ts";
import { parsed } from "./judge.ts";
import type { Pool } from "./pool.ts";
import { MODULE } from "./values.ts";

const SHOP = readFileSync(join(import.meta.dirname, "../../examples/shop/shop.wasm"));

const MODULES = [
  { name: "hello", version: "1.0.0", wasm: MODULE },
  { name: "hello", version: "1.1.0", wasm: MODULE },
  { name: "shop", version: "1.0.0", wasm: SHOP },
  { name: "kubernetes", version: "1.0.0", wasm: MODULE },
] as const;

const DEPLOYMENTS = "/api/v1/wasm/deployments";

/** Operations of the corpus that put something there, and where. */
const STOCKED = [
  ["POST /api/v1/workloads", "/api/v1/workloads"],
  ["POST /api/v1/wasm/interfaces", "/api/v1/wasm/interfaces"],
  ["POST /api/v1/apps/register", "/api/v1/apps/register"],
  ["POST /api/v1/apps/{app_name}/start", "/api/v1/apps/shop/start"],
  ["POST /wadm/api/{lattice}/model/put", "/wadm/api/default/model/put"],
  ["POST /webhooks", "/webhooks"],
  ["POST /batch/execute", "/batch/execute"],
] as const;

/** What names things that other operations ask for. */
const LISTS = [
  "/api/v1/wasm/modules",
  "/api/v1/wasm/deployments",
  "/api/v1/wasm/nodes",
  "/api/v1/wasm/interfaces",
  "/api/v1/nodes",
  "/api/v1/workloads",
  "/api/v1/apps",
  "/tasks",
  "/batch/operations",
  "/rollback/checkpoints",
  "/users",
  "/webhooks",
  "/settings",
  "/wadm/api/default/model/list",
];

/** Nodes, a module, a settings document, a workload, a model; and no policy that refuses everything. */
export async function restock(client: Client, pool: Pool): Promise<void> {
  const { data: policies } = await client.send<{ data: { id: string }[] }>("GET", "/policies");
  for (const { id } of policies) await client.raw("DELETE", `/policies/${encodeURIComponent(id)}`);
  for (const node of LOCAL_NODES) await client.raw("POST", "/api/v1/wasm/nodes", node);
  for (const { name, version, wasm } of MODULES) {
    const wasmBinary = Buffer.from(wasm).toString("base64");
    const module = { name, version, wasiVersion: "preview1", wasmBinary };
    await client.raw("POST", "/api/v1/wasm/modules", module);
    await client.raw("PATCH", `/api/v1/wasm/modules/${name}-v${version}`, { status: "Active" });
  }
  await client.raw("PUT", "/settings/stocked", SETTINGS);
  for (const [name, path] of STOCKED) await client.raw("POST", path, CORPUS[name]);
  const deployed = await client.raw("POST", DEPLOYMENTS, CORPUS[`POST ${DEPLOYMENTS}`]);
  const deployment = parsed(await deployed.text());
  pool.learn(DEPLOYMENTS, deployment);
  if (deployed.ok) {
    const { deploymentId } = deployment as { deploymentId: string };
    await client.raw("POST", `${DEPLOYMENTS}/${deploymentId}/execute`, {});
  }
  for (const path of LISTS) {
    const response = await client.raw("GET", path);
    pool.learn(path, parsed(await response.text()));
  }
}
