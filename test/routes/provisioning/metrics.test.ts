// /metrics: each number is what the database and the nodes tell at that moment.
import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { wakeControllers } from "#control/cluster.ts";
import { ORIGIN, nobody } from "#test/builders/client.ts";
import type { Client } from "#test/builders/client.ts";
import { APPS, runApp, send } from "#test/builders/apps.ts";
import { eventually } from "#test/builders/deployments.ts";
import { place, registerNode } from "#test/builders/nodes.ts";
import { admin } from "#test/builders/users.ts";

let by: Client;
beforeAll(async () => {
  by = await admin();
});

async function scraped(): Promise<{ type: string | null; text: string }> {
  const headers = { Authorization: `Bearer ${by.token}` };
  const response = await exports.default.fetch(`${ORIGIN}/metrics`, { headers });
  return { type: response.headers.get("Content-Type"), text: await response.text() };
}

async function insertRun(id: string, status: string, tookMs: number): Promise<void> {
  await env.DB.prepare(
    "INSERT INTO runs (id, kind, name, command, arguments, dependencies, status, batch, version, created_by, created_at, started_at, ended_at, generation) VALUES (?, 'task', 'a', 'b', '[]', '[]', ?, '{}', 1, 'me', 0, 0, ?, 1)",
  )
    .bind(id, status, tookMs)
    .run();
}

test("tells tasks by status and how long they took", async () => {
  await insertRun("one", "Completed", 9_000);
  await insertRun("two", "Completed", 20_000);
  await insertRun("three", "Failed", 10_000);
  const { type, text } = await scraped();
  expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
  for (const line of [
    'orchestrator_tasks_total{status="completed"} 2',
    'orchestrator_tasks_total{status="failed"} 1',
    'orchestrator_task_duration_seconds_bucket{le="5"} 0',
    'orchestrator_task_duration_seconds_bucket{le="10"} 2',
    'orchestrator_task_duration_seconds_bucket{le="30"} 3',
    'orchestrator_task_duration_seconds_bucket{le="+Inf"} 3',
    "orchestrator_task_duration_seconds_sum 39",
    "orchestrator_task_duration_seconds_count 3",
  ]) {
    expect(text.split("\n")).toContain(line);
  }
});

test("tells nodes and controllers, and nothing of them before there are any", async () => {
  expect((await scraped()).text).not.toMatch(/edgeloom_nodes|edgeloom_cluster_term/);
  await registerNode({});
  await wakeControllers(env);
  const { text } = await scraped();
  expect(text).toMatch(/^edgeloom_nodes\{status="\w+"\} 1$/m);
  expect(text.split("\n")).toEqual(
    expect.arrayContaining(["edgeloom_cluster_controllers 3", "edgeloom_cluster_term 1"]),
  );
});

test("tells what apps measured, how often they were scaled and how their probes ended", async () => {
  expect((await scraped()).text).toMatch(/^orchestry_apps_total 0$/m);
  await place(2);
  const name = await runApp(1);
  await send("POST", `${APPS}/${name}/scale`, { json: { replicas: 2, timeout: 20 } });
  const { text } = await eventually(
    async () => {
      await send("GET", `${APPS}/${name}/metrics`);
      return scraped();
    },
    ({ text }) => text.includes(`orchestry_scaling_events_total{app="${name}",direction="out"} 1`),
  );
  const valueOf = (series: string): number =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(series))
        ?.slice(series.length),
    );
  expect(valueOf("orchestry_apps_running")).toBe(1);
  expect(valueOf(`orchestry_app_replicas{app="${name}"}`)).toBe(2);
  expect(valueOf(`orchestry_app_rps{app="${name}"}`)).toBe(0);
  expect(valueOf(`orchestry_app_cpu_percent{app="${name}"}`)).toBeGreaterThanOrEqual(0);
  const checks = `orchestry_health_checks_total{app="${name}"`;
  expect(valueOf(`${checks},result="success"}`)).toBeGreaterThanOrEqual(2);
  expect(valueOf(`${checks},result="failure"}`)).toBe(0);
});

test("is for those who have a token", async () => {
  expect((await nobody.get("/metrics")).status).toBe(401);
});
