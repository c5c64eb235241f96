// How the system as a whole stands: counted and measured when it is asked.
import { allMetrics } from "#control/node-metrics.ts";
import { database } from "#stores/database.ts";
import { queryEvents } from "#stores/events.ts";
import { EVERY_EVENT } from "#domain/event.ts";
import * as runs from "#stores/runs.ts";

/** Nodes measure once a minute: older than this says nothing of the present. */
const SPAN_MS = 300_000;
/** A run that waits for its next driver for longer has found none in two sweeps. */
const STUCK_MS = 150_000;

type Load = {
  /** Mean of the nodes that told it, in percent. */
  readonly cpuPercent: number | null;
  /** Sum over the nodes that told it, in MB. */
  readonly memoryMB: number | null;
  readonly diskGB: number | null;
};

export async function systemMetrics(env: Env, now: number) {
  const db = database(env);
  const over = { spanMs: SPAN_MS, stepMs: SPAN_MS, now };
  const [counts, overview] = await Promise.all([runs.countRuns(db), allMetrics(env, over)]);
  const { present } = overview;
  const memory = sum(present.map(({ memoryUsage }) => memoryUsage));
  const load: Load = {
    cpuPercent: mean(present.map(({ cpuUsage }) => cpuUsage)),
    memoryMB: memory === null ? null : memory * 1024,
    diskGB: sum(present.map(({ diskUsage }) => diskUsage)),
  };
  return { counts, load };
}

export type Health = "Healthy" | "Degraded" | "Unhealthy";

/** Each part is tried: the database and the bucket answer, runs have drivers, the hub answers. */
export async function systemHealth(env: Env, now: number) {
  const [storage, batchCoordinator, monitoring] = await Promise.all([
    tried(async () => {
      await Promise.all([runs.countRuns(database(env)), env.ARTIFACTS.head("health")]);
      return true;
    }),
    tried(async () => (await runs.lapsedRuns(database(env), now - STUCK_MS, 1)).length === 0),
    tried(async () => {
      await queryEvents(env, { filter: EVERY_EVENT, since: null, limit: 1 });
      return true;
    }),
  ]);
  const found = new Set([storage, batchCoordinator, monitoring]);
  const worstFirst: readonly Health[] = ["Unhealthy", "Degraded"];
  const overall = worstFirst.find((health) => found.has(health)) ?? "Healthy";
  return { overall, components: { storage, batch_coordinator: batchCoordinator, monitoring } };
}

async function tried(probe: () => Promise<boolean>): Promise<Health> {
  try {
    return (await probe()) ? "Healthy" : "Degraded";
  } catch (cause) {
    console.error("health", cause);
    return "Unhealthy";
  }
}

export async function statistics(env: Env) {
  const db = database(env);
  const [counts, storage, averageMs] = await Promise.all([
    runs.countRuns(db),
    runs.runStorage(db),
    runs.averageDuration(db, null),
  ]);
  return { counts, storage, averageMs };
}

function told(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function sum(values: readonly (number | null)[]): number | null {
  const known = told(values);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function mean(values: readonly (number | null)[]): number | null {
  const total = sum(values);
  return total === null ? null : total / told(values).length;
}
