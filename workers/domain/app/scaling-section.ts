// The `scaling` of a spec: a policy, with the defaults of what it leaves out.
import { z } from "zod";
import { DEFAULT_POLICY, policyFaults } from "#domain/autoscale/policy.ts";
import type { ScalingPolicy } from "#domain/autoscale/policy.ts";

/** The policy's fields as a spec has them. */
const SCALING_KEYS = {
  minReplicas: "minReplicas",
  maxReplicas: "maxReplicas",
  targetRPSPerReplica: "targetRpsPerReplica",
  maxP95LatencyMs: "maxP95LatencyMs",
  maxCPUPercent: "maxCpuPercent",
  maxMemoryPercent: "maxMemoryPercent",
  maxConnPerReplica: "maxConnectionsPerReplica",
  scaleOutThresholdPct: "scaleOutThresholdPercent",
  scaleInThresholdPct: "scaleInThresholdPercent",
  windowSeconds: "windowSeconds",
  cooldownSeconds: "cooldownSeconds",
  maxScaleOutStep: "maxScaleOutStep",
  maxScaleInStep: "maxScaleInStep",
} as const satisfies Readonly<Record<string, keyof ScalingPolicy>>;

const number = z.number().optional();
export const scaling = z
  .strictObject({
    mode: z.enum(["auto", "manual"]).default(DEFAULT_POLICY.mode),
    minReplicas: number,
    maxReplicas: number,
    targetRPSPerReplica: number,
    maxP95LatencyMs: number,
    maxCPUPercent: number,
    maxMemoryPercent: number,
    maxConnPerReplica: number,
    scaleOutThresholdPct: number,
    scaleInThresholdPct: number,
    windowSeconds: number,
    cooldownSeconds: number,
    maxScaleOutStep: number,
    maxScaleInStep: number,
  })
  .prefault({})
  .transform(({ mode, ...given }, context): ScalingPolicy => {
    const said = Object.fromEntries(
      Object.entries(SCALING_KEYS).flatMap(([wire, field]) => {
        // Object.entries forgets that these are the keys of the schema above.
        const value = given[wire as keyof typeof SCALING_KEYS];
        return value === undefined ? [] : [[field, value]];
      }),
    );
    const least = given.minReplicas ?? DEFAULT_POLICY.minReplicas;
    const maxReplicas = Math.max(DEFAULT_POLICY.maxReplicas, least);
    const policy: ScalingPolicy = { ...DEFAULT_POLICY, maxReplicas, ...said, mode };
    for (const { field, message } of policyFaults(policy)) {
      const [wire = field] = Object.entries(SCALING_KEYS).find(([, of]) => of === field) ?? [];
      context.addIssue({ code: "custom", path: [wire], message });
    }
    return policy;
  });
