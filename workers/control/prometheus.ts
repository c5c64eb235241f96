// What Prometheus is told: counted and measured when it asks.
import { appFamilies } from "#domain/app/families.ts";
import { counter, exposition, gauge, histogram } from "#domain/prometheus.ts";
import type { Family, Sample } from "#domain/prometheus.ts";
import { listApps } from "#stores/apps.ts";
import { database } from "#stores/database.ts";
import { callTotals } from "#stores/node-metrics.ts";
import { countNodes } from "#stores/nodes.ts";
import * as runs from "#stores/runs.ts";
import { getCluster } from "./cluster.ts";
import { allMetrics } from "./node-metrics.ts";

/** Nodes measure once a minute: older than this says nothing of the present. */
const SPAN_MS = 300_000;
const BOUNDS_SECONDS = [1, 5, 10, 30, 60, 120, 300, 600, 1800];
const BYTES_PER_GB = 1024 ** 3;

export async function prometheusMetrics(env: Env, now: number): Promise<string> {
  const families = await Promise.all([
    runFamilies(env),
    nodeFamilies(env, now),
    callFamilies(env),
    clusterFamilies(env),
    listApps(database(env), null).then((apps) => appFamilies(apps, now)),
  ]);
  return exposition(families.flat());
}

async function runFamilies(env: Env): Promise<Family[]> {
  const { counts, durations } = await runs.runFigures(database(env), BOUNDS_SECONDS);
  const of = (kind: string): Sample[] =>
    counts
      .filter((row) => row.kind === kind)
      .map(({ status, total }) => ({ labels: { status: status.toLowerCase() }, value: total }));
  const duration = {
    name: "orchestrator_task_duration_seconds",
    help: "Task execution duration",
  };
  return [
    counter("orchestrator_tasks_total", "Total number of tasks", of("task")),
    histogram(duration, BOUNDS_SECONDS, durations),
    counter("orchestrator_batches_total", "Total number of batches", of("batch")),
    counter("orchestrator_rollbacks_total", "Total number of rollbacks", of("rollback")),
  ];
}

async function nodeFamilies(env: Env, now: number): Promise<Family[]> {
  const over = { spanMs: SPAN_MS, stepMs: SPAN_MS, now };
  const [counts, { present }] = await Promise.all([
    countNodes(database(env)),
    allMetrics(env, over),
  ]);
  const measured = (pick: (node: (typeof present)[number]) => number | null): Sample[] =>
    present.flatMap((node) => {
      const value = pick(node);
      return value === null ? [] : [{ labels: { node: node.nodeId }, value }];
    });
  const cpu = measured(({ cpuUsage }) => (cpuUsage === null ? null : cpuUsage / 100));
  const memory = measured(({ memoryUsage }) =>
    memoryUsage === null ? null : memoryUsage * BYTES_PER_GB,
  );
  const byStatus = counts.map(({ status, total }) => ({
    labels: { status: status.toLowerCase() },
    value: total,
  }));
  return [
    gauge("edgeloom_nodes", "Registered nodes by their status", byStatus),
    gauge("edgeloom_node_cpu_ratio", "Share of its capacity that a node uses", cpu),
    gauge("edgeloom_node_memory_bytes", "Memory that a node uses", memory),
  ];
}

async function callFamilies(env: Env): Promise<Family[]> {
  const { calls, errors } = await callTotals(database(env));
  return [
    counter("edgeloom_calls_total", "Calls that guests answered", [{ value: calls }]),
    counter("edgeloom_call_errors_total", "Calls that failed", [{ value: errors }]),
  ];
}

async function clusterFamilies(env: Env): Promise<Family[]> {
  const cluster = await getCluster(env);
  if (cluster === null) return [];
  const term = cluster.lease === null ? [] : [{ value: cluster.lease.term }];
  return [
    gauge("edgeloom_cluster_controllers", "Controllers that beat in the last minute", [
      { value: cluster.size },
    ]),
    gauge("edgeloom_cluster_term", "The term of the controller that leads", term),
  ];
}
