// The cluster as its callers see it: which controllers there are, which of them leads, and whether that is enough.
import { MEMBER_STALE_MS } from "./election/lease.ts";
import type { Lease } from "./election/lease.ts";
import type { MemberState } from "./election/member.ts";

export type ControllerName = { readonly id: string; readonly region: string };

export type ClusterMember = ControllerName & {
  readonly state: MemberState;
  readonly isHealthy: boolean;
  /** Null while it was never heard of. */
  readonly heartbeatAt: number | null;
};

export type Cluster = {
  readonly members: readonly ClusterMember[];
  /** Null while nobody leads. */
  readonly lease: Lease | null;
  /** Members whose heartbeat is young enough. */
  readonly size: number;
  /** Somebody leads, and more than half of the controllers are well. */
  readonly isReady: boolean;
};

/** `controller-1=us-east, controller-2=eu-west`. What names no region is in `default`; none at all: one Worker alone. */
export function parseControllers(text: string): ControllerName[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  return entries.map((entry) => {
    const [id = "", region = "default"] = entry.split("=");
    return { id, region };
  });
}

export function clusterOf(
  named: readonly ControllerName[],
  known: {
    readonly lease: Lease | null;
    readonly controllers: readonly {
      readonly id: string;
      readonly state: MemberState;
      readonly heartbeatAt: number;
    }[];
  },
  now: number,
): Cluster {
  const lease = known.lease !== null && now < known.lease.expiresAt ? known.lease : null;
  const members = named.map(({ id, region }): ClusterMember => {
    const row = known.controllers.find((controller) => controller.id === id);
    const heartbeatAt = row?.heartbeatAt ?? null;
    const isHealthy = heartbeatAt !== null && now - heartbeatAt < MEMBER_STALE_MS;
    // The lease alone says who leads: what a member last said of itself may be old, and it is no
    // candidate while another leads.
    const said = lease === null && row?.state === "candidate" ? "candidate" : "follower";
    return { id, region, state: lease?.leaderId === id ? "leader" : said, isHealthy, heartbeatAt };
  });
  const size = members.filter(({ isHealthy }) => isHealthy).length;
  return { members, lease, size, isReady: lease !== null && 2 * size > named.length };
}
