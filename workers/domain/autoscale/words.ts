// A decision in words: what an event says of it, and the figures that stand beside.
import type { Decision, Factor, FactorName, Trigger } from "./decide.ts";

type Scaled = Exclude<Decision, { action: "none" }>;

const CAUSES: Readonly<Record<Trigger, string>> = {
  below_min: "fewer replicas than the policy's least",
  above_max: "more replicas than the policy's most",
  request_waiting: "a request that waits for a first replica",
  no_healthy_replica: "no healthy replica",
  rps_high: "many requests",
  latency_high: "high latency",
  connections_high: "many requests in flight",
  cpu_high: "high CPU usage",
  memory_high: "high memory usage",
  load_low: "low load",
};

const FIELDS: Readonly<Record<FactorName, string>> = {
  rps: "rps_per_replica",
  latency: "latency_p95_ms",
  connections: "connections_per_replica",
  cpu: "cpu_percent",
  memory: "memory_percent",
};

/** "Scaled from 2 to 3 replicas due to high CPU usage: cpu_percent is 78.5 of 70", with the numbers beside. */
export function told({ action, from, to, trigger, factors }: Scaled) {
  const reason = `Scaled from ${from} to ${to} replicas due to ${causeOf(trigger, factors)}`;
  const details = Object.fromEntries(
    factors.map(({ name, measured }) => [FIELDS[name], round(measured)]),
  );
  return { action, from, to, trigger, reason, details };
}

function causeOf(trigger: Trigger, factors: readonly Factor[]): string {
  const [largest] = factors;
  const cause = CAUSES[trigger];
  if (largest === undefined) return cause;
  return `${cause}: ${FIELDS[largest.name]} is ${round(largest.measured)} of ${largest.limit}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
