// What a runner counts for one module version. All but the memory peak only grow, so a window is a difference.
import { mergeHistograms, subtractHistogram } from "./histogram.ts";
import type { Histogram } from "./histogram.ts";

export type Counters = {
  readonly calls: number;
  /** Calls that the guest failed: traps, deadlines, memory, and responses of HTTP from 500 on. */
  readonly errors: number;
  /** The errors that were traps. */
  readonly crashes: number;
  /** Time in the guest, summed over all calls. */
  readonly busyMs: number;
  /** The largest linear memory of a call. */
  readonly memoryPeakBytes: number;
  readonly latency: Histogram;
  /** Gas of the calls of which it is known, summed; after a trap it is not. */
  readonly gasUsed: number;
  /** The same calls by the gas that each used, in the buckets of gas-histogram.ts. */
  readonly gas: Histogram;
};

/** A version on one node at one moment. */
export type Measured = {
  readonly counters: Counters;
  readonly inFlight: number;
  /** What a core of the node does in a millisecond. */
  readonly gasPerMs: number;
  /** The largest memory of a call within the last half minute to minute. */
  readonly memoryBytes: number;
  /** What a call may take; 0 where the node does not hold the version. */
  readonly memoryBytesMax: number;
};

export const NO_CALLS: Counters = {
  calls: 0,
  errors: 0,
  crashes: 0,
  busyMs: 0,
  memoryPeakBytes: 0,
  latency: {},
  gasUsed: 0,
  gas: {},
};

export function addCounters(one: Counters, other: Counters): Counters {
  return {
    calls: one.calls + other.calls,
    errors: one.errors + other.errors,
    crashes: one.crashes + other.crashes,
    busyMs: one.busyMs + other.busyMs,
    memoryPeakBytes: Math.max(one.memoryPeakBytes, other.memoryPeakBytes),
    latency: mergeHistograms(one.latency, other.latency),
    gasUsed: one.gasUsed + other.gasUsed,
    gas: mergeHistograms(one.gas, other.gas),
  };
}

/** What was counted between two readings. The memory peak is the later reading's: a peak can't be taken back. */
export function since(later: Counters, earlier: Counters): Counters {
  return {
    calls: Math.max(0, later.calls - earlier.calls),
    errors: Math.max(0, later.errors - earlier.errors),
    crashes: Math.max(0, later.crashes - earlier.crashes),
    busyMs: Math.max(0, later.busyMs - earlier.busyMs),
    memoryPeakBytes: later.memoryPeakBytes,
    latency: subtractHistogram(later.latency, earlier.latency),
    gasUsed: Math.max(0, later.gasUsed - earlier.gasUsed),
    gas: subtractHistogram(later.gas, earlier.gas),
  };
}
