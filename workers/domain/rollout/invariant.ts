// What must hold of every step, asserted where steps are taken and tested by properties.
import { weightSum } from "#domain/route.ts";
import { isTerminal, wakeAt } from "./rollout.ts";
import type { Command, Rollout, Step } from "./rollout.ts";

/** The sentences that a step breaks; none when it is sound. */
export function violations(before: Rollout, [after, commands]: Step): string[] {
  return [
    ...commands.flatMap((command) => routeViolations(after, command)),
    ...(isTerminal(after) || wakeAt(after) !== null
      ? []
      : [`${after.phase.name} is not terminal and has no deadline`]),
    ...(isTerminal(before) && !isTerminal(after) && before.phase.name !== "completed"
      ? [`left the terminal phase ${before.phase.name}`]
      : []),
    ...commands.flatMap((command) =>
      command.type === "record" &&
      (command.transition.actor === "" || command.transition.reason === "")
        ? ["a transition lacks an actor or a reason"]
        : [],
    ),
  ];
}

function routeViolations(rollout: Rollout, command: Command): string[] {
  if (command.type !== "route") return [];
  const planned = plannedShares(rollout);
  return command.routes.flatMap((route) => {
    const found: string[] = [];
    const sum = weightSum(route);
    if (route.entries.length > 0 && sum !== 100)
      found.push(`weights of ${route.region} sum to ${sum}`);
    const candidate = route.entries.find((entry) => entry.moduleId === rollout.candidate);
    const before = rollout.plan?.before.find(({ region }) => region === route.region);
    const stood =
      before?.entries.find((entry) => entry.moduleId === rollout.candidate)?.weight ?? 0;
    const alone = (before?.entries ?? []).every((entry) => entry.moduleId === rollout.candidate);
    const most = alone ? 100 : Math.max(stood, planned[route.region] ?? 0);
    if ((candidate?.weight ?? 0) > most && rollout.phase.name !== "finishing") {
      found.push(`${route.region} gives the candidate ${candidate?.weight}%, ${most}% is planned`);
    }
    return found;
  });
}

/** The largest share that each region may have by the waves that were begun. */
function plannedShares(rollout: Rollout): Record<string, number> {
  const { phase, plan } = rollout;
  const last = "wave" in phase ? phase.wave : rollout.live;
  const shares: Record<string, number> = {};
  for (const wave of plan?.waves.slice(0, last + 1) ?? []) {
    for (const [region, share] of Object.entries(wave.shares)) {
      shares[region] = Math.max(shares[region] ?? 0, share);
    }
  }
  return shares;
}
