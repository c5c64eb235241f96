// What time and the nodes do to instances, whatever the workload wants: nodes die, starts and drains take too long,
// what is unhealthy for too long is replaced.
import { LOST_KEPT_MS } from "./instance.ts";
import type { Placed } from "./instance.ts";
import { isPlaced } from "./round.ts";
import type { Round } from "./round.ts";

export function tend(round: Round): void {
  for (const instance of round.draft.instances.filter(isPlaced)) {
    if (round.isReachable(instance)) onTime(round, instance);
    else onDead(round, instance);
  }
}

/** What is leaving stays so, and goes on when the node is back. */
function onDead(round: Round, instance: Placed): void {
  switch (instance.phase) {
    case "starting":
    case "ready":
    case "unhealthy":
      round.enter(instance, "lost");
      return;
    case "draining":
    case "stopping":
    case "lost":
      if (round.now - instance.since >= LOST_KEPT_MS) round.draft.forget(instance.id);
  }
}

function onTime(round: Round, instance: Placed): void {
  const { draft, now } = round;
  const { startMs, unhealthyMs, drainMs } = round.workload.timing;
  const age = now - instance.since;
  switch (instance.phase) {
    case "starting":
      // What serves gives way by its turn; what may not have begun yet isn't asked for where it is no longer allowed.
      if (age < startMs && round.isAllowed(instance)) return;
      round.enter(instance, "stopping");
      draft.replace(instance, whyNot(round, instance), now);
      return;
    case "unhealthy":
      if (age < unhealthyMs) return;
      round.enter(instance, "draining");
      draft.replace(instance, instance.reason ?? `It was unhealthy for ${unhealthyMs} ms.`, now);
      return;
    case "draining":
      if (age >= drainMs) round.enter(instance, "stopping");
      return;
    case "ready":
    case "stopping":
    case "lost":
  }
}

function whyNot(round: Round, instance: Placed): string {
  if (!round.isAllowed(instance)) return `The constraints no longer allow node ${instance.node}.`;
  return `It did not start within ${round.workload.timing.startMs} ms.`;
}
