// Workloads as they were written. Their instances follow, as after any other change.
import {
  changeWorkload,
  createWorkload,
  findWorkload,
  removeWorkload,
} from "#control/workloads.ts";
import { isSame } from "#domain/checkpoint.ts";
import { settled } from "#domain/workload/rollout.ts";
import type { WorkloadSpec } from "#domain/workload/workload.ts";
import { database } from "#stores/database.ts";
import { listWorkloads } from "#stores/workloads.ts";
import type { Section } from "./section.ts";

/** Dialects whose workloads are all that they keep; the others restore their own, and workloads follow. */
const OWNERS = ["edge", "provisioning"];
const PAGE = 200;

type Kept = { readonly id: string; readonly spec: WorkloadSpec };

export const workloads: Section = {
  async read(env) {
    const entries: Record<string, Kept> = {};
    for (const owner of OWNERS) {
      for (let offset = 0, total = 1; offset < total; offset += PAGE) {
        const page = await listWorkloads(database(env), { owner, limit: PAGE, offset });
        total = page.total;
        for (const { workload } of page.workloads) {
          const { id, revision: _, ...spec } = settled(workload);
          entries[`${spec.namespace}/${owner}/${spec.name}`] = { id, spec };
        }
      }
    }
    return entries;
  },

  async put(env, { key, value }, username) {
    // Read by `read`.
    const { id, spec } = value as Kept;
    const principal = { username };
    const found = await findWorkload(env, placeOf(key));
    if (found === null) {
      await createWorkload(env, spec, { principal, id });
      return;
    }
    const { id: standing, revision: _, ...current } = settled(found.workload);
    if (isSame(current, spec)) return;
    await changeWorkload(env, standing, { change: spec, ifMatch: null, principal });
  },

  async remove(env, key) {
    const found = await findWorkload(env, placeOf(key));
    if (found !== null) await removeWorkload(env, found.workload.id);
  },
};

function placeOf(key: string): { namespace: string; owner: string; name: string } {
  const [namespace = "", owner = "", name = ""] = key.split("/");
  return { namespace, owner, name };
}
