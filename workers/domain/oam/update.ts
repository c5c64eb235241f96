// A component's version on its way by a rollout, as it stands with the component's workload.
import type { Workload } from "#domain/workload/workload.ts";

export type ModelUpdate = {
  readonly deployment: string;
  readonly moduleId: string;
  /** Watched by its rollout; or complete, and on its way to the instances. */
  readonly stage: "rolling" | "replacing";
};

/** Null where nothing is under way. */
export function updateOf({ details }: Pick<Workload, "details">): ModelUpdate | null {
  const { update } = details;
  if (typeof update !== "object" || update === null || Array.isArray(update)) return null;
  const { deployment, moduleId, stage } = update as Record<string, unknown>;
  if (typeof deployment !== "string" || typeof moduleId !== "string") return null;
  return { deployment, moduleId, stage: stage === "replacing" ? "replacing" : "rolling" };
}
