// What Prometheus is told of apps, under the names of the 002 document's program. Each figure is of its app's last look.
import { counter, gauge } from "#domain/prometheus.ts";
import type { Family, Sample } from "#domain/prometheus.ts";
import type { AppStatus } from "./app.ts";
import type { AppCounts, AppMetrics } from "./metrics.ts";

type Told = {
  readonly name: string;
  readonly status: AppStatus;
  readonly current: number;
  readonly metrics: AppMetrics | null;
};

/** An app that runs is looked at more often: what is older says nothing of the present. */
const PRESENT_MS = 3_600_000;

export function appFamilies(apps: readonly Told[], now: number): Family[] {
  const present = apps.flatMap(({ name, current, metrics }) =>
    metrics === null || current === 0 || now - metrics.at > PRESENT_MS ? [] : [{ name, metrics }],
  );
  const measured = (pick: (metrics: AppMetrics) => number | null): Sample[] =>
    present.flatMap(({ name, metrics }) => {
      const value = pick(metrics);
      return value === null ? [] : [{ labels: { app: name }, value }];
    });
  const counted = (label: string, picks: Readonly<Record<string, keyof AppCounts>>): Sample[] =>
    apps.flatMap(({ name, metrics }) => {
      const counts = metrics?.counts;
      if (counts === undefined) return [];
      return Object.entries(picks).map(([value, pick]) => ({
        labels: { app: name, [label]: value },
        value: counts[pick],
      }));
    });
  const running = apps.filter(({ status }) => status === "running").length;
  const replicas = apps.map(({ name, current }) => ({ labels: { app: name }, value: current }));
  return [
    {
      name: "orchestry_apps_total",
      help: "Registered apps",
      // What goes up and down is a gauge, but promtool wants none whose name ends like a counter's.
      type: "untyped",
      samples: [{ value: apps.length }],
    },
    gauge("orchestry_apps_running", "Apps that run", [{ value: running }]),
    gauge("orchestry_app_replicas", "Replicas that run", replicas),
    gauge(
      "orchestry_app_rps",
      "Requests that an app answers in a second",
      measured((metrics) => metrics.requestsPerSecond),
    ),
    gauge(
      "orchestry_app_latency_seconds",
      "95th percentile of how long requests took",
      measured(({ p95LatencyMs }) => (p95LatencyMs === null ? null : p95LatencyMs / 1000)),
    ),
    gauge(
      "orchestry_app_cpu_percent",
      "Mean share of its CPU that a replica uses",
      measured((metrics) => metrics.cpuPercent),
    ),
    gauge(
      "orchestry_app_memory_percent",
      "Mean share of its memory that a replica uses",
      measured((metrics) => metrics.memoryPercent),
    ),
    counter(
      "orchestry_scaling_events_total",
      "How often an app was scaled",
      counted("direction", { out: "scaledOut", in: "scaledIn" }),
    ),
    counter(
      "orchestry_health_checks_total",
      "Probes of replicas by how they ended",
      counted("result", { success: "checksPassed", failure: "checksFailed" }),
    ),
  ];
}
