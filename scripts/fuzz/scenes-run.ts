// The scenes of the tour in which something runs for a while: apps, tasks and batches.
import type { Ask, Body, Guide } from "./guide.ts";

function idOf({ data }: Body): string {
  if (typeof data === "string") return data;
  const { id, batch_id: batch = id } = (data ?? {}) as Body;
  return typeof batch === "string" ? batch : "missing";
}

export async function APPS({ ask }: Guide): Promise<void> {
  const spec = {
    apiVersion: "v1",
    kind: "App",
    metadata: { name: "tour" },
    spec: { type: "http", image: "shop:1.0.0", ports: [{ containerPort: 80, protocol: "HTTP" }] },
    scaling: { mode: "manual", maxReplicas: 3 },
    healthCheck: { path: "/health", initialDelaySeconds: 0 },
  };
  await ask("POST /api/v1/apps/register", { body: spec });
  const at = { app_name: "tour" };
  const A = "/api/v1/apps/{app_name}";
  await ask(`POST ${A}/start`, { at, body: { replicas: 1, timeout: 30 } });
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    await ask(`${method} /run/{app}/{path}`, { at: { app: "tour", path: "health" } });
  }
  await ask(`POST ${A}/scale`, { at, body: { replicas: 2, wait: false } });
  for (const what of ["", "/spec", "/logs", "/metrics", "/events", "/scaling", "/health"]) {
    await ask(`GET ${A}${what}`, { at });
  }
  await ask("GET /api/v1/apps");
  await ask(`POST ${A}/health/check`, { at });
  await ask(`PUT ${A}/spec`, { at, body: spec });
  await ask(`PUT ${A}/scaling`, { at, body: { max_replicas: 4 } });
  await ask(`POST ${A}/stop`, { at, body: { force: true } });
  await ask(`DELETE ${A}`, { at });
}

export async function BATCHES(guide: Guide): Promise<void> {
  const { ask } = guide;
  const settings = {
    infra: {
      tour: {
        servers: [{ name: "tour-01", plan: "1xCPU-2 GB", zone: "tour" }],
        taskservs: ["tour"],
        clusters: [{ name: "tourists", type: "buildkit" }],
      },
    },
  };
  const at = { name: "tour" };
  await ask("PUT /settings/{name}", { at, body: settings });
  await ask("GET /settings");
  await ask("GET /settings/{name}", { at });
  const submitted = { infra: "tour", settings: "tour", wait: true, timeout: 30 };
  const W = "/workflows";
  const made = await ask(`POST ${W}/servers/create`, { body: submitted });
  const task = { id: idOf(made ?? {}) };
  await ask(`POST ${W}/cluster/create`, {
    body: { ...submitted, operation: "create", cluster_type: "buildkit" },
  });
  await ask(`POST ${W}/taskserv/create`, {
    body: { ...submitted, operation: "create", taskserv: "tour", check_mode: true },
  });
  await ask("GET /tasks");
  await ask("GET /tasks/{id}", { at: task });
  await ask("GET /state/workflows/{id}/progress", { at: task });
  await ask("GET /state/workflows/{id}/snapshots", { at: task });
  await cancelled(ask);
  await checkpoints(guide);
  const slow = await ask("POST /batch/execute", { body: batchOf("slow", "tour-03") });
  await ask("POST /batch/operations/{id}/cancel", { at: { id: idOf(slow ?? {}) } });
  await ask("GET /batch/operations");
  await ask("DELETE /settings/{name}", { at });
}

/** So many servers that the task is not over when it is cancelled. */
async function cancelled(ask: Ask): Promise<void> {
  const at = { name: "tour-many" };
  const servers = Array.from({ length: 20 }, (_, place) => ({ name: `tour-many-${place}` }));
  await ask("PUT /settings/{name}", { at, body: { infra: { many: { servers } } } });
  const body = { infra: "many", settings: at.name, wait: false };
  const task = { id: idOf((await ask("POST /workflows/servers/create", { body })) ?? {}) };
  await ask("POST /tasks/{id}/cancel", { at: task });
  await ask("DELETE /settings/{name}", { at });
}

async function checkpoints({ ask, until }: Guide): Promise<void> {
  const kept = { id: idOf((await ask("POST /rollback/checkpoints", { body: NAMED })) ?? {}) };
  await ask("GET /rollback/checkpoints");
  await ask("GET /rollback/checkpoints/{id}", { at: kept });
  await ask("POST /rollback/restore/{id}", { at: kept, query: { dry_run: "true" } });
  const quick = await ask("POST /batch/execute", { body: batchOf("quick", "tour-02") });
  const batch = { id: idOf(quick ?? {}) };
  await until("GET /batch/operations/{id}", { at: batch }, ({ data }) => {
    return (data as Body)["completed_at"] !== null;
  });
  await ask("POST /rollback/execute", { body: { operation_ids: [batch.id] } });
  await ask("DELETE /rollback/checkpoints/{id}", { at: kept });
}

const NAMED = { name: "the tour" };

function batchOf(name: string, server: string) {
  return {
    name,
    version: "1.0.0",
    storage_backend: "d1",
    parallel_limit: 1,
    rollback_enabled: true,
    operations: [{ id: server, type: "server_batch", server_configs: [{ name: server }] }],
  };
}
