// A deployment: so many instances, wherever there is room. What is old gives way to what is new within the bounds of
// the update policy; whatever isn't ready gives way at once, since nobody counts on it.
import type { Allotment } from "./allotment.ts";
import { byWorth, isPending, isPlaced } from "./round.ts";
import type { Round } from "./round.ts";
import type { Placed } from "./instance.ts";

export function planReplicas(round: Round, allotment: Allotment, replicas: number): void {
  // Where it stood in a slot of another kind, it is one of many from now on.
  for (const instance of round.draft.instances) {
    if (instance.slot !== null) round.draft.put({ ...instance, slot: null });
  }
  const { standing } = round;
  const current: Placed[] = [];
  const old: Placed[] = [];
  for (const instance of byWorth(standing.filter(isPlaced))) {
    const isCurrent = round.matches(instance) && allotment.keeps(instance.node);
    (isCurrent ? current : old).push(instance);
  }
  for (const instance of round.returned) {
    const isShort = current.length < replicas && round.matches(instance);
    if (isShort && allotment.keeps(instance.node)) current.push(round.adopt(instance));
    else round.dismiss(instance);
  }
  const surplus = Math.max(0, current.length + standing.filter(isPending).length - replicas);
  const leaving = [...current, ...standing.filter(isPending)].reverse().slice(0, surplus);
  for (const instance of leaving) round.dismiss(instance);
  giveWay(round, old, replicas);
  const room = replicas + round.workload.update.surge - round.standing.length;
  const pending = round.standing.filter(isPending);
  const kept = Math.max(0, pending.length + Math.min(0, room));
  for (const instance of pending.slice(kept)) round.dismiss(instance);
  const placed = Math.min(current.length, replicas);
  const missing = Math.min(room, replicas - placed - pending.length);
  for (let count = 0; count < missing; count += 1) round.draft.add({ slot: null, run: null });
}

function giveWay(round: Round, old: readonly Placed[], replicas: number): void {
  const ready = round.standing.filter(({ phase }) => phase === "ready").length;
  let spare = ready - Math.max(0, replicas - round.workload.update.unavailable);
  for (const instance of [...old].reverse()) {
    if (instance.phase === "ready") {
      if (spare <= 0) continue;
      spare -= 1;
    }
    round.dismiss(instance);
  }
}
