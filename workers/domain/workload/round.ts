// One round of one workload: the draft of its next state, the nodes as they are, and the few moves that every kind of
// workload is reconciled by. Moves change the draft alone; commands follow from it at the end.
import type { Cluster } from "#domain/placement/cluster.ts";
import { satisfies } from "#domain/placement/constraint.ts";
import { lackOfNeeds } from "#domain/placement/need.ts";
import type { PlacementNode } from "#domain/placement/node.ts";
import { isStanding } from "./instance.ts";
import type { Instance, Pending, Placed } from "./instance.ts";
import { Draft } from "./state.ts";
import type { WorkloadState } from "./state.ts";
import type { Workload } from "./workload.ts";

export class Round {
  readonly workload: Workload;
  readonly cluster: Cluster;
  readonly now: number;
  readonly draft: Draft;

  constructor(
    workload: Workload,
    of: { readonly state: WorkloadState; readonly cluster: Cluster },
    now: number,
  ) {
    this.workload = workload;
    this.cluster = of.cluster;
    this.now = now;
    this.draft = new Draft(of.state);
  }

  get standing(): Instance[] {
    return this.draft.instances.filter(isStanding);
  }

  /** Lost on a node that is back: each is adopted or dismissed in this round. */
  get returned(): Placed[] {
    return this.draft.instances.filter(
      (instance): instance is Placed => instance.phase === "lost" && this.isReachable(instance),
    );
  }

  isReachable({ node }: Instance): boolean {
    return node !== null && this.cluster.nodes.get(node)?.isAlive === true;
  }

  /** It runs what is wanted, on a node that is open and that the constraints allow. */
  matches(instance: Placed): boolean {
    return (
      this.cluster.nodes.get(instance.node)?.isOpen === true &&
      instance.revision === this.workload.revision &&
      this.isAllowed(instance)
    );
  }

  /** The constraints allow its node as it is now, and that has what the workload needs. */
  isAllowed({ node: id }: Placed): boolean {
    const node = this.cluster.nodes.get(id);
    return node !== undefined && this.allows(node);
  }

  allows(node: PlacementNode): boolean {
    const { placement, needs = [] } = this.workload;
    if (node.lacks !== undefined && lackOfNeeds(node.lacks, needs) !== null) return false;
    return placement.constraints.every((constraint) => satisfies(node, constraint));
  }

  enter(instance: Placed, phase: Placed["phase"]): Placed {
    const entered: Placed = { ...instance, phase, since: this.now, sentAt: null };
    this.draft.put(entered);
    return entered;
  }

  /** Takes a returned instance up again: its start is asked for, which does nothing where it still runs. */
  adopt(instance: Placed): Placed {
    return this.enter(instance, "starting");
  }

  /** What may have calls in flight is drained first. */
  dismiss(instance: Instance): void {
    if (instance.phase === "pending") this.draft.forget(instance.id);
    else this.enter(instance, instance.phase === "starting" ? "stopping" : "draining");
  }
}

export function isPlaced(instance: Instance): instance is Placed {
  return instance.phase !== "pending";
}

export function isPending(instance: Instance): instance is Pending {
  return instance.phase === "pending";
}

const RANK: Readonly<Record<Instance["phase"], number>> = {
  ready: 0,
  unhealthy: 1,
  starting: 2,
  pending: 3,
  lost: 4,
  draining: 5,
  stopping: 6,
};

/** Those that are worth most first; of equals the oldest. */
export function byWorth<Kind extends Instance>(instances: readonly Kind[]): Kind[] {
  return [...instances].sort((one, other) => RANK[one.phase] - RANK[other.phase]);
}
