// Why a node will not have a version or a call, in words that name the limit and the way out.
import type { Assignment } from "#domain/execution.ts";
import type { FaultReport } from "#domain/fault.ts";
import type { Gauge } from "./gauge.ts";
import type { GuestHost } from "./host.ts";

export function outOfService(): FaultReport {
  return { code: "UNAVAILABLE", message: "The node is out of service.", details: [] };
}

export function full(nodeId: string, held: number, maxModules: number): FaultReport {
  const message = `Node ${nodeId} holds ${held} module versions; its maxModules is ${maxModules}. Delete a version there, or register the node with more.`;
  return { code: "CONFLICT", message, details: [] };
}

function crowded(moduleId: string, running: number, most: number): FaultReport {
  const message = `${moduleId} has ${running} calls in flight on this node; maxConcurrentInvocations is ${most}.`;
  return { code: "CONCURRENCY_LIMIT", message, details: [], retryAfterSeconds: 1 };
}

function busy(guestsInFlightMax: number): FaultReport {
  const message = `The node runs ${guestsInFlightMax} distinct modules at this moment, which is all it can.`;
  return { code: "CONCURRENCY_LIMIT", message, details: [], retryAfterSeconds: 1 };
}

/** Why one more call of the version can't begin now. */
export function overload(
  { moduleId, limits }: Assignment,
  gauge: Pick<Gauge, "inFlight" | "distinct">,
  { guestsInFlightMax }: Pick<GuestHost, "guestsInFlightMax">,
): FaultReport | null {
  const running = gauge.inFlight(moduleId);
  if (running >= limits.maxConcurrentInvocations)
    return crowded(moduleId, running, limits.maxConcurrentInvocations);
  const hasRoom = running > 0 || gauge.distinct() < guestsInFlightMax;
  return hasRoom ? null : busy(guestsInFlightMax);
}
