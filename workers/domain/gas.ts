// Gas: the deterministic cost of execution. A unit is about one plain WebAssembly instruction.
import type { ModuleLimits } from "./module.ts";

/**
 * What a core does in a millisecond of ordinary code: the nominal rate by which limits in seconds become gas.
 * Code that waits for memory does less, and so takes longer than its limit says.
 */
const GAS_PER_MS = 5_000_000;

/** What a call may use: its share of a core for as long as it may take. */
export function gasBudget(limits: ModuleLimits, timeoutMs: number): number {
  return Math.floor((GAS_PER_MS * timeoutMs * limits.maxCpuPercent) / 100);
}
