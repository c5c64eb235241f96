// Gas: the deterministic cost of execution. A unit is about one plain WebAssembly instruction.
import type { ModuleLimits } from "./module.ts";

/**
 * What a core does in a millisecond of ordinary code, until a node has measured itself, and the bounds of what it may
 * find: a moment in which a machine is busy with something else must not make budgets useless, nor a broken clock endless.
 */
export const GAS_PER_MS = 5_000_000;
const GAS_PER_MS_MIN = 1_000_000;
const GAS_PER_MS_MAX = 20_000_000;

/** What a call may use: its share of a core for as long as it may take, at the rate of its node. */
export function gasBudget(limits: ModuleLimits, timeoutMs: number, gasPerMs: number): number {
  return Math.floor((gasPerMs * timeoutMs * limits.maxCpuPercent) / 100);
}

/** What a guest runs before its neighbours have their turn. */
export const SLICE_MS = 5;

export function sliceGas(gasPerMs: number): number {
  return gasPerMs * SLICE_MS;
}

/** One run of a known piece of code. */
export type Timing = { readonly gasUsed: number; readonly durationMs: number };

/** What a measurement may take of the rate that was measured before. */
const DECAY = 0.9;

/**
 * The rate by the fastest of the runs, within the bounds; null when no run took any time. Other work on the machine only
 * ever makes a run slower. For the same reason the rate falls slowly: a busy quarter of an hour says little, and a
 * slower machine is found within a few of them.
 */
export function rateOf(runs: readonly Timing[], before: number | null): number | null {
  const rates = runs
    .filter(({ durationMs }) => durationMs > 0)
    .map(({ gasUsed, durationMs }) => gasUsed / durationMs);
  if (rates.length === 0) return null;
  const rate = Math.max(DECAY * (before ?? 0), ...rates);
  return Math.round(Math.min(GAS_PER_MS_MAX, Math.max(GAS_PER_MS_MIN, rate)));
}

/** Share of a core that gas took of a window, 0 to 100. */
export function cpuPercent(gasUsed: number, windowMs: number, gasPerMs: number): number {
  return Math.min(100, (100 * gasUsed) / (gasPerMs * Math.max(1, windowMs)));
}
