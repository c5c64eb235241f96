// Node metrics: taken in when they can be true, told downsampled with their gaps.
import { Fault } from "#domain/fault.ts";
import type { EdgeNode } from "#domain/node.ts";
import { CLOCK_SKEW_MS } from "#domain/node-metric.ts";
import type { NodeMetric } from "#domain/node-metric.ts";
import { listApps } from "#stores/apps.ts";
import type { ListedApp } from "#stores/apps.ts";
import { database } from "#stores/database.ts";
import * as metrics from "#stores/node-metrics.ts";
import { getNode } from "./nodes.ts";

/** A node that measured nothing for so long says nothing of the present. */
const PRESENT_MS = 180_000;

export type Over = { readonly spanMs: number; readonly stepMs: number; readonly now: number };

export async function recordNodeMetric(env: Env, metric: NodeMetric, now: number): Promise<void> {
  await getNode(env, metric.nodeId);
  if (metric.at > now + CLOCK_SKEW_MS) {
    const given = new Date(metric.at).toISOString();
    const details = [`timestamp: ${given} is in the future; it is ${new Date(now).toISOString()}`];
    throw new Fault("VALIDATION_ERROR", "A measurement can't be of the future.", { details });
  }
  await metrics.recordMetric(database(env), metric);
}

export async function nodeMetrics(
  env: Env,
  nodeId: string,
  over: Over,
): Promise<{ node: EdgeNode; steps: metrics.Step[] }> {
  const node = await getNode(env, nodeId);
  return { node, steps: await metrics.steps(database(env), nodeId, windowOf(over)) };
}

export type Overview = {
  readonly steps: readonly metrics.Step[];
  readonly nodes: readonly metrics.NodeAverage[];
  readonly present: readonly NodeMetric[];
  readonly calls: { readonly calls: number; readonly errors: number };
  readonly apps: readonly ListedApp[];
};

export async function allMetrics(env: Env, over: Over): Promise<Overview> {
  const db = database(env);
  const [steps, nodes, present, calls, apps] = await Promise.all([
    metrics.steps(db, null, windowOf(over)),
    metrics.averages(db, windowOf(over)),
    metrics.newest(db, { from: over.now - PRESENT_MS, to: over.now + CLOCK_SKEW_MS }),
    metrics.callTotals(db),
    listApps(db, null),
  ]);
  return { steps, nodes, present, calls, apps };
}

/** To a little after now: a node's clock may be ahead. */
function windowOf({ spanMs, stepMs, now }: Over) {
  return { from: now - spanMs, to: now + CLOCK_SKEW_MS, stepMs };
}
