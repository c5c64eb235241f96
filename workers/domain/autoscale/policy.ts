// What an autoscaler may do to one app, and when it should.

export type ScalingPolicy = {
  readonly mode: "auto" | "manual";
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly targetRpsPerReplica: number;
  readonly maxP95LatencyMs: number;
  readonly maxCpuPercent: number;
  readonly maxMemoryPercent: number;
  readonly maxConnectionsPerReplica: number;
  /** A factor above this scales out; the largest below `scaleInThresholdPercent` for long enough scales in. */
  readonly scaleOutThresholdPercent: number;
  readonly scaleInThresholdPercent: number;
  /** What was measured longer ago than this counts for nothing. */
  readonly windowSeconds: number;
  readonly cooldownSeconds: number;
  /** Null: as many at once as the load asks for. */
  readonly maxScaleOutStep: number | null;
  readonly maxScaleInStep: number | null;
};

export const DEFAULT_POLICY: ScalingPolicy = {
  mode: "auto",
  minReplicas: 1,
  maxReplicas: 5,
  targetRpsPerReplica: 50,
  maxP95LatencyMs: 250,
  maxCpuPercent: 70,
  maxMemoryPercent: 75,
  maxConnectionsPerReplica: 100,
  scaleOutThresholdPercent: 80,
  scaleInThresholdPercent: 30,
  windowSeconds: 60,
  cooldownSeconds: 180,
  maxScaleOutStep: null,
  maxScaleInStep: null,
};

const REPLICAS_MAX = 100;
/** Of windows and cooldowns. */
export const SECONDS_MAX = 86_400;
const COUNT_MAX = 1_000_000;

type Field = Exclude<keyof ScalingPolicy, "mode">;
export type PolicyFault = { readonly field: Field; readonly message: string };

type Range = { readonly least: number; readonly most: number; readonly isWhole: boolean };

const whole = (least: number, most: number): Range => ({ least, most, isWhole: true });
const above0 = (most: number): Range => ({ least: Number.MIN_VALUE, most, isWhole: false });

const RANGES: Readonly<Record<Field, Range>> = {
  minReplicas: whole(0, REPLICAS_MAX),
  maxReplicas: whole(1, REPLICAS_MAX),
  targetRpsPerReplica: above0(COUNT_MAX),
  maxP95LatencyMs: above0(COUNT_MAX),
  maxCpuPercent: above0(100),
  maxMemoryPercent: above0(100),
  maxConnectionsPerReplica: whole(1, COUNT_MAX),
  scaleOutThresholdPercent: above0(100),
  scaleInThresholdPercent: { least: 0, most: 100, isWhole: false },
  windowSeconds: whole(1, SECONDS_MAX),
  cooldownSeconds: whole(0, SECONDS_MAX),
  maxScaleOutStep: whole(1, REPLICAS_MAX),
  maxScaleInStep: whole(1, REPLICAS_MAX),
};

/** Everything that is wrong with the policy, each at its field. */
export function policyFaults(policy: ScalingPolicy): PolicyFault[] {
  const { minReplicas, maxReplicas, scaleInThresholdPercent, scaleOutThresholdPercent } = policy;
  // The table names each field of a policy but `mode`, by its type.
  const faults = (Object.keys(RANGES) as Field[]).flatMap((field) => rangeFault(policy, field));
  if (maxReplicas < minReplicas) {
    const message = `expected at least the smallest number of replicas, ${minReplicas}, not ${maxReplicas}`;
    faults.push({ field: "maxReplicas", message });
  }
  if (scaleInThresholdPercent >= scaleOutThresholdPercent) {
    const message = `expected less than the threshold for scaling out, ${scaleOutThresholdPercent}, not ${scaleInThresholdPercent}`;
    faults.push({ field: "scaleInThresholdPercent", message });
  }
  return faults;
}

function rangeFault(policy: ScalingPolicy, field: Field): PolicyFault[] {
  const { [field]: value } = policy;
  const { least, most, isWhole } = RANGES[field];
  if (value === null) return [];
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return [];
  const from = least === Number.MIN_VALUE ? "more than 0 and" : `${least} or more and`;
  const kind = isWhole ? "a whole number," : "a number,";
  return [{ field, message: `expected ${kind} ${from} at most ${most}, not ${value}` }];
}
