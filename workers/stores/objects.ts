// The one way to a Durable Object: typed stubs by the names that own them.
import { proxyDurable } from "itty-durable";
import type { FaultReport } from "#domain/fault.ts";
import { locationHint } from "#domain/node.ts";
import type { NodeCondition, NodeStatus, NodeUsage } from "#domain/node.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import type { Inventory } from "#domain/workload/order.ts";
import type { InstanceView, WorkloadRecord } from "#domain/workload/record.ts";
import type { Rolled } from "#domain/workload/rollout.ts";
import type { Workload } from "#domain/workload/workload.ts";

export function runnerOf(env: Env, nodeId: string) {
  return env.RUNNERS.getByName(nodeId);
}

/** The runner of a new node, near its region: the hint counts when the object is first used, and never again. */
export function placeRunner(env: Env, node: { readonly id: string; readonly region: string }) {
  const hint = locationHint(node.region);
  return env.RUNNERS.getByName(node.id, hint === undefined ? {} : { locationHint: hint });
}

export function rolloutOf(env: Env, deploymentId: string) {
  return env.ROLLOUTS.getByName(deploymentId);
}

export type Put = {
  /** The resourceVersion that must stand: 0 where there must be none yet, null where any will do. */
  readonly expected: number | null;
  readonly by: string;
};
export type PutAnswer = { readonly record: WorkloadRecord } | { readonly fault: FaultReport };

/** What a LatticeObject answers. Written by hand: the platform's own types stop at values that nest without end. */
export type Lattice = {
  /** Takes what is wanted and begins to make it so. It is acknowledged when it is stored here and listed. */
  put(workload: Workload, put: Put): Promise<PutAnswer>;
  /** Drains all instances; the workload is gone for its callers at once. */
  remove(id: string, expected: number | null): Promise<FaultReport | null>;
  read(id: string): Promise<WorkloadRecord | null>;
  instances(id: string): Promise<InstanceView[] | null>;
  /** What became of instances: of orders, of runs, of health checks. */
  hear(outcomes: readonly Outcome[]): Promise<void>;
  /** How a rollout of a workload of this lattice ended. */
  rolled(told: Rolled): Promise<void>;
  /** What a node holds of this lattice, told with every beat. */
  take(inventory: Inventory): Promise<void>;
  /** A node came, changed or went. */
  nodeChanged(nodeId: string): Promise<void>;
  /** The sweep's: all nodes are read anew, what is due is done, what was left is resumed. */
  wake(): Promise<void>;
};

export function latticeOf(env: Env, namespace: string): Lattice {
  // The class implements this type; the platform's own mapping of it never ends, since JSON nests.
  const stub: object = env.LATTICES.getByName(namespace);
  return stub as Lattice;
}

/** A controller stands in its region, as a runner does. */
export function placeController(env: Env, { id, region }: { id: string; region: string }) {
  const hint = locationHint(region);
  return env.CONTROLLERS.getByName(id, hint === undefined ? {} : { locationHint: hint });
}

export function quotaOf(env: Env, principal: string) {
  return env.QUOTAS.getByName(principal);
}

/** One for the whole deployment: a chain has one writer. */
export function ledgerOf(env: Env) {
  return env.LEDGER.getByName("ledger");
}

/** What carries a lattice's messages. */
export function natsOf(env: Env, lattice: string) {
  return env.NATS.getByName(lattice);
}

/** What one link's component keeps. */
export function keyvalueOf(env: Env, scope: string) {
  return env.KEYVALUES.getByName(scope);
}

/** The deliveries of one endpoint. */
export function webhookOf(env: Env, id: string) {
  return env.WEBHOOKS.getByName(id);
}

export type Heartbeat = {
  readonly nodeId: string;
  readonly lastBeatAt: number;
  /** As D1 was told it. */
  readonly condition: NodeCondition;
  readonly status: NodeStatus;
  readonly usage: NodeUsage | null;
  /** What the node or an operator said of it, which stands until something else is said. */
  readonly said: SaidCondition;
  /** Quantities in use, as the node last told them. */
  readonly reported: Readonly<Record<string, string>> | null;
};

export type SaidCondition = Extract<NodeCondition, "degraded" | "offline"> | null;
export type Report = {
  readonly said: SaidCondition | undefined;
  readonly isBeat: boolean;
  readonly usage: Readonly<Record<string, string>> | null;
};

/** itty-durable has no types of its own: its proxy speaks this. Arguments travel in a header, so they stay small ASCII. */
export type HeartbeatStub = {
  beat(nodeId: string, usage: NodeUsage, healthy: boolean, now: number): Promise<Heartbeat>;
  report(nodeId: string, report: Report, now: number): Promise<Heartbeat>;
  lose(nodeId: string): Promise<Heartbeat>;
  read(): Promise<Heartbeat>;
  forget(): Promise<Heartbeat>;
};

export function heartbeatOf(env: Env, nodeId: string): HeartbeatStub {
  // Declared `any` by itty-durable; HeartbeatObject has these methods.
  return proxyDurable(env.HEARTBEATS, { parse: true }).get(nodeId) as HeartbeatStub;
}
