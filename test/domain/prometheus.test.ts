// Prometheus' text form, by hand and by Debian's promtool where it is installed.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
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
    const input = exposition([tasks, durations, odd]);
    const checked = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, "", ""]);
  });
});
