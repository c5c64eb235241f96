// One node's liveness: its last beat, its usage, and an alarm that marks it unhealthy when it falls silent.
// Built on itty-durable: the state is a handful of ASCII fields, and calls travel in a request header.
import { createDurable } from "itty-durable";
import { nodeEvent } from "#domain/event/lifecycle.ts";
import { HEARTBEAT_STALE_MS } from "#domain/node.ts";
import type { NodeCondition, NodeStatus, NodeUsage } from "#domain/node.ts";
import { database } from "#stores/database.ts";
import { announce } from "#stores/events.ts";
import { setNodeCondition } from "#stores/nodes.ts";
import { announceNode } from "#stores/workloads.ts";
import type { Heartbeat, Report, SaidCondition } from "#stores/objects.ts";

/** What itty-durable gives, and declares as `any`. */
type IttyState = Pick<DurableObjectState, "storage" | "waitUntil"> & { readonly env: Env };

export class HeartbeatObject extends createDurable({ autoPersist: true }) {
  nodeId = "";
  lastBeatAt = 0;
  condition: NodeCondition = "registered";
  usage: NodeUsage | null = null;
  said: SaidCondition = null;
  reported: Readonly<Record<string, string>> | null = null;

  async beat(
    nodeId: string,
    usage: NodeUsage,
    ...[healthy, now]: [healthy: boolean, now: number]
  ): Promise<Heartbeat> {
    this.nodeId = nodeId;
    this.usage = usage;
    this.lastBeatAt = now;
    await this.#become(this.said ?? (healthy ? "active" : "degraded"));
    await this.#watch();
    return this.read();
  }

  /** What is said from outside: by the node of itself, or by an operator. What was said stands over what is probed. */
  async report(nodeId: string, { said, isBeat, usage }: Report, now: number): Promise<Heartbeat> {
    this.nodeId = nodeId;
    if (said !== undefined) this.said = said;
    if (usage !== null) this.reported = usage;
    if (isBeat) {
      this.lastBeatAt = now;
      await this.#watch();
    }
    if (this.said !== null) await this.#become(this.said);
    else if (isBeat || (said === null && now < this.lastBeatAt + HEARTBEAT_STALE_MS))
      await this.#become("active");
    return this.read();
  }

  /** What ran the node is gone: it is offline before its beats are missed. */
  async lose(nodeId: string): Promise<Heartbeat> {
    this.nodeId = nodeId;
    await this.#become("offline");
    return this.read();
  }

  read(): Heartbeat {
    const { nodeId, lastBeatAt, condition, usage, said, reported } = this;
    const status: NodeStatus = condition === "active" ? "Healthy" : "Unhealthy";
    return { nodeId, lastBeatAt, condition, status, usage, said, reported };
  }

  /** The node is gone: no alarm will speak of it again. */
  async forget(): Promise<Heartbeat> {
    await this.#platform().storage.deleteAlarm();
    this.nodeId = "";
    this.lastBeatAt = 0;
    this.usage = null;
    this.said = null;
    this.reported = null;
    this.condition = "registered";
    return this.read();
  }

  /** Finds out whether nothing was heard for the whole period; where a beat was, it comes again for that one. */
  async alarm(): Promise<void> {
    await this.loadFromStorage();
    if (Date.now() < this.lastBeatAt + HEARTBEAT_STALE_MS) return this.#watch();
    await this.#become("offline");
    await this.persist();
  }

  /** One alarm stands for many beats: to set it is to write a row, so it is set when there is none. */
  async #watch(): Promise<void> {
    const { storage } = this.#platform();
    if ((await storage.getAlarm()) !== null) return;
    await storage.setAlarm(this.lastBeatAt + HEARTBEAT_STALE_MS);
  }

  /** D1 hears of changes, not of every beat. */
  async #become(condition: NodeCondition): Promise<void> {
    if (condition === this.condition) return;
    const platform = this.#platform();
    const { env } = platform;
    await setNodeCondition(database(env), this.nodeId, condition);
    this.condition = condition;
    platform.waitUntil(announceNode(env, this.nodeId));
    await announce(env, nodeEvent(condition, this.nodeId, Date.now()));
  }

  #platform(): IttyState {
    // itty-durable puts the platform's state and the bindings there; it has no types of its own.
    return this.state as IttyState;
  }
}
