// Components that no application asks for: somebody says of each host how many instances it should have. All hosts'
// together are one workload of the lattice, spread over them.
import { Fault } from "#domain/fault.ts";
import { httpKindOf } from "#domain/http.ts";
import type { JsonObject } from "#domain/json.ts";
import type { Principal } from "#domain/role.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import { DEFAULT_SPEC } from "#domain/workload/workload.ts";
import type { WorkloadSpec } from "#domain/workload/workload.ts";
import { OWNER } from "./applications.ts";
import { imageOf, livingNode } from "./hosts.ts";
import { resolveImage } from "./oci.ts";
import { grantsByHand, namedValues } from "./wiring.ts";
import {
  changeWorkload,
  createWorkload,
  findWorkload,
  removeWorkload,
  workloadInstances,
} from "./workloads.ts";

export type Scaled = {
  readonly lattice: string;
  readonly host: string;
  readonly component: string;
  readonly image: string;
  /** 0 takes the component off the host. */
  readonly instances: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly configNames: readonly string[];
};

type By = { readonly principal: Principal };
type Hosts = Readonly<Record<string, number>>;

/** How often another may have changed the component meanwhile. */
const TRIES = 5;

/** Acknowledged when the lattice has taken it: instances come and go after that. */
export async function scaleComponent(env: Env, wanted: Scaled, by: By): Promise<void> {
  await livingNode(env, wanted.host);
  for (let tried = 1; ; tried += 1) {
    try {
      return await scaleOnce(env, wanted, by);
    } catch (thrown) {
      const isOvertaken =
        thrown instanceof Fault && thrown.code === "CONFLICT" && thrown.details.length === 0;
      if (!isOvertaken || tried === TRIES) throw thrown;
    }
  }
}

/** Of all its hosts: a lattice runs a component in one version. */
export async function updateComponent(
  env: Env,
  of: Pick<Scaled, "lattice" | "host" | "component" | "image" | "annotations">,
  by: By,
): Promise<void> {
  await livingNode(env, of.host);
  const found = await ownedByHand(env, of);
  if (found === null || ((await hostsOf(env, found))[of.host] ?? 0) === 0) {
    const message = `Component ${of.component} doesn't run on host ${of.host}.`;
    throw new Fault("NOT_FOUND", message);
  }
  const module = await resolveImage(env, of.image, { ...by, now: Date.now() });
  const { id, details } = found.workload;
  const change = {
    moduleId: module.id,
    isHttp: httpKindOf(module) !== null,
    details: { ...details, annotations: of.annotations },
  };
  await changeWorkload(env, id, { change, ifMatch: null, ...by });
}

async function scaleOnce(env: Env, wanted: Scaled, by: By): Promise<void> {
  const { lattice, component, configNames, annotations } = wanted;
  const found = await ownedByHand(env, wanted);
  const before = found === null ? {} : await hostsOf(env, found);
  const hosts = Object.fromEntries(
    Object.entries({ ...before, [wanted.host]: wanted.instances }).filter(([, count]) => count > 0),
  );
  if (Object.keys(hosts).length === 0) {
    if (found !== null) await removeWorkload(env, found.workload.id, found.resourceVersion);
    return;
  }
  const module =
    wanted.instances === 0
      ? null
      : await resolveImage(env, wanted.image, { ...by, now: Date.now() });
  if (found !== null && module !== null && found.workload.moduleId !== module.id) {
    const message = `Component ${component} runs ${imageOf(found.workload.moduleId)}, not ${imageOf(module.id)}: update it, or scale it to 0 first.`;
    throw new Fault("CONFLICT", message, { details: ["component_ref differs."] });
  }
  const details: JsonObject = {
    model: null,
    component,
    hosts,
    annotations,
    configNames,
  };
  const change = {
    ...spreadOver(hosts),
    config: await namedValues(env, lattice, configNames),
    grants: await grantsByHand(env, lattice, component),
    targets: null,
    update: { surge: 1, unavailable: 0 },
    details,
  };
  if (found !== null) {
    await changeWorkload(env, found.workload.id, { change, ifMatch: found.resourceVersion, ...by });
  } else if (module !== null) {
    const at = { namespace: lattice, owner: OWNER, name: component };
    const of = { ...at, moduleId: module.id, isHttp: httpKindOf(module) !== null };
    await createWorkload(env, { ...DEFAULT_SPEC, ...change, ...of }, by);
  }
}

/** Weights that are the counts themselves: each host gets exactly its own. */
function spreadOver(hosts: Hosts): Pick<WorkloadSpec, "kind" | "spread"> {
  const counts = Object.entries(hosts);
  return {
    kind: { type: "deployment", replicas: counts.reduce((sum, [, count]) => sum + count, 0) },
    spread: counts.map(([host, weight]) => ({ name: host, weight, requirements: { node: host } })),
  };
}

/** Null where there is none; a fault where a manifest speaks for it. */
async function ownedByHand(
  env: Env,
  { lattice, component }: Pick<Scaled, "lattice" | "component">,
): Promise<WorkloadRecord | null> {
  const found = await findWorkload(env, { namespace: lattice, owner: OWNER, name: component });
  const model = found?.workload.details["model"] ?? null;
  if (model === null) return found;
  const message = `Component ${component} is the application ${JSON.stringify(model)}'s: change its manifest.`;
  throw new Fault("CONFLICT", message, { details: ["It is managed by wadm."] });
}

/** What an application left behind was not scaled by host yet: it is taken as it stands. */
async function hostsOf(env: Env, { workload }: WorkloadRecord): Promise<Hosts> {
  const { hosts } = workload.details;
  if (typeof hosts === "object" && hosts !== null && !Array.isArray(hosts)) {
    const counts = Object.entries(hosts);
    return Object.fromEntries(
      counts.filter((pair): pair is [string, number] => typeof pair[1] === "number"),
    );
  }
  const counts: Record<string, number> = {};
  for (const { node, phase } of await workloadInstances(env, workload.id)) {
    const isLeaving = phase === "stopping" || phase === "draining" || phase === "lost";
    if (node !== null && !isLeaving) counts[node] = (counts[node] ?? 0) + 1;
  }
  return counts;
}
