// Statefulsets and daemonsets: each slot has one instance at most, and another comes only when the last has gone from
// a node that can be reached. Ordered slots start from the first and give way from the last, one after the other. What
// ran so many times in all before it was to run on each node takes the slots where it stands; the rest of it goes once
// every slot is served.
import { serves } from "#domain/placement/spread.ts";
import type { Allotment } from "./allotment.ts";
import { isStanding } from "./instance.ts";
import type { Instance, Placed } from "./instance.ts";
import { byWorth, isPlaced } from "./round.ts";
import type { Round } from "./round.ts";

export function planOrdered(round: Round, allotment: Allotment, replicas: number): void {
  const slots = Array.from({ length: replicas }, (_, at) => `${at}`);
  const spare = clear(round, { slots, isOrdered: true });
  settle(round, { slots, spare, isCurrent: (instance) => allotment.keeps(instance.node) });
  const bySlot = slotted(round);
  for (const slot of slots) {
    const here = bySlot.get(slot) ?? [];
    if (here.length === 0) round.draft.add({ slot, run: null });
    if (!here.some(({ phase }) => phase === "ready")) return;
  }
}

/** Tells how many there should be. */
export function planDaemons(round: Round, perNode: number): number {
  const { workload, cluster } = round;
  const kept = new Set(round.draft.instances.map(({ slot }) => slot));
  const slots: string[] = [];
  for (const node of cluster.nodes.values()) {
    const isWanted =
      node.isAlive &&
      round.allows(node) &&
      (workload.spread.length === 0 || workload.spread.some((rule) => serves(node, rule)));
    for (let number = 0; number < (isWanted ? perNode : 0); number += 1) {
      const slot = `${node.id}/${number}`;
      if (node.isOpen || kept.has(slot)) slots.push(slot);
    }
  }
  const staying = settleReplicas(round, slots);
  const spare = clear(round, { slots, staying, isOrdered: false });
  settle(round, { slots, spare, isCurrent: () => true });
  const bySlot = slotted(round);
  for (const slot of slots) if (!bySlot.has(slot)) round.draft.add({ slot, run: null });
  return slots.length;
}

/** A slot whose node has no room beside a replica of before: that goes first after all. */
export function makeRoom(round: Round): void {
  const { instances } = round.draft;
  const full = new Set(
    instances.flatMap((instance) => {
      const { slot } = instance;
      const isRefused = instance.phase === "pending" && instance.retryAt <= round.now;
      return isRefused && slot !== null ? [nodeOfSlot(slot)] : [];
    }),
  );
  for (const instance of instances) {
    const isBefore = isStanding(instance) && !isDaemons(instance);
    if (isBefore && isPlaced(instance) && full.has(instance.node)) round.dismiss(instance);
  }
}

/** Gives replicas that may stay the free slots of their nodes; tells which of the others have to be there until then. */
function settleReplicas(round: Round, slots: readonly string[]): ReadonlySet<string> {
  const taken = new Set(slotted(round).keys());
  const left: Placed[] = [];
  for (const instance of byWorth(round.standing.filter(isPlaced))) {
    if (isDaemons(instance)) continue;
    const slot = slots.find((one) => nodeOfSlot(one) === instance.node && !taken.has(one));
    if (slot === undefined || !round.matches(instance)) {
      left.push(instance);
      continue;
    }
    taken.add(slot);
    round.draft.put({ ...instance, slot });
  }
  const served = new Set(
    round.standing.flatMap(({ phase, slot }) => (phase === "ready" && slot !== null ? [slot] : [])),
  );
  const isServed = slots.every((slot) => served.has(slot));
  return new Set(left.flatMap(({ id, phase }) => (phase === "ready" && !isServed ? [id] : [])));
}

function isDaemons({ slot }: Instance): boolean {
  return slot?.includes("/") === true;
}

export function nodeOfSlot(slot: string): string {
  return slot.slice(0, slot.lastIndexOf("/"));
}

/** Dismisses what stands in no slot that is wanted; tells how many that are ready may give way besides. */
function clear(
  round: Round,
  of: { slots: readonly string[]; staying?: ReadonlySet<string>; isOrdered: boolean },
): number {
  const { slots, staying = new Set<string>(), isOrdered } = of;
  const wanted = new Set(slots);
  const outside = round.standing.filter(
    ({ id, slot }) => !staying.has(id) && (slot === null || !wanted.has(slot)),
  );
  const isBusy = round.draft.instances.some(
    (instance) => isLeaving(instance) && round.isReachable(instance),
  );
  outside.sort((one, other) => Number(other.slot) - Number(one.slot));
  const placed = outside.filter(isPlaced);
  for (const instance of outside) if (!isPlaced(instance)) round.dismiss(instance);
  for (const instance of isOrdered ? placed.slice(0, isBusy ? 0 : 1) : placed) {
    round.dismiss(instance);
  }
  const ready = round.standing.filter(
    ({ slot, phase }) => phase === "ready" && slot !== null && wanted.has(slot),
  );
  return ready.length - Math.max(0, slots.length - round.workload.update.unavailable);
}

/** One for each slot: the others go, as does what is old, the ready ones from the last and as far as they are spare. */
function settle(
  round: Round,
  of: {
    readonly slots: readonly string[];
    readonly spare: number;
    readonly isCurrent: (instance: Placed) => boolean;
  },
): void {
  const { slots, isCurrent } = of;
  let { spare } = of;
  const bySlot = slotted(round);
  const wanted = new Set(slots);
  const adoptable = new Map<string, Placed>();
  for (const instance of round.returned) {
    const { slot } = instance;
    const isTaken = slot === null || !wanted.has(slot) || adoptable.has(slot);
    if (isTaken || (bySlot.get(slot) ?? []).some(isPlaced)) round.dismiss(instance);
    else adoptable.set(slot, instance);
  }
  for (const slot of [...slots].reverse()) {
    const [first, ...others] = byWorth((bySlot.get(slot) ?? []).filter(isStanding));
    for (const instance of others) round.dismiss(instance);
    const back = adoptable.get(slot);
    if (back !== undefined) {
      if (!round.matches(back) || !isCurrent(back)) round.dismiss(back);
      else {
        round.adopt(back);
        if (first !== undefined) round.dismiss(first);
      }
      continue;
    }
    if (first === undefined || !isPlaced(first)) continue;
    if (round.matches(first) && isCurrent(first)) continue;
    if (first.phase === "ready") {
      if (spare <= 0) continue;
      spare -= 1;
    }
    round.dismiss(first);
  }
}

/** By slot: what stands there, and what is still leaving a node that can be reached. */
function slotted(round: Round): Map<string, Instance[]> {
  const found = new Map<string, Instance[]>();
  for (const instance of round.draft.instances) {
    const isThere = isStanding(instance) || (isLeaving(instance) && round.isReachable(instance));
    if (instance.slot === null || !isThere) continue;
    const here = found.get(instance.slot);
    if (here === undefined) found.set(instance.slot, [instance]);
    else here.push(instance);
  }
  return found;
}

function isLeaving({ phase }: Instance): boolean {
  return phase === "draining" || phase === "stopping";
}
