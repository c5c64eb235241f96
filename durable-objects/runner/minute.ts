// What the beats of a minute measured, as one record. It is kept in storage, so that no eviction makes a gap.
import type { NodeUsage } from "#domain/node.ts";
import type { Traffic } from "#domain/traffic.ts";
import type { NodeMetric } from "#domain/node-metric.ts";

const RECORD_MS = 60_000;
/** An alarm may come a little early: a minute is over when the next beat would be far past it. */
const EARLY_MS = 5_000;
const MB_PER_GB = 1024;

type Sums = { since: number; samples: number; cpu: number; memoryMB: number; diskGB: number };

export class Minute {
  readonly #kv: SyncKvStorage;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
  }

  /** Adds a beat; the record of the minute when it is over, weighted by its beats. */
  add(
    nodeId: string,
    usage: NodeUsage,
    { now, traffic }: { now: number; traffic: Traffic },
  ): NodeMetric | null {
    const before = this.#kv.get<Sums>("minute") ?? emptySince(now);
    const sums: Sums = {
      since: before.since,
      samples: before.samples + 1,
      cpu: before.cpu + usage.cpuUsagePercent,
      memoryMB: before.memoryMB + usage.memoryUsageMB,
      diskGB: before.diskGB + usage.diskUsageGB,
    };
    const isOver = now - sums.since >= RECORD_MS - EARLY_MS;
    this.#kv.put("minute", isOver ? emptySince(now) : sums);
    if (!isOver) return null;
    const { receivedBytes: rxBytes, sentBytes: txBytes } = traffic;
    return { ...recordOf(nodeId, { ...sums, machine: usage.machine }, now), rxBytes, txBytes };
  }
}

function emptySince(since: number): Sums {
  return { since, samples: 0, cpu: 0, memoryMB: 0, diskGB: 0 };
}

function recordOf(
  nodeId: string,
  sums: Sums & { machine: NodeUsage["machine"] },
  now: number,
): NodeMetric {
  const { samples, machine } = sums;
  return {
    nodeId,
    at: now,
    samples,
    cpuUsage: sums.cpu / samples,
    memoryUsage: sums.memoryMB / samples / MB_PER_GB,
    memoryTotal: machine === undefined ? null : machine.memoryTotalMB / MB_PER_GB,
    diskUsage: sums.diskGB / samples,
    diskTotal: machine?.diskTotalGB ?? null,
    rxBytes: null,
    txBytes: null,
    containers: [],
  };
}
