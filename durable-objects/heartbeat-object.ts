// One node's liveness: its last beat, its usage, and an alarm that marks it unhealthy when it falls silent.
// Built on itty-durable: the state is a handful of ASCII fields, and calls travel in a request header.
import { createDurable } from "itty-durable";
import { HEARTBEAT_STALE_MS } from "#domain/node.ts";
import type { NodeStatus, NodeUsage } from "#domain/node.ts";
import { database } from "#stores/database.ts";
import { setNodeStatus } from "#stores/nodes.ts";
import type { Heartbeat } from "#stores/objects.ts";

/** What itty-durable gives, and declares as `any`. */
type IttyState = { readonly storage: DurableObjectStorage; readonly env: Env };

export class HeartbeatObject extends createDurable({ autoPersist: true }) {
  nodeId = "";
  lastBeatAt = 0;
  status: NodeStatus = "Unhealthy";
  usage: NodeUsage | null = null;

  async beat(
    nodeId: string,
    usage: NodeUsage,
    ...[healthy, now]: [healthy: boolean, now: number]
  ): Promise<Heartbeat> {
    this.nodeId = nodeId;
    this.usage = usage;
    this.lastBeatAt = now;
    await this.#become(healthy ? "Healthy" : "Unhealthy");
    await this.#platform().storage.setAlarm(now + HEARTBEAT_STALE_MS);
    return this.read();
  }

  read(): Heartbeat {
    const { nodeId, lastBeatAt, status, usage } = this;
    return { nodeId, lastBeatAt, status, usage };
  }

  /** The node is gone: no alarm will speak of it again. */
  async forget(): Promise<Heartbeat> {
    await this.#platform().storage.deleteAlarm();
    this.usage = null;
    this.status = "Unhealthy";
    return this.read();
  }

  /** Runs when nothing was heard for the whole period; a beat in between has moved it on. */
  async alarm(): Promise<void> {
    await this.loadFromStorage();
    if (Date.now() < this.lastBeatAt + HEARTBEAT_STALE_MS) return;
    await this.#become("Unhealthy");
    await this.persist();
  }

  /** D1 hears of changes, not of every beat. */
  async #become(status: NodeStatus): Promise<void> {
    if (status === this.status) return;
    await setNodeStatus(database(this.#platform().env), this.nodeId, status);
    this.status = status;
  }

  #platform(): IttyState {
    // itty-durable puts the platform's state and the bindings there; it has no types of its own.
    return this.state as IttyState;
  }
}
