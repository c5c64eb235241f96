// Workloads in a namespace of their own, in a region of their own, and the waiting for what becomes of them.
import { env } from "cloudflare:workers";
import * as control from "#control/workloads.ts";
import type { UserPrincipal } from "#domain/role.ts";
import type { InstanceView, WorkloadRecord } from "#domain/workload/record.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import type { WorkloadSpec } from "#domain/workload/workload.ts";
import { eventually } from "#test/builders/deployments.ts";
import { module } from "#test/builders/modules.ts";
import { unique } from "#test/builders/users.ts";

export const BY: UserPrincipal = { username: "dev@example.com", role: "Developer" };

/** Three replicas in a region, except for what the test gives. */
export async function spec(
  region: string,
  given: Partial<WorkloadSpec> = {},
): Promise<WorkloadSpec> {
  const only = { key: "region", operator: "In", values: [region] } as const;
  return {
    ...DEFAULT_SPEC,
    namespace: unique("space"),
    name: unique("workload"),
    owner: "test",
    moduleId: given.moduleId ?? (await module()),
    kind: { type: "deployment", replicas: 3 },
    placement: { ...DEFAULT_SPEC.placement, constraints: [only] },
    ...given,
  };
}

export async function workload(
  region: string,
  given: Partial<WorkloadSpec> = {},
): Promise<WorkloadRecord> {
  return control.createWorkload(env, await spec(region, given), { principal: BY });
}

export function stands(
  id: string,
  hoped: (record: WorkloadRecord) => boolean,
): Promise<WorkloadRecord> {
  return eventually(() => control.getWorkload(env, id), hoped);
}

/** Once it has that phase. */
export function phase(
  id: string,
  name: WorkloadRecord["status"]["phase"],
): Promise<WorkloadRecord> {
  return stands(id, ({ status }) => status.phase === name);
}

export async function ready(id: string): Promise<InstanceView[]> {
  const all = await control.workloadInstances(env, id);
  return all.filter((one) => one.phase === "ready");
}

export function nodesOf(instances: readonly InstanceView[]): string[] {
  return instances.map(({ node }) => node ?? "none").sort();
}
