// A rollout as its callers see it: status, progress, stage, and when it should be done.
import type { Grant } from "./link.ts";
import { wakeAt } from "./rollout/rollout.ts";
import type { Rollout } from "./rollout/rollout.ts";

export const DEPLOYMENT_STATUSES = [
  "Pending",
  "InProgress",
  "Paused",
  "Completed",
  "Failed",
  "RolledBack",
] as const;
export type DeploymentStatus = (typeof DEPLOYMENT_STATUSES)[number];

/** One deployment: the rollout and what was asked for. */
export type Deployment = {
  readonly rollout: Rollout;
  readonly targetRegions: readonly string[];
  readonly targetNodes: readonly string[];
  /** What the version finds in its environment beside what its own limits say: that of the app it is rolled out for. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the links of the component that it is rolled out for lead to. */
  readonly grants?: readonly Grant[];
  /** The same of what it takes the place of, which is loaded with it where that comes back. */
  readonly before?: Pick<Deployment, "environment" | "grants">;
  /** The workload that it changes, which hears how it ends. */
  readonly workload?: { readonly namespace: string; readonly id: string };
};

/** What loading, checking and routing a wave take when nothing is known yet. */
const WAVE_OVERHEAD_MS = 2_000;

export function statusOf(rollout: Rollout): DeploymentStatus {
  switch (rollout.phase.name) {
    case "pending":
      return "Pending";
    case "paused":
      return "Paused";
    case "completed":
      return "Completed";
    case "failed":
      return "Failed";
    case "rolledBack":
      return "RolledBack";
    case "claiming":
    case "loading":
    case "checking":
    case "routing":
    case "baking":
    case "judging":
    case "finishing":
    case "withdrawing":
      return "InProgress";
  }
}

/** The progress of the last wave whose traffic was shifted; none once it was taken back. */
export function progressOf(rollout: Rollout): number {
  if (rollout.phase.name === "completed") return 100;
  return rollout.plan?.waves[rollout.live]?.progress ?? 0;
}

export function stageOf(rollout: Rollout): string | null {
  const { phase, plan } = rollout;
  switch (phase.name) {
    case "pending":
      return null;
    case "withdrawing":
      return "Rolling back";
    case "finishing":
    case "completed":
      return "Complete";
    case "failed":
    case "rolledBack":
      return null;
    case "claiming":
      return "Starting";
    case "loading":
    case "checking":
    case "routing":
    case "baking":
    case "judging":
    case "paused":
      return plan?.waves[phase.wave]?.label ?? null;
  }
}

/** When it should be complete if every gate passes; null when it is over or waits for a person. */
export function estimateOf(rollout: Rollout, now: number): number | null {
  const { phase, plan } = rollout;
  if (plan === null || wakeAt(rollout) === null || phase.name === "paused") return null;
  const current = "wave" in phase ? phase.wave : phase.name === "claiming" ? -1 : plan.waves.length;
  const later = plan.waves.slice(current + 1);
  const bakesMs = later.reduce((sum, wave) => sum + wave.bakeMs + WAVE_OVERHEAD_MS, 0);
  return now + currentMs(rollout, now) + bakesMs;
}

function currentMs(rollout: Rollout, now: number): number {
  const { phase, plan } = rollout;
  if (phase.name === "baking") return Math.max(0, phase.bake.until - now);
  const isBaked =
    phase.name === "judging" ||
    phase.name === "withdrawing" ||
    (phase.name === "checking" && phase.bake !== null);
  const wave = "wave" in phase && !isBaked ? plan?.waves[phase.wave] : undefined;
  return (wave?.bakeMs ?? 0) + WAVE_OVERHEAD_MS;
}
