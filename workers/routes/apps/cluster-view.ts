// The cluster → the 002 document's shapes. Its times are seconds since 1970, with fractions.
import type { Cluster, ClusterMember } from "#domain/cluster.ts";
import { Fault } from "#domain/fault.ts";
import { API_VERSION } from "#http/openapi.ts";

type Place = { readonly origin: string; readonly controllerId: string | null };

export function controllerUrl(origin: string, id: string): string {
  return `${origin}/cluster/controllers/${encodeURIComponent(id)}`;
}

export function clusterStatus(cluster: Cluster, place: Place) {
  const { members, lease, size } = cluster;
  const seen = seenFrom(cluster, place);
  return {
    node_id: seen?.id ?? "",
    hostname: seen === undefined ? "" : hostname(seen),
    state: seen?.state ?? "follower",
    term: lease?.term ?? 0,
    is_leader: seen?.state === "leader",
    leader_id: lease?.leaderId ?? null,
    cluster_size: size,
    nodes: members.map((member) => ({
      node_id: member.id,
      hostname: hostname(member),
      state: member.state,
      is_healthy: member.isHealthy,
      last_heartbeat: member.heartbeatAt === null ? null : seconds(member.heartbeatAt),
    })),
    lease: lease === null ? null : { ...leaseOf(cluster, place), ...termOf(lease) },
  };
}

export function clusterLeader(cluster: Cluster, place: Place) {
  const { lease } = cluster;
  if (lease === null) throw new Fault("NO_LEADER", "No leader elected");
  const term = { term: lease.term, lease_expires_at: seconds(lease.expiresAt) };
  return { ...leaseOf(cluster, place), ...term };
}

export function clusterHealth(cluster: Cluster, place: Place, now: number) {
  const seen = seenFrom(cluster, place);
  return {
    status: cluster.isReady ? ("healthy" as const) : ("degraded" as const),
    clustering: "enabled" as const,
    node_id: seen?.id ?? "",
    state: seen?.state ?? "follower",
    is_leader: seen?.state === "leader",
    leader_id: cluster.lease?.leaderId ?? null,
    cluster_size: cluster.size,
    cluster_ready: cluster.isReady,
    timestamp: seconds(now),
    version: API_VERSION,
  };
}

/** Without controllers one Worker does it all. */
export function aloneHealth(now: number) {
  const timestamp = seconds(now);
  return { status: "healthy", clustering: "disabled", timestamp, version: API_VERSION } as const;
}

/** At the deployment's own URL it is the leader that answers, or the first controller while there is none. */
function seenFrom({ members, lease }: Cluster, { controllerId }: Place): ClusterMember | undefined {
  const id = controllerId ?? lease?.leaderId;
  return members.find((member) => member.id === id) ?? members[0];
}

function leaseOf({ members, lease }: Cluster, { origin }: Place) {
  const id = lease?.leaderId ?? "";
  const member = members.find((one) => one.id === id);
  return {
    leader_id: id,
    hostname: member === undefined ? id : hostname(member),
    api_url: controllerUrl(origin, id),
  };
}

function termOf({ term, acquiredAt, expiresAt, renewedAt }: NonNullable<Cluster["lease"]>) {
  return {
    term,
    acquired_at: seconds(acquiredAt),
    expires_at: seconds(expiresAt),
    renewed_at: seconds(renewedAt),
  };
}

function hostname({ id, region }: ClusterMember): string {
  return `${id}.${region}`;
}

function seconds(ms: number): number {
  return ms / 1000;
}
