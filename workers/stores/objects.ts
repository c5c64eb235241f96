// The one way to a Durable Object: typed stubs by the names that own them.
import { proxyDurable } from "itty-durable";
import { locationHint } from "#domain/node.ts";
import type { NodeCondition, NodeStatus, NodeUsage } from "#domain/node.ts";

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

export type Heartbeat = {
  readonly nodeId: string;
  readonly lastBeatAt: number;
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
  read(): Promise<Heartbeat>;
  forget(): Promise<Heartbeat>;
};

export function heartbeatOf(env: Env, nodeId: string): HeartbeatStub {
  // Declared `any` by itty-durable; HeartbeatObject has these methods.
  return proxyDurable(env.HEARTBEATS, { parse: true }).get(nodeId) as HeartbeatStub;
}
