// An app as its object keeps it: the spec that its owner wrote, what is wanted of it now, and what its autoscaler knows.
import type { ScalingHistory, Trigger } from "#domain/autoscale/decide.ts";
import type { ScalingPolicy } from "#domain/autoscale/policy.ts";
import type { Workload } from "#domain/workload/workload.ts";
import type { AppSpec } from "./spec.ts";

export const APP_STATUSES = [
  "registered",
  "starting",
  "running",
  "stopping",
  "stopped",
  "error",
  "updating",
] as const;
export type AppStatus = (typeof APP_STATUSES)[number];

export type App = {
  readonly name: string;
  /** The lattice that runs it. */
  readonly namespace: string;
  /** The spec as it was written, in JSON. */
  readonly given: string;
  readonly spec: AppSpec;
  /** The spec's, until it is changed by itself. */
  readonly policy: ScalingPolicy;
  readonly intent: "registered" | "running" | "stopped";
  /** Replicas that are wanted while it runs. */
  readonly replicas: number;
  /** The workload that runs it, from its first start on. */
  readonly workload: string | null;
  /** Why what was asked last could not be done; null when it could. */
  readonly trouble: string | null;
  readonly history: ScalingHistory;
  readonly lastScaling: Scaling | null;
  /** Absent from apps that were kept before there were any. */
  readonly update?: AppUpdate | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
};

/** A version on its way by a rollout. What it was before stands in the app until the rollout is complete. */
export type AppUpdate = {
  readonly deployment: string;
  readonly given: string;
  readonly spec: AppSpec;
  /** The workload as it is to be, but for its number of replicas. */
  readonly workload: Workload;
  /** Watched by its rollout; or complete, and replica by replica in the place of what was before. */
  readonly stage: "rolling" | "replacing";
};

export type Scaling = {
  readonly at: number;
  readonly action: "scale_out" | "scale_in";
  readonly from: number;
  readonly to: number;
  readonly trigger: Trigger | "manual";
  readonly reason: string;
};

/** One replica as it is told. */
export type Container = {
  readonly id: string;
  readonly name: string;
  readonly node: string | null;
  readonly version: string;
  readonly status: "pending" | "starting" | "running" | "stopping" | "lost";
  readonly health: "unknown" | "starting" | "healthy" | "unhealthy";
  readonly startedAt: number | null;
};

/** What is seen of an app's replicas at one moment. */
export type Seen = {
  readonly desired: number;
  readonly containers: readonly Container[];
  /** Replicas of what was wanted before still stand beside those of what is wanted now. */
  readonly isUpdating: boolean;
  /** Why nothing runs though it should; null when something runs or may yet. */
  readonly fault: string | null;
  /** Why the nodes have no place for a replica; null when all have one. */
  readonly unplaced: string | null;
};

export const UNSEEN: Seen = {
  desired: 0,
  containers: [],
  isUpdating: false,
  fault: null,
  unplaced: null,
};

export function statusOf(app: App, seen: Seen): AppStatus {
  const standing = seen.containers.filter(({ status }) => status !== "lost");
  const serving = standing.filter(isServing);
  switch (app.intent) {
    case "registered":
      return app.trouble === null ? "registered" : "error";
    case "stopped":
      return standing.length > 0 ? "stopping" : "stopped";
    case "running":
      if (app.trouble !== null && serving.length === 0) return "error";
      if (seen.fault !== null && serving.length === 0) return "error";
      if (seen.isUpdating || isUpdating(app)) return "updating";
      return serving.length > 0 || seen.desired === 0 ? "running" : "starting";
  }
}

/** A rollout of the app has not come to its end. */
export function isUpdating({ update }: App): boolean {
  return update != null;
}

export function isServing({ status, health }: Container): boolean {
  return status === "running" && health === "healthy";
}
