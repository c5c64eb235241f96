// Prometheus' text form, by hand and by Debian's promtool where it is installed.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { appFamilies } from "#domain/app/families.ts";
import { exposition, histogram } from "#domain/prometheus.ts";
import type { Family } from "#domain/prometheus.ts";

const tasks: Family = {
  name: "orchestrator_tasks_total",
  help: "Total number of tasks",
  type: "counter",
  samples: [
    { labels: { status: "completed" }, value: 150 },
    { labels: { status: "failed" }, value: 5 },
  ],
};
const durations = histogram(
  { name: "orchestrator_task_duration_seconds", help: "Task execution duration" },
  [10, 30],
  { atMost: [50, 120], count: 155, sumSeconds: 4_010.5 },
);
const odd: Family = {
  name: "edgeloom_nodes",
  help: "A line\nand a \\ stroke",
  type: "gauge",
  samples: [{ labels: { node: 'a "quoted" \\ name\n' }, value: 1 }],
};

const NOW = 1_800_000_000_000;
const measured = {
  at: NOW - 30_000,
  cpuPercent: 45.2,
  memoryPercent: 62.1,
  requestsPerSecond: 127.5,
  p95LatencyMs: 89,
  activeConnections: 4,
  healthyReplicas: 3,
  totalReplicas: 3,
  counts: { scaledOut: 2, scaledIn: 1, checksPassed: 40, checksFailed: 3 },
};
const busy = { name: "my-app", status: "running", current: 3, metrics: measured } as const;
const stopped = { ...busy, name: "old", status: "stopped", current: 0 } as const;
const unmeasured = {
  ...busy,
  name: "new",
  status: "registered",
  current: 0,
  metrics: null,
} as const;

describe("Prometheus' text form", () => {
  test("is as the document shows it", () => {
    expect(exposition([tasks, durations]))
      .toBe(`# HELP orchestrator_tasks_total Total number of tasks
# TYPE orchestrator_tasks_total counter
orchestrator_tasks_total{status="completed"} 150
orchestrator_tasks_total{status="failed"} 5

# HELP orchestrator_task_duration_seconds Task execution duration
# TYPE orchestrator_task_duration_seconds histogram
orchestrator_task_duration_seconds_bucket{le="10"} 50
orchestrator_task_duration_seconds_bucket{le="30"} 120
orchestrator_task_duration_seconds_bucket{le="+Inf"} 155
orchestrator_task_duration_seconds_sum 4010.5
orchestrator_task_duration_seconds_count 155
`);
  });

  test("escapes what would end a line or a label", () => {
    expect(exposition([odd])).toContain('{node="a \\"quoted\\" \\\\ name\\n"} 1');
  });

  test("leaves out what nobody measured", () => {
    expect(exposition([{ ...tasks, samples: [] }])).toBe("");
  });

  test("is what promtool takes", ({ skip }) => {
    const version = spawnSync("promtool", ["--version"]);
    if (version.error !== undefined) skip("promtool is missing: apt-get install -y prometheus");
    expect(advice(exposition([tasks, durations, odd]))).toEqual([]);
    expect(advice(exposition(appFamilies([busy, stopped, unmeasured], NOW)))).toEqual([]);
  });
});

describe("the figures of apps", () => {
  test("are each app's last, under the names of the 002 document's program", () => {
    const lines = exposition(appFamilies([busy, stopped, unmeasured], NOW)).split("\n");
    expect(
      lines.filter((line) => line.includes("my-app") || line.startsWith("orchestry_apps")),
    ).toEqual([
      "orchestry_apps_total 3",
      "orchestry_apps_running 1",
      'orchestry_app_replicas{app="my-app"} 3',
      'orchestry_app_rps{app="my-app"} 127.5',
      'orchestry_app_latency_seconds{app="my-app"} 0.089',
      'orchestry_app_cpu_percent{app="my-app"} 45.2',
      'orchestry_app_memory_percent{app="my-app"} 62.1',
      'orchestry_scaling_events_total{app="my-app",direction="out"} 2',
      'orchestry_scaling_events_total{app="my-app",direction="in"} 1',
      'orchestry_health_checks_total{app="my-app",result="success"} 40',
      'orchestry_health_checks_total{app="my-app",result="failure"} 3',
    ]);
  });

  test("tell no load of an app that does not run, or was not looked at for long", () => {
    const text = exposition(
      appFamilies([stopped, unmeasured, { ...busy, name: "lost" }], NOW + 7_200_000),
    );
    expect(text).not.toMatch(/orchestry_app_(?:rps|cpu_percent)/);
    expect(text).toContain('orchestry_scaling_events_total{app="old",direction="out"} 2');
  });
});

function advice(input: string): string[] {
  const { error, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  return stderr.split("\n").filter((line) => line !== "");
}
