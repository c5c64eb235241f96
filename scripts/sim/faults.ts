// Faults to plant in the cores, each a change of their text, with the world in which it should show.
import type { WorldName } from "#test/sim/played.ts";

export type Fault = {
  readonly about: string;
  readonly world: WorldName;
  /** Below workers/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
};

/** Schedules that must do to show a fault: those of rollouts take longer. */
export const SEEDS_MAX: Readonly<Record<WorldName, number>> = {
  rollouts: 400,
  workloads: 400,
  elections: 400,
  batches: 2_000,
  quotas: 4_000,
  guests: 400,
};

export const FAULTS: readonly Fault[] = [
  ...inRollouts("domain/route.ts", [
    ["a bucket too many falls to a version", "bucket < upTo", "bucket <= upTo"],
    ["weights sum to 99", "    100 - weight,\n", "    99 - weight,\n"],
  ]),
  ...inRollouts("domain/apportion.ts", [
    ["what rounding leaves is lost", "? share + 1 : share", "? share : share"],
  ]),
  ...inRollouts("domain/recent.ts", [
    ["routes are remembered for ten refreshes", "< ROUTE_REFRESH_MS", "< 10 * ROUTE_REFRESH_MS"],
  ]),
  ...inRollouts("domain/choice.ts", [
    ["a version's lost nodes send its calls to any other", "slice(from)", "slice(0)"],
  ]),
  ...inRollouts("domain/ledger.ts", [
    ["a link doesn't name the one before", "previous: tip.hash }", 'previous: "" }'],
  ]),
  ...inRollouts("domain/rollout/measured.ts", [
    [
      "the stable version is judged in the candidate's place",
      "since(reading.candidate, mark.candidate)",
      "since(reading.stable, mark.stable)",
    ],
    ["an inconclusive gate passes", "const [first] = open;", "const [first] = open.slice(9);"],
    [
      "a failed gate is overlooked",
      "const [first] = failures;",
      "const [first] = failures.slice(9);",
    ],
  ]),
  ...inRollouts("domain/rollout/wave.ts", [
    ["a wave is left out", "startWave(rollout, index + 1,", "startWave(rollout, index + 2,"],
    ["the last wave is left out", "return index + 1 >=", "return index + 2 >="],
  ]),
  ...inRollouts("domain/rollout/transition.ts", [
    [
      "a transition has the number of the one before",
      "recorded: rollout.recorded + 1,",
      "recorded: Math.max(1, rollout.recorded),",
    ],
    [
      "the claim of a rollout that has ended is kept",
      "...(outcome.commands ?? []), release]",
      "...(outcome.commands ?? [])]",
    ],
  ]),
  ...inRollouts("domain/rollout/rollout.ts", [
    [
      "routing has no deadline",
      'if (!("deadline" in phase)) return null;',
      'if (!("deadline" in phase) || phase.name === "routing") return null;',
    ],
  ]),
  ...inRollouts("domain/rollout/step.ts", [
    ["outcomes of earlier turns count", "event.turn === rollout.turn", "event.turn > 0"],
    [
      "a withdrawal waits for ever",
      "return onWithdrawalDeadline(rollout, phase, now);",
      "return [rollout, []];",
    ],
  ]),
  ...inRollouts("domain/rollout/withdraw.ts", [
    [
      "a withdrawal leaves the routes as they are",
      'to.scope === "rollout" ? { shares: {}, held: [] }',
      'to.scope === "rollout" ? rollout',
    ],
    [
      "a wave that was loading stays loaded after an earlier one failed",
      "Math.max(wave, rollout.live + 1) + 1",
      "rollout.live + 2",
    ],
    ["what a node missed is not made up for", "commands = isAbsent ?", "commands = !isAbsent ?"],
  ]),
  ...inRollouts("domain/rollout/command.ts", [
    ["what can't be done now is forgotten", 'return "again";', 'return "done";'],
  ]),
  ...inRollouts("domain/rollout/desk.ts", [
    [
      "what a command has come to is not kept with its going",
      'return result === "done" ? left : handled(left, result, now);',
      'return result === "done" ? left : handled(left, { type: "tick" }, now);',
    ],
    [
      "nobody comes back to what was under way",
      "outbox.length > 0 ? now + RETRY_MS : null",
      "outbox.length < 0 ? now + RETRY_MS : null",
    ],
    [
      "what follows from a step takes the place of what was to be done",
      "outbox: [...outbox, ...more]",
      "outbox: more",
    ],
  ]),
  ...inRollouts("domain/rollout/lanes.ts", [
    [
      "a lane's commands run side by side",
      "return queue.length === 1;",
      "return queue.length > 0;",
    ],
    ["a lane stops after its first command", "return queue[0] ?? null;", "return null;"],
  ]),
  ...inRollouts("domain/rollout/verb.ts", [
    ["what has ended can be aborted", 'abort: ["pending",', 'abort: ["pending", "rolledBack",'],
  ]),
  ...planted("elections", "domain/election/lease.ts", [
    [
      "a lease is taken before it has run out",
      "lease.expiresAt <= now",
      "lease.expiresAt <= now + 10_000",
    ],
    ["a new leader leads the old term", "term: lease.term + 1", "term: lease.term"],
  ]),
  ...planted("elections", "domain/election/member.ts", [
    [
      "a lease counts from its answer",
      "heldUntil = sentAt + remainingMs",
      "heldUntil = now + remainingMs",
    ],
  ]),
  ...planted("workloads", "domain/workload/command.ts", [
    [
      "orders go to nodes that are gone",
      "command === null || !round.isReachable(instance)",
      "command === null",
    ],
    ["no order is sent again", "round.now - instance.sentAt < RESEND_MS", "round.now > 0"],
  ]),
  ...planted("workloads", "domain/workload/observe.ts", [
    ["strays go on", "for (const id of there) if", "for (const id of []) if"],
    [
      "what vanished is not missed",
      'end(draft, { instance, fault: "It vanished',
      'void ({ instance, fault: "It vanished',
    ],
  ]),
  ...planted("batches", "domain/batch/step.ts", [
    [
      "an operation doesn't wait for its dependencies",
      "|| isSettled(progressOf(batch, id)),",
      '|| id !== "",',
    ],
    [
      "one operation too many runs at once",
      "    batch.parallelLimit -\n",
      "    batch.parallelLimit + 1 -\n",
    ],
    [
      "what failed in part is not undone",
      "if (!isTouched(progress) || isKept)",
      'if (!isTouched(progress) || isKept || progress.phase === "failed")',
    ],
  ]),
  ...planted("batches", "control/batch-executor.ts", [
    [
      "what is to be undone is only said to be",
      "if (effect !== undefined) await",
      "if (effect === undefined) await",
    ],
  ]),
  ...planted("quotas", "domain/quota.ts", [
    ["a lease forgets those before it", "used: before + granted", "used: granted"],
    [
      "a window begins anew at half its time",
      "now < endOf(window)",
      "2 * (now - window.startedAt) < spanMs",
    ],
  ]),
  ...planted("guests", "guest/turns.ts", [
    ["a call has twice its time", "> this.#timeoutMs)", "> 2 * this.#timeoutMs)"],
    ["slices stay long on a slow node", "SLOWEST_SHARE = 1 / 64", "SLOWEST_SHARE = 1 / 2"],
    [
      "nobody looks at a cancellation",
      "if (this.#isCancelled)",
      "if (this.#isCancelled && this.#slice < 0)",
    ],
  ]),
];

type Change = readonly [about: string, from: string, to: string];

function inRollouts(file: string, changes: readonly Change[]): Fault[] {
  return planted("rollouts", file, changes);
}

function planted(world: WorldName, file: string, changes: readonly Change[]): Fault[] {
  return changes.map(([about, from, to]) => ({ about, world, file, from, to }));
}
