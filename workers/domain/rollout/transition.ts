// How a rollout changes phase: always with an actor, a reason and the evidence, always as a new turn.
import type { Verdict } from "./verdict.ts";
import type { Command, Phase, Rollout, Step, Transition } from "./rollout.ts";

/** Who decided, why, and by which numbers. `system` when a rule did. */
export type Because = {
  readonly now: number;
  readonly actor: string;
  readonly reason: string;
  readonly evidence?: readonly Verdict[];
};

export const SYSTEM = "system";

/** Enters a phase. The commands are made with the new turn, so outcomes can be told from late ones. */
export function enter(
  rollout: Rollout,
  because: Because,
  change: {
    readonly phase: Phase;
    readonly with?: Partial<Rollout>;
    readonly commands?: (turn: number) => readonly Command[];
  },
): Step {
  const turn = rollout.turn + 1;
  const next: Rollout = {
    ...rollout,
    ...change.with,
    phase: change.phase,
    turn,
    recorded: rollout.recorded + 1,
  };
  const transition: Transition = {
    sequence: next.recorded,
    at: because.now,
    actor: because.actor,
    from: describe(rollout.phase),
    to: describe(change.phase),
    reason: because.reason,
    evidence: because.evidence ?? [],
  };
  return [next, [...remember(transition), ...(change.commands?.(turn) ?? [])]];
}

/** The commands by which a transition becomes known. */
export function remember(transition: Transition): readonly Command[] {
  return [
    { type: "record", transition },
    { type: "tell", transition },
  ];
}

/** Ends the rollout: its claim on the regions is given back. */
export function end(
  rollout: Rollout,
  because: Because,
  outcome: { name: "completed" | "failed" | "rolledBack"; commands?: readonly Command[] },
): Step {
  const [next, commands] = enter(rollout, because, {
    phase: { name: outcome.name, at: because.now },
    with: {
      endedAt: because.now,
      message: outcome.name === "completed" ? null : (rollout.message ?? because.reason),
    },
  });
  const release: Command = { type: "release", turn: next.turn };
  return [next, [...commands, ...(outcome.commands ?? []), release]];
}

function describe(phase: Phase): string {
  switch (phase.name) {
    case "checking":
      return `checking (${phase.purpose})`;
    case "paused":
      return `paused (${phase.cause})`;
    case "withdrawing":
      return `withdrawing (${phase.step})`;
    case "pending":
    case "claiming":
    case "loading":
    case "routing":
    case "baking":
    case "judging":
    case "finishing":
    case "completed":
    case "failed":
    case "rolledBack":
      return phase.name;
  }
}
