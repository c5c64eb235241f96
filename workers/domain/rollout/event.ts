// A transition of a rollout as an event that anyone may follow.
import type { EventLevel, NewEvent } from "#domain/event.ts";
import { versionOf } from "#domain/variant.ts";
import type { Rollout, Transition } from "./rollout.ts";

/** Told twice, a transition is one event: its number is its key. */
export function eventOf(rollout: Rollout, transition: Transition): NewEvent {
  const { sequence, at, actor, from, to, reason, evidence } = transition;
  return {
    type: `deployment.${typeOf(transition)}`,
    at,
    subject: `deployments/${rollout.id}`,
    app: rollout.moduleName,
    message: `${rollout.candidate}: ${reason}`,
    level: levelOf(transition),
    data: {
      deployment_id: rollout.id,
      module_id: versionOf(rollout.candidate),
      strategy: rollout.strategy.name,
      actor,
      from,
      to,
      reason,
      evidence: evidence.map((verdict) => ({ ...verdict })),
    },
    key: `${rollout.id} ${sequence}`,
  };
}

/** What a phase is called as an event: the word of the phase, but where it began or was refused. */
function typeOf({ from, to }: Transition): string {
  const phase = wordOf(to);
  if (from === "none") return "created";
  if (phase === "claiming") return "started";
  if (phase === "pending") return from === "pending" ? "approved" : "refused";
  return phase === "rolledBack" ? "rolled_back" : phase;
}

function levelOf({ from, to }: Transition): EventLevel {
  const phase = wordOf(to);
  if (phase === "failed") return "error";
  const isRefused = phase === "pending" && wordOf(from) === "claiming";
  const isTrouble = to === "paused (failure)" || to === "paused (inconclusive)";
  const isBack = phase === "withdrawing" || phase === "rolledBack";
  return isRefused || isTrouble || isBack ? "warning" : "info";
}

function wordOf(phase: string): string {
  return phase.split(" ")[0] ?? phase;
}
