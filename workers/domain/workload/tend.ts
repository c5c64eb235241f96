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
      if (age < startMs) return;
      round.enter(instance, "stopping");
      draft.replace(instance, `It did not start within ${startMs} ms.`, now);
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
