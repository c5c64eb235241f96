// Clusters: named sets of an infra's servers and taskservs. Nothing runs because of one; all that it names must be there.
import { Fault } from "#domain/fault.ts";
import type { Cluster } from "#domain/provisioning/cluster.ts";
import type { ClusterSpec, Effect } from "#domain/provisioning/effect.ts";
import { database } from "#stores/database.ts";
import { nodesLabelled } from "#stores/nodes.ts";
import { deleteCluster, findCluster, putCluster } from "#stores/settings.ts";
import { listWorkloads } from "#stores/workloads.ts";
import type { Deed } from "./effects.ts";
import { INFRA_LABEL } from "./servers.ts";
import { OWNER } from "./taskservs.ts";

type ClusterEffect = Extract<Effect, { type: "cluster" }>;

const MEMBERS_MAX = 500;

export async function inspect(
  env: Env,
  { verb, spec }: ClusterEffect,
  key: string,
): Promise<Cluster | null> {
  const found = await findCluster(database(env), spec);
  if (verb === "create" && found !== null && found.key !== key) {
    throw new Fault("CONFLICT", `There is a cluster ${spec.name} in ${spec.infra} already.`);
  }
  if (found === null && (verb === "update" || verb === "check")) throw missing(spec);
  return found;
}

export async function perform(env: Env, { effect, key }: Deed<ClusterEffect>): Promise<string> {
  const { verb, spec } = effect;
  const db = database(env);
  switch (verb) {
    case "create":
    case "update": {
      const cluster = { ...(await membersOf(env, spec)), key };
      await putCluster(db, cluster);
      const { servers, taskservs } = cluster;
      return `Cluster ${spec.name} has ${servers.length} servers and ${taskservs.length} taskservs.`;
    }
    case "delete":
      await deleteCluster(db, spec);
      return `Cluster ${spec.name} is gone.`;
    case "check": {
      const found = await findCluster(db, spec);
      if (found === null) throw missing(spec);
      await membersOf(env, { ...spec, servers: found.servers, taskservs: found.taskservs });
      return `Cluster ${spec.name} has all of its members.`;
    }
  }
}

export async function undo(
  env: Env,
  { effect, key }: Deed<ClusterEffect>,
  before: unknown,
): Promise<void> {
  const { verb, spec } = effect;
  if (verb === "check") return;
  const db = database(env);
  const found = await findCluster(db, spec);
  const isOurs = verb === "delete" ? found === null : found?.key === key;
  if (!isOurs) return;
  // What `inspect` found before the effect, as the run kept it. A cluster of this key was made by this effect.
  const earlier = before as Cluster | null;
  if (earlier === null || earlier.key === key) await deleteCluster(db, spec);
  else await putCluster(db, earlier);
}

/** The servers and taskservs that it names, all of which must be there; or all that the infra has. */
async function membersOf(env: Env, spec: ClusterSpec): Promise<Omit<Cluster, "key">> {
  const { infra, name, type } = spec;
  const db = database(env);
  const nodes = (await nodesLabelled(db, INFRA_LABEL, infra)).map((node) => node.name);
  const page = { limit: MEMBERS_MAX, offset: 0 };
  const workloads = await listWorkloads(db, { namespace: infra, owner: OWNER, ...page });
  const taskservs = workloads.workloads.map(({ workload }) => workload.name);
  const faults = [
    ...(spec.servers ?? []).filter((one) => !nodes.includes(one)).map((one) => `server ${one}`),
    ...(spec.taskservs ?? [])
      .filter((one) => !taskservs.includes(one))
      .map((one) => `taskserv ${one}`),
  ];
  if (faults.length > 0) {
    throw new Fault(
      "NOT_FOUND",
      `Cluster ${name} names what ${infra} does not have: ${faults.join(", ")}.`,
    );
  }
  if (nodes.length === 0) throw new Fault("NOT_FOUND", `The infra ${infra} has no servers.`);
  return {
    infra,
    name,
    type,
    servers: spec.servers ?? nodes,
    taskservs: spec.taskservs ?? taskservs,
  };
}

function missing({ name, infra }: ClusterSpec): Fault {
  return new Fault("NOT_FOUND", `There is no cluster ${name} in ${infra}.`);
}
