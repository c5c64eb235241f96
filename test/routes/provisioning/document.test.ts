// Every example of the 003 document for its orchestrator, in its order: its paths, statuses, fields and types. Each
// answer may have more fields than the document shows, never fewer, and none of another type.
import { beforeAll, expect, test } from "vitest";
import { nobody } from "#test/builders/client.ts";
import type { Client, Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { get, id, number, post, text, time } from "#test/builders/envelope.ts";
import { module } from "#test/builders/modules.ts";
import { expectRecorded } from "#test/builders/recorded.ts";
import { ADMIN, admin } from "#test/builders/users.ts";

const size = expect.stringMatching(/^\d+(?:\.\d)? (?:B|KB|MB|GB)$/);
/** Null where no node measured it. */
const measured = expect.toSatisfy((value: unknown) => value === null || typeof value === "number");

const SUBMISSION = { infra: "production", settings: "config.ncl", check_mode: false, wait: true };
const TASK = {
  id,
  name: "create_servers",
  command: text,
  args: expect.arrayContaining(["--infra", "production", "--wait"]),
  dependencies: [],
  status: "Completed",
  created_at: time,
  started_at: time,
  completed_at: time,
  output: text,
  error: null,
};
const BATCH = {
  name: "multi_cloud_deployment",
  version: "1.0.0",
  storage_backend: "surrealdb",
  parallel_limit: 5,
  rollback_enabled: true,
  operations: [
    {
      id: "upcloud_servers",
      type: "server_batch",
      provider: "upcloud",
      dependencies: [],
      server_configs: [
        { name: "web-01", plan: "1xCPU-2 GB", zone: "de-fra1" },
        { name: "web-02", plan: "1xCPU-2 GB", zone: "us-nyc1" },
      ],
    },
    {
      id: "aws_taskservs",
      type: "taskserv_batch",
      provider: "aws",
      dependencies: ["upcloud_servers"],
      taskservs: ["kubernetes", "cilium", "containerd"],
    },
  ],
};
const CHECKPOINT = {
  name: "before_major_update",
  description: "Checkpoint before deploying v2.0.0",
};
let by: Client;
/** What earlier examples made. */
const made = { task: "", batch: "", checkpoint: "" };

beforeAll(async () => {
  by = await admin();
  for (const name of ["kubernetes", "cilium", "containerd"]) await module(undefined, { name });
  const servers = [{ name: "prod-01", plan: "2xCPU-4 GB", zone: "de-fra1" }];
  const clusters = [{ name: "builders", type: "buildkit" }];
  const infra = { production: { servers, taskservs: ["kubernetes"], clusters } };
  await by.send("PUT", "/settings/config.ncl", { json: { infra } });
});

test("GET /health", async () => {
  expect((await nobody.get("/health")).body).toMatchObject({
    success: true,
    data: expect.stringMatching(/^Orchestrator is (?:healthy|degraded)$/),
  });
});

test("POST /workflows/servers/create", async () => {
  made.task = String(await post("/workflows/servers/create", SUBMISSION));
  expect(made.task).toEqual(id);
});

test("GET /tasks", async () => {
  expect(await get("/tasks?status=Completed&limit=1&offset=0")).toEqual([TASK]);
});

test("GET /tasks/{id}", async () => {
  expect(await get(`/tasks/${made.task}`)).toEqual({ ...TASK, id: made.task });
});

test("POST /workflows/taskserv/create", async () => {
  const body = { operation: "create", taskserv: "kubernetes", ...SUBMISSION };
  const task = await post("/workflows/taskserv/create", body);
  expect(await get(`/tasks/${String(task)}`)).toMatchObject({ status: "Completed", error: null });
});

test("POST /workflows/cluster/create", async () => {
  const body = { operation: "create", cluster_type: "buildkit", ...SUBMISSION };
  const task = await post("/workflows/cluster/create", body);
  expect(await get(`/tasks/${String(task)}`)).toMatchObject({ status: "Completed", error: null });
});

test("POST /batch/execute", async () => {
  const begun = await post("/batch/execute", BATCH);
  expect(begun).toMatchObject({
    batch_id: id,
    status: "Running",
    operations: [
      { id: "upcloud_servers", status: "Pending", progress: 0 },
      { id: "aws_taskservs", status: "Pending", progress: 0 },
    ],
  });
  made.batch = (begun as { batch_id: string }).batch_id;
});

test("GET /batch/operations", async () => {
  const batch = { batch_id: made.batch, name: BATCH.name, status: text, created_at: time };
  expect(await get("/batch/operations")).toMatchObject([
    { ...batch, operations: [{ id: "upcloud_servers" }, { id: "aws_taskservs" }] },
  ]);
});

test("GET /batch/operations/{id}", async () => {
  const look = async () =>
    (await get(`/batch/operations/${made.batch}`)) as { status: string; operations: Json[] };
  const done = await eventually(look, ({ status }) => status !== "Running", 30_000);
  expect(done).toMatchObject({
    batch_id: made.batch,
    name: "multi_cloud_deployment",
    status: "Completed",
    operations: [
      {
        id: "upcloud_servers",
        status: "Completed",
        progress: 100,
        results: { effects: [text, text] },
      },
      {
        id: "aws_taskservs",
        status: "Completed",
        progress: 100,
        results: { effects: [text, text, text] },
      },
    ],
  });
});

test("POST /batch/operations/{id}/cancel", async () => {
  // No module has that name for as long as it is tried: it still runs when it is cancelled.
  const operation = {
    id: "a",
    type: "taskserv_batch",
    taskservs: ["kubernetes"],
    infra: "nowhere",
  };
  const retry = { attempts: 10, initial_delay: 60, max_delay: 60 };
  const begun = await post("/batch/execute", {
    name: "slow",
    operations: [{ ...operation, retry }],
  });
  const { batch_id } = begun as { batch_id: string };
  expect(await post(`/batch/operations/${batch_id}/cancel`)).toBe("Operation cancelled");
  const look = async () => (await get(`/batch/operations/${batch_id}`)) as { status: string };
  await eventually(look, ({ status }) => status === "Cancelled", 30_000);
});

test("GET /state/workflows/{id}/progress", async () => {
  expect(await get(`/state/workflows/${made.batch}/progress`)).toEqual({
    workflow_id: made.batch,
    progress: 100,
    current_step: null,
    total_steps: 2,
    completed_steps: 2,
    estimated_time_remaining: 0,
  });
});

test("GET /state/workflows/{id}/snapshots", async () => {
  const snapshots = (await get(`/state/workflows/${made.task}/snapshots`)) as Json[];
  for (const snapshot of snapshots) {
    expect(snapshot).toEqual({
      snapshot_id: text,
      timestamp: time,
      state: text,
      details: expect.any(Object),
    });
  }
  expect([snapshots[0]?.["state"], snapshots.at(-1)?.["state"]]).toEqual(["running", "completed"]);
});

test("GET /state/system/metrics", async () => {
  expect(await get("/state/system/metrics")).toEqual({
    total_workflows: 5,
    active_workflows: 0,
    completed_workflows: 4,
    failed_workflows: 0,
    system_load: { cpu_usage: measured, memory_usage: measured, disk_usage: measured },
  });
});

test("GET /state/system/health", async () => {
  expect(await get("/state/system/health")).toEqual({
    overall_status: "Healthy",
    components: { storage: "Healthy", batch_coordinator: "Healthy", monitoring: "Healthy" },
    last_check: time,
  });
});

test("GET /state/statistics", async () => {
  expect(await get("/state/statistics")).toEqual({
    total_workflows: 5,
    active_snapshots: number,
    storage_usage: size,
    average_workflow_duration: number,
  });
});

test("POST /rollback/checkpoints", async () => {
  made.checkpoint = String(await post("/rollback/checkpoints", CHECKPOINT));
  expect(made.checkpoint).toEqual(id);
});

test("GET /rollback/checkpoints", async () => {
  const listed = { id: made.checkpoint, ...CHECKPOINT, created_at: time, size };
  expect(await get("/rollback/checkpoints")).toEqual([listed]);
});

test("GET /rollback/checkpoints/{id}", async () => {
  expect(await get(`/rollback/checkpoints/${made.checkpoint}`)).toMatchObject({
    id: made.checkpoint,
    ...CHECKPOINT,
    created_at: time,
    size,
    operations_count: expect.toSatisfy((count: number) => count > 0),
  });
});

const ROLLBACK = { rollback_id: id, success: true, operations_failed: 0, duration: number };

test("POST /rollback/execute to a checkpoint", async () => {
  await by.send("DELETE", "/settings/config.ncl");
  const done = await post("/rollback/execute", { checkpoint_id: made.checkpoint });
  expect(done).toMatchObject({ ...ROLLBACK, operations_executed: 1 });
  expect((await by.get("/settings/config.ncl")).status).toBe(200);
});

test("POST /rollback/execute of operations", async () => {
  const operation_ids = ["aws_taskservs", "upcloud_servers"];
  const done = await post("/rollback/execute", { operation_ids });
  expect(done).toMatchObject({ ...ROLLBACK, operations_executed: 2 });
  const unknown = await by.post("/rollback/execute", { operation_ids: ["op-1", "op-2", "op-3"] });
  expect([unknown.status, unknown.body]).toEqual([
    422,
    { success: false, error: expect.stringContaining("op-2 is no operation that completed") },
  ]);
});

test("POST /rollback/restore/{id}", async () => {
  expect(await post(`/rollback/restore/${made.checkpoint}`)).toBe(
    `State restored from checkpoint ${made.checkpoint}`,
  );
});

test("GET /rollback/statistics", async () => {
  expect(await get("/rollback/statistics")).toEqual({
    total_checkpoints: 1,
    total_rollbacks: 3,
    success_rate: 100,
    average_rollback_time: number,
  });
});

test("GET /audit/logs, of what a batch did", async () => {
  const entries = await get(
    "/audit/logs?action=server.create&resource=servers/web-01&limit=1&offset=0",
  );
  expect(entries).toEqual([
    {
      id: text,
      timestamp: time,
      user_id: ADMIN.username,
      action: "server.create",
      resource: "servers/web-01",
      result: "success",
      details: expect.any(Object),
    },
  ]);
});

test("every change is in the ledger", async () => expectRecorded());
