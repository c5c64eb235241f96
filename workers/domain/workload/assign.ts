// Gives each pending instance whose time has come a node, or says why there is none.
import { Placer } from "#domain/placement/placement.ts";
import type { Placed as Found } from "#domain/placement/placement.ts";
import type { Allotment } from "./allotment.ts";
import { isStanding } from "./instance.ts";
import type { Pending, Placed } from "./instance.ts";
import { isPending } from "./round.ts";
import type { Round } from "./round.ts";
import { nodeOfSlot } from "./slots.ts";

export function assign(round: Round, allotment: Allotment): void {
  const due = round.draft.instances.filter(isPending).filter(({ retryAt }) => retryAt <= round.now);
  if (due.length === 0) return;
  const placer = placerOf(round);
  /** What has no room for one has none for the next: it isn't looked for again. */
  let full: Found | null = null;
  for (const pending of due) {
    const found: Found = full ?? find(placer, { round, pending, allotment });
    if (found.node !== null) {
      allotment.take(found.node);
      round.draft.put(startOf(round, pending, found.node));
      continue;
    }
    if (round.workload.kind.type !== "daemonset") full = found;
    if (pending.reason !== found.reason) round.draft.put({ ...pending, reason: found.reason });
  }
}

function placerOf({ draft, workload, cluster }: Round): Placer {
  const standing = new Map<string, number>();
  for (const instance of draft.instances) {
    if (instance.node === null || !isStanding(instance)) continue;
    standing.set(instance.node, (standing.get(instance.node) ?? 0) + 1);
  }
  const { placement, resources, moduleId, needs } = workload;
  return new Placer(cluster, { placement, resources, moduleId, needs, standing });
}

function find(
  placer: Placer,
  of: { readonly round: Round; readonly pending: Pending; readonly allotment: Allotment },
): Found {
  const { round, pending, allotment } = of;
  if (round.workload.kind.type === "daemonset")
    return placer.placeOn(nodeOfSlot(pending.slot ?? ""));
  const isAllowed = allotment.isFree ? null : (node: string): boolean => allotment.admits(node);
  const { avoid } = pending;
  if (avoid === null) return placer.place(isAllowed);
  const elsewhere = placer.place((node) => node !== avoid && allotment.admits(node));
  return elsewhere.node === null ? placer.place(isAllowed) : elsewhere;
}

function startOf({ workload, now }: Round, pending: Pending, node: string): Placed {
  const { id, slot, run, attempt, reason } = pending;
  const { name, moduleId, revision, resources } = workload;
  const isOrdered = workload.kind.type === "statefulset";
  return {
    id,
    slot,
    run,
    attempt,
    reason,
    name: `${name}-${isOrdered && slot !== null ? slot : id.slice(id.lastIndexOf(".") + 1)}`,
    phase: "starting",
    node,
    moduleId,
    revision,
    resources,
    since: now,
    readyAt: null,
    sentAt: null,
  };
}
