// By what a rollout is judged: the health of its nodes, and the gates between its waves.
import type { ProbePolicy } from "#domain/health/probe.ts";

export type HealthPolicy = {
  readonly enabled: boolean;
  readonly functionName: string;
  readonly expectedResult: string;
  readonly timeoutMs: number;
  /** Passes in a row that a node needs, and failures in a row that condemn it. */
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** In place of the function: a request of this kind, to a version that serves HTTP. */
  readonly probe?: Pick<ProbePolicy, "path" | "port" | "expectedStatusCodes">;
};

export type GatePolicy = {
  /** Calls below which no comparison is made. */
  readonly minimumSample: number;
  /** The chance, over a whole wave, that a gate condemns a version that is no worse. */
  readonly falseAlarmRate: number;
  readonly extensionsMax: number;
};

export const DEFAULT_HEALTH: HealthPolicy = {
  enabled: true,
  functionName: "health_check",
  expectedResult: "OK",
  timeoutMs: 5_000,
  successThreshold: 1,
  failureThreshold: 3,
};

export const DEFAULT_GATES: GatePolicy = {
  minimumSample: 20,
  falseAlarmRate: 0.01,
  extensionsMax: 3,
};
