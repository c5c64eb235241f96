// Tasks, batches and their state by the 003 document's own examples, in its order; then what goes wrong.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { sweepRuns } from "#control/provisioning/runs.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import { database } from "#stores/database.ts";
import { queryEvents } from "#stores/events.ts";
import { takeOver } from "#stores/runs.ts";
import type { Json } from "#test/builders/client.ts";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { batch, ended, execute, operator, put, submit, task } from "#test/builders/runs.ts";
import type { Enveloped, Refusal, Task } from "#test/builders/runs.ts";
import { unique } from "#test/builders/users.ts";

const ID = /^[0-9a-f-]{36}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const SUBMISSION = { infra: "production", settings: "config.ncl", check_mode: false, wait: true };

beforeAll(async () => {
  for (const name of ["kubernetes", "cilium", "containerd"]) await module(undefined, { name });
  await put("config.ncl", {
    infra: {
      production: {
        servers: [{ name: "prod-01", plan: "2xCPU-4 GB", zone: "de-fra1" }],
        taskservs: ["kubernetes"],
        clusters: [{ name: "builders", type: "buildkit" }],
      },
    },
  });
});

describe("a workflow of the document", () => {
  test.each<[string, Json, string]>([
    ["servers", {}, "Node prod-01"],
    ["taskserv", { operation: "create", taskserv: "kubernetes" }, "Taskserv kubernetes runs"],
    ["cluster", { operation: "create", cluster_type: "buildkit" }, "Cluster builders has 1 server"],
  ])("%s: is a task that has ended when the answer was waited for", async (kind, more, output) => {
    const id = await submit(kind, { ...SUBMISSION, ...more });
    expect(id).toMatch(ID);
    expect(await task(id)).toEqual({
      id,
      name: `create_${kind.replace(/s$/, "")}s`,
      command: `edgeloom ${kind.replace(/s$/, "")}s create`,
      args: expect.arrayContaining(["--infra", "production", "--settings", "config.ncl"]),
      dependencies: [],
      status: "Completed",
      created_at: expect.stringMatching(TIME),
      started_at: expect.stringMatching(TIME),
      completed_at: expect.stringMatching(TIME),
      output: expect.stringContaining(output),
      error: null,
    });
  });

  test("is listed, by status and in pages", async () => {
    const by = await operator();
    const { body, headers } = await by.get<Enveloped<Task[]>>("/tasks?status=Completed&limit=1");
    expect([body.data.length, headers.get("X-Limit"), headers.get("X-Offset")]).toEqual([
      1,
      "1",
      "0",
    ]);
    expect(Number(headers.get("X-Total-Count"))).toBeGreaterThan(1);
    expect(headers.get("Link")).toContain('</tasks?offset=1&limit=1&status=Completed>; rel="next"');
  });

  test("shows with check_mode what it would change, and changes nothing", async () => {
    const infra = unique("checked");
    await put(infra, { infra: { [infra]: { servers: [{ name: `${infra}-01` }] } } });
    const body = { infra, settings: infra, check_mode: true };
    const id = await submit("servers", body);
    const { output, status, args } = await task(id);
    expect([status, output, args.includes("--check")]).toEqual([
      "Completed",
      `Would create server ${infra}-01 in ${infra}.`,
      true,
    ]);
    const { body: nodes } = await (await operator()).get(`/api/v1/nodes?name=${infra}-01`);
    expect(JSON.stringify(nodes)).not.toContain(`${infra}-01`);
    const filter = { ...EVERY_EVENT, subject: `tasks/${id}` };
    const { events } = await queryEvents(env, { filter, since: null, limit: 10 });
    expect(events.map(({ type }) => type)).toEqual(["task.completed"]);
  });

  test("waits for the tasks that were submitted before it on the same infra", async () => {
    const infra = unique("ordered");
    await put(infra, {
      infra: { [infra]: { servers: [{ name: `${infra}-01` }], taskservs: ["cilium"] } },
    });
    const body = { infra, settings: infra };
    const first = await submit("servers", body);
    const second = await submit("taskserv", { ...body, taskserv: "cilium" });
    const done = await ended(() => task(second));
    expect([done.status, done.dependencies]).toEqual(["Completed", [first]]);
  });

  test.each<[string, Json, string]>([
    ["an unknown settings document", { settings: "none.ncl" }, "There is no settings document"],
    ["an infra that the settings lack", { infra: "staging" }, "the settings have no staging"],
  ])("refuses %s before anything is stored", async (_, given, error) => {
    const { status, body } = await (
      await operator()
    ).post<Refusal>("/workflows/servers/create", { ...SUBMISSION, ...given });
    expect([status, body.success]).toEqual([given["settings"] === undefined ? 422 : 404, false]);
    expect(body.error).toContain(error);
  });

  test("fails with the reason where what it names isn't there", async () => {
    const body = { ...SUBMISSION, taskserv: "nobody-registered-this" };
    const failed = await task(await submit("taskserv", body));
    expect([failed.status, failed.error]).toEqual([
      "Failed",
      expect.stringContaining("Module nobody-registered-this is not registered"),
    ]);
  });

  test("of an unknown id is not found, and an ended one can't be cancelled", async () => {
    const by = await operator();
    expect((await by.get("/tasks/none")).status).toBe(404);
    const { body } = await by.get<Enveloped<Task[]>>("/tasks?limit=1&status=Completed");
    const again = await by.post<Refusal>(`/tasks/${body.data[0]?.id}/cancel`, {});
    expect([again.status, again.body.success]).toEqual([409, false]);
  });
});

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

/** Two servers with names of their own, the second only if `then` says what. */
function serversThen(name: string, then: Json): Json {
  const server = { id: "servers", type: "server_batch", server_configs: [{ name: `${name}-01` }] };
  return { name, operations: [server, { id: "then", dependencies: ["servers"], ...then }] };
}

async function isNode(name: string): Promise<boolean> {
  const { status } = await (await operator()).get(`/state/statistics`);
  expect(status).toBe(200);
  const found = await env.DB.prepare("SELECT id FROM nodes WHERE name = ?").bind(name).first();
  return found !== null;
}

describe("a batch", () => {
  test("of the document runs its operations in the order of their dependencies", async () => {
    const { status, body } = await execute(BATCH);
    const { batch_id: id, operations } = body.data;
    expect([status, body.data.status, operations.map((one) => [one.status, one.progress])]).toEqual(
      [
        200,
        "Running",
        [
          ["Pending", 0],
          ["Pending", 0],
        ],
      ],
    );
    const done = await ended(() => batch(id));
    expect(done.status).toBe("Completed");
    expect(done.operations.map((one) => [one.id, one.status, one.progress])).toEqual([
      ["upcloud_servers", "Completed", 100],
      ["aws_taskservs", "Completed", 100],
    ]);
    const listed = await (
      await operator()
    ).get<Enveloped<{ batch_id: string }[]>>("/batch/operations");
    expect(listed.body.data.map(({ batch_id }) => batch_id)).toContain(id);
    const progress = await (await operator()).get(`/state/workflows/${id}/progress`);
    expect(progress.body).toEqual({
      success: true,
      data: {
        workflow_id: id,
        progress: 100,
        current_step: null,
        total_steps: 2,
        completed_steps: 2,
        estimated_time_remaining: 0,
      },
    });
    const snapshots = await (
      await operator()
    ).get<Enveloped<{ state: string }[]>>(`/state/workflows/${id}/snapshots`);
    const states = snapshots.body.data.map(({ state }) => state);
    expect([states[0], states.at(-1)]).toEqual(["running", "completed"]);
  });

  test("undoes what it did when an operation fails for good", async () => {
    const name = unique("undone");
    const then = { type: "taskserv_batch", taskservs: ["not-there"] };
    const { body } = await execute(serversThen(name, then));
    const failed = await ended(() => batch(body.data.batch_id));
    expect([failed.status, failed.operations.map(({ status }) => status)]).toEqual([
      "Failed",
      ["RolledBack", "Failed"],
    ]);
    expect(failed.error).toContain("Module not-there is not registered");
    expect(await isNode(`${name}-01`)).toBe(false);
  });

  test.each([
    ["continue", "Completed"],
    ["fail", "Failed"],
  ])("leaves what it did where on_failure says %s", async (on_failure, status) => {
    const name = unique("kept");
    const then = { type: "taskserv_batch", taskservs: ["not-there"], on_failure };
    const { body } = await execute(serversThen(name, then));
    expect((await ended(() => batch(body.data.batch_id))).status).toBe(status);
    expect(await isNode(`${name}-01`)).toBe(true);
  });

  test("that is cancelled comes to its next safe point, and undoes what it did", async () => {
    const name = unique("cancelled");
    // No server has the label of that infra: the taskserv never runs, and is tried again and again.
    const then = { type: "taskserv_batch", taskservs: ["cilium"], infra: unique("nowhere") };
    const retry = { attempts: 10, initial_delay: 300, max_delay: 300 };
    const cluster = { type: "server_batch", server_configs: [{ name: `${name}-02` }] };
    const { body } = await execute({
      ...serversThen(name, { ...then, retry, on_failure: "continue" }),
      operations: [
        { id: "servers", type: "server_batch", server_configs: [{ name: `${name}-01` }] },
        { id: "cluster", ...cluster, dependencies: ["servers"] },
        {
          id: "again",
          type: "create",
          dependencies: ["cluster"],
          server_configs: [{ name: `${name}-01` }],
          retry,
        },
      ],
    });
    const id = body.data.batch_id;
    await eventually(
      () => batch(id),
      ({ operations }) => operations.some(({ status }) => status === "Completed"),
    );
    const cancelled = await (await operator()).post(`/batch/operations/${id}/cancel`, {});
    if (cancelled.status === 200) {
      expect(cancelled.body).toEqual({ success: true, data: "Operation cancelled" });
    }
    expect(["Cancelled", "Failed"]).toContain((await ended(() => batch(id))).status);
    expect([await isNode(`${name}-01`), await isNode(`${name}-02`)]).toEqual([false, false]);
  });

  test("whose driver is lost is driven on by the next that looks, and nothing is done twice", async () => {
    const name = unique("taken");
    const { body } = await execute(
      serversThen(name, { type: "server_batch", server_configs: [{ name: `${name}-02` }] }),
    );
    const id = body.data.batch_id;
    // Whoever drives it is no longer the one who may write: as if it had died.
    await takeOver(database(env), { id, generation: 1 }, Date.now() - 1);
    await sweepRuns(env, Date.now(), 86_400_000);
    const done = await ended(() => batch(id));
    expect([done.status, await isNode(`${name}-01`), await isNode(`${name}-02`)]).toEqual([
      "Completed",
      true,
      true,
    ]);
  });

  test.each<[string, Json[], string]>([
    [
      "a cycle",
      [
        { id: "a", dependencies: ["b"] },
        { id: "b", dependencies: ["a"] },
      ],
      "a → b → a",
    ],
    ["an unknown dependency", [{ id: "a", dependencies: ["b"] }], "b"],
    ["two of one id", [{ id: "a" }, { id: "a" }], "a"],
    ["an unknown type", [{ id: "a", type: "launch" }], "operations.0.type"],
    ["a server batch without servers", [{ id: "a", server_configs: [] }], "server_configs"],
    [
      "a plan that says nothing",
      [{ id: "a", server_configs: [{ name: "x", plan: "big" }] }],
      "2xCPU-4 GB",
    ],
  ])("is refused with %s before anything runs", async (_, operations, error) => {
    const usual = { type: "server_batch", server_configs: [{ name: "never" }] };
    const { status, body } = await execute({
      name: "refused",
      operations: operations.map((one) => ({ ...usual, ...one })),
    });
    expect([status, body.success]).toEqual([422, false]);
    expect(JSON.stringify(body)).toContain(error);
    expect(await isNode("never")).toBe(false);
  });
});
