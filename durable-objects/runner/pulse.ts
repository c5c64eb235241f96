// A node's beats: what it measured since the last one goes to its heartbeat, once a minute to its metrics, and what it
// holds to the lattices.
import type { NodeUsage } from "#domain/node.ts";
import { database } from "#stores/database.ts";
import { recordMetric } from "#stores/node-metrics.ts";
import { heartbeatOf } from "#stores/objects.ts";
import type { Gauge } from "./gauge.ts";
import type { Holdings } from "./holdings.ts";
import { warn } from "./host.ts";
import type { Instances } from "./instances.ts";
import type { LoaderHost } from "./loader-host.ts";
import type { MachineUsage } from "./machine.ts";
import { Minute } from "./minute.ts";

type Beating = { readonly nodeId: string; readonly startedAt: number };

type Of = {
  readonly env: Env;
  readonly storage: DurableObjectStorage;
  readonly gauge: Gauge;
  readonly holdings: Holdings;
  readonly instances: Instances;
  readonly loader: LoaderHost;
};

export class Pulse {
  readonly #of: Of;
  readonly #minute: Minute;

  constructor(of: Of) {
    this.#of = of;
    this.#minute = new Minute(of.storage.kv);
  }

  /** Runs the tiny guest, for real, and tells whether the node is well. */
  async beat(node: Beating): Promise<boolean> {
    const { gauge, holdings, loader, storage } = this.#of;
    const isIdle = gauge.inFlight() === 0;
    const healthy = await loader.examine({ isIdle, now: Date.now() });
    const { gasPerMs } = loader;
    const measured = {
      ...gauge.usage(holdings.all(), { now: Date.now(), gasPerMs }),
      diskUsageGB: storage.sql.databaseSize / 1e9,
      gasPerMs,
    };
    await this.report(node, measured, healthy);
    return healthy;
  }

  async report(
    { nodeId, startedAt }: Beating,
    measured: MachineUsage,
    healthy: boolean,
  ): Promise<void> {
    const { env, gauge, holdings, instances } = this.#of;
    const now = Date.now();
    const modulesLoaded = holdings.all().length;
    const usage: NodeUsage = { modulesLoaded, ...measured, startedAt };
    await heartbeatOf(env, nodeId).beat(nodeId, usage, healthy, now);
    const metric = this.#minute.add(nodeId, usage, { now, traffic: gauge.traffic() });
    // A lost minute is a gap in a graph, and no reason to miss a beat.
    if (metric !== null)
      await recordMetric(database(env), metric).catch(warn("node metric not recorded"));
    await instances.tellAll(nodeId).catch(warn("lattices not told"));
  }
}
