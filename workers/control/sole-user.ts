// A rollout divides shares among the versions of one module, for whoever runs it: so who takes a workload to another
// version by one must be alone with the module.
import { Fault } from "#domain/fault.ts";
import { parseModuleReference } from "#domain/module.ts";
import type { Workload } from "#domain/workload/workload.ts";
import { listWorkloads } from "./workloads.ts";

/** More than this are told by their number. */
const TOLD_MAX = 10;

export async function assertSoleUser(env: Env, { id, moduleId }: Workload): Promise<void> {
  const moduleName = moduleNameOf(moduleId);
  const page = { limit: TOLD_MAX + 1, offset: 0 };
  const { workloads, total } = await listWorkloads(env, { moduleName, ...page });
  const others = workloads
    .map(({ workload }) => workload)
    .filter((other) => other.id !== id && moduleNameOf(other.moduleId) === moduleName)
    .map(({ owner, namespace, name }) => (owner === "apps" ? name : `${namespace}/${name}`));
  if (others.length === 0) return;
  const more = total > workloads.length ? ` and ${total - workloads.length} more` : "";
  const message = `A rollout of ${moduleName} would take ${others.join(", ")}${more} with it, which run the same module; register it under a name of its own.`;
  throw new Fault("CONFLICT", message);
}

export function moduleNameOf(moduleId: string): string {
  return parseModuleReference(moduleId)?.name ?? moduleId;
}
