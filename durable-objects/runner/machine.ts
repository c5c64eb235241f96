// What an agent measured of its machine, in the words in which a node tells what it has and uses.
import type { Vitals } from "#domain/agent/report.ts";
import type { NodeUsage } from "#domain/node.ts";

const MEGABYTE = 1024 * 1024;
const GIGABYTE = 1e9;

export type MachineUsage = Omit<NodeUsage, "modulesLoaded" | "startedAt">;

export function machineUsage(vitals: Vitals): MachineUsage {
  return {
    cpuUsagePercent: vitals.cpuPercent,
    memoryUsageMB: vitals.memoryUsedBytes / MEGABYTE,
    diskUsageGB: vitals.diskUsedBytes / GIGABYTE,
    gasPerMs: vitals.gasPerMs,
    machine: {
      memoryTotalMB: vitals.memoryTotalBytes / MEGABYTE,
      diskTotalGB: vitals.diskTotalBytes / GIGABYTE,
    },
  };
}

/** Kubernetes quantities. */
export function machineResources(vitals: Vitals): Record<string, string> {
  return {
    cpu: String(vitals.cores),
    memory: `${Math.floor(vitals.memoryTotalBytes / MEGABYTE)}Mi`,
    storage: `${Math.floor(vitals.diskTotalBytes / MEGABYTE)}Mi`,
  };
}
