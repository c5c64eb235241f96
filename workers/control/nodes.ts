// Nodes: taken into service with a probe that really runs, and let go only when nothing depends on them.
import { Fault } from "#domain/fault.ts";
import { nodeEvent } from "#domain/event/lifecycle.ts";
import { HEARTBEAT_STALE_MS } from "#domain/node.ts";
import type { EdgeNode } from "#domain/node.ts";
import { missingRole, rolesOf } from "#domain/role.ts";
import type { Principal } from "#domain/role.ts";
import { withoutNode } from "#domain/route.ts";
import { database } from "#stores/database.ts";
import { announce } from "#stores/events.ts";
import * as nodes from "#stores/nodes.ts";
import { heartbeatOf, placeRunner, runnerOf } from "#stores/objects.ts";
import type { Heartbeat } from "#stores/objects.ts";
import { replaceRoute, routesThrough } from "#stores/routes.ts";
import { announceNode } from "#stores/workloads.ts";

/** How long a node that is to go may take to finish its calls. */
const DRAIN_MS = 30_000;
const DRAIN_LOOK_MS = 50;
/** Isolates route by what they knew for up to a second: no call is sent to the node after that. */
const ROUTE_SETTLE_MS = 1_100;

export type NodeHealth = { readonly node: EdgeNode; readonly heartbeat: Heartbeat };

/** Healthy only if its runner ran a guest. */
export async function registerNode(env: Env, node: EdgeNode): Promise<EdgeNode> {
  const db = database(env);
  if (!(await nodes.insertNode(db, node))) {
    throw new Fault("CONFLICT", `Node ${node.name} is registered already.`);
  }
  await announce(env, nodeEvent("registered", node.id, node.registeredAt));
  await placeRunner(env, node).start(node.id, node.maxModules);
  return getNode(env, node.id);
}

export async function getNode(env: Env, id: string): Promise<EdgeNode> {
  const node = await nodes.findNode(database(env), id);
  if (node === null) throw new Fault("NOT_FOUND", `Node ${id} is not registered.`);
  return node;
}

export async function allNodes(env: Env): Promise<EdgeNode[]> {
  return nodes.allNodes(database(env));
}

export async function changeNode(
  env: Env,
  id: string,
  change: nodes.NodeChange,
): Promise<EdgeNode> {
  await getNode(env, id);
  if (!(await nodes.changeNode(database(env), id, change))) {
    throw new Fault("CONFLICT", `Another node has the name ${change.name}.`);
  }
  await announceNode(env, id);
  if (change.labels !== undefined) await announce(env, nodeEvent("labelled", id, Date.now()));
  return getNode(env, id);
}

/** One label; null takes it away. */
export async function labelNode(
  env: Env,
  id: string,
  label: { readonly key: string; readonly value: string | null },
): Promise<EdgeNode> {
  const node = await getNode(env, id);
  const isAnother = (node.labels[label.key] ?? null) !== label.value;
  if (!isAnother) return node;
  await nodes.setNodeLabel(database(env), id, label);
  await announceNode(env, id);
  await announce(env, nodeEvent("labelled", id, Date.now()));
  return getNode(env, id);
}

export type NodeReport = {
  readonly status: "active" | "degraded" | "offline" | "maintenance";
  readonly isBeat: boolean;
  readonly usage: Readonly<Record<string, string>> | null;
};

/**
 * Maintenance is a person's word: a beat that says `active` does not end it, a status without a beat does.
 * A node can't put itself into maintenance.
 */
export async function reportNode(
  env: Env,
  id: string,
  told: { report: NodeReport; by: Principal; now: number },
): Promise<NodeHealth> {
  const { report, by, now } = told;
  const node = await getNode(env, id);
  const { status, isBeat, usage } = report;
  if (status === "maintenance" && missingRole(rolesOf(by), "node:change") !== null) {
    throw new Fault("FORBIDDEN", `Maintenance needs the role Admin; ${by.username} is ${by.role}.`);
  }
  const lifts = status !== "maintenance" && !isBeat && !node.isEnabled;
  if (lifts && missingRole(rolesOf(by), "node:change") !== null) {
    throw new Fault(
      "FORBIDDEN",
      `Only an Admin ends a maintenance; ${by.username} is ${by.role}. A heartbeat leaves it as it is.`,
    );
  }
  if (status === "maintenance" || lifts) {
    await setEnabled(env, node, status !== "maintenance");
  }
  const said = status === "maintenance" ? undefined : status === "active" ? null : status;
  const heartbeat = await heartbeatOf(env, id).report(id, { said, isBeat, usage }, now);
  // What the report changed of it: the node is not read again for every beat.
  const { condition, status: health } = heartbeat;
  const isEnabled = status !== "maintenance" && (lifts || node.isEnabled);
  return { node: { ...node, isEnabled, condition, status: health }, heartbeat };
}

/** Nodes with their last beats, which their own objects know. */
export async function nodesHealth(env: Env, page: readonly EdgeNode[]): Promise<NodeHealth[]> {
  return Promise.all(
    page.map(async (node) => ({ node, heartbeat: await heartbeatOf(env, node.id).read() })),
  );
}

export async function listNodes(env: Env, filter: nodes.NodeFilter) {
  return nodes.listNodes(database(env), filter);
}

export async function nodeHealth(env: Env, id: string): Promise<NodeHealth> {
  const node = await getNode(env, id);
  return { node, heartbeat: await heartbeatOf(env, id).read() };
}

/** Healthy is a node that is enabled, whose last probe passed, and whose last beat is recent. */
export function isHealthy({ node, heartbeat }: NodeHealth, now: number): boolean {
  const recent = now - heartbeat.lastBeatAt < HEARTBEAT_STALE_MS;
  return node.isEnabled && heartbeat.status === "Healthy" && recent;
}

export async function enableNode(env: Env, id: string, isEnabled: boolean): Promise<EdgeNode> {
  await setEnabled(env, await getNode(env, id), isEnabled);
  return getNode(env, id);
}

async function setEnabled(env: Env, node: EdgeNode, isEnabled: boolean): Promise<void> {
  await nodes.setNodeEnabled(database(env), node.id, isEnabled);
  await announceNode(env, node.id);
  if (node.isEnabled === isEnabled) return;
  await announce(env, nodeEvent(isEnabled ? "enabled" : "maintenance", node.id, Date.now()));
}

/** No new calls, then the routes without it, then the calls that run, then the node. */
export async function deleteNode(env: Env, id: string): Promise<void> {
  const db = database(env);
  const node = await getNode(env, id);
  await refuseIfNeeded(env, node);
  await nodes.setNodeEnabled(db, id, false);
  await announceNode(env, id);
  for (const { moduleName, route } of await routesThrough(db, node.region, id)) {
    const change = { from: route, to: withoutNode(route, id) };
    if (await replaceRoute(db, moduleName, change)) continue;
    await nodes.setNodeEnabled(db, id, node.isEnabled);
    await announceNode(env, id);
    throw new Fault(
      "CONFLICT",
      `A deployment of ${moduleName} began meanwhile; try again when it is done.`,
    );
  }
  await scheduler.wait(ROUTE_SETTLE_MS);
  const runner = runnerOf(env, id);
  const until = Date.now() + DRAIN_MS;
  while ((await runner.inFlight()) > 0 && Date.now() < until) await scheduler.wait(DRAIN_LOOK_MS);
  await runner.stop();
  await heartbeatOf(env, id).forget();
  await nodes.deleteNode(db, id);
  await announceNode(env, id);
  await announce(env, nodeEvent("deleted", id, Date.now()));
}

async function refuseIfNeeded(env: Env, node: EdgeNode): Promise<void> {
  const through = await routesThrough(database(env), node.region, node.id);
  const details = through.flatMap(({ moduleName, route, holder }) => {
    if (holder !== null) return [`Deployment ${holder} of ${moduleName} is active on it.`];
    return withoutNode(route, node.id).entries.length === 0
      ? [`It is the last node of ${moduleName} in ${node.region}.`]
      : [];
  });
  if (details.length > 0) throw new Fault("CONFLICT", `Node ${node.id} is in use.`, { details });
}
