// The way back: the routes as they were, then the candidate off its nodes. A whole rollout or a single wave.
import { LOAD_MS, PAUSE_MS, ROUTE_MS, WITHDRAW_MS, CLAIM_MS } from "./rollout.ts";
import type { Command, Event, Phase, Rollout, Step } from "./rollout.ts";
import { beforeWave, borrowedNodes, replaced, routesFor } from "./routing.ts";
import { end, enter, SYSTEM } from "./transition.ts";
import type { Because } from "./transition.ts";
import { nextWave, planOf, waveAt } from "./wave.ts";

type Withdrawing = Extract<Phase, { name: "withdrawing" }>;

/** Takes everything back: routes first, so that nobody is sent to a node that no longer holds the candidate. */
export function withdraw(
  rollout: Rollout,
  outcome: "rolledBack" | "failed",
  because: Because,
): Step {
  const told = { ...rollout, message: because.reason };
  if (rollout.plan === null) return end(told, because, { name: outcome });
  const { phase } = rollout;
  const wave = "wave" in phase ? phase.wave : Math.max(0, rollout.live);
  return routeBack(told, { scope: "rollout", outcome, wave }, because);
}

/** Takes one wave back, then goes on with the next one or waits for a person. */
export function withdrawWave(
  rollout: Rollout,
  to: { wave: number; outcome: "paused" | "next" },
  because: Because,
): Step {
  return routeBack({ ...rollout, message: because.reason }, { scope: "wave", ...to }, because);
}

/** A completed rollout is undone: its regions are claimed anew, and what stood before is loaded again. */
export function undo(rollout: Rollout, because: Because): Step {
  const regions = planOf(rollout).before.map((route) => route.region);
  return enter({ ...rollout, message: because.reason }, because, {
    phase: withdrawing(
      { scope: "rollout", outcome: "rolledBack", wave: rollout.live },
      "claiming",
      {
        deadline: because.now + CLAIM_MS,
      },
    ),
    with: { endedAt: null },
    commands: (turn) => [{ type: "claim", turn, regions }],
  });
}

export function onWithdrawing(
  rollout: Rollout,
  outcome: { phase: Withdrawing; event: Event },
  now: number,
): Step {
  const { phase, event } = outcome;
  const because = { now, actor: SYSTEM, reason: rollout.message ?? "withdrawn" };
  if (event.type === "claimRefused" && phase.step === "claiming") {
    return stay(rollout, { ...because, reason: event.message });
  }
  if (event.type === "claimed" && phase.step === "claiming")
    return loadBack(rollout, phase, because);
  if (event.type === "routed" && phase.step === "routing" && event.fault === null) {
    return unload(rollout, phase, because);
  }
  const answered =
    (event.type === "loaded" && phase.step === "loading") ||
    (event.type === "unloaded" && phase.step === "unloading");
  if (!answered || !phase.waiting.includes(event.node)) return [rollout, []];
  const waiting = phase.waiting.filter((node) => node !== event.node);
  const isAbsent = event.type === "loaded" && event.fault !== null;
  const commands = isAbsent ? restore(rollout, [event.node]) : [];
  if (waiting.length > 0) return [{ ...rollout, phase: { ...phase, waiting } }, commands];
  const [next, more] =
    phase.step === "loading" ? routeBack(rollout, phase, because) : settle(rollout, phase, because);
  return [next, [...commands, ...more]];
}

/** Overdue: the next step is taken all the same, because standing still is worse. */
export function onWithdrawalDeadline(rollout: Rollout, phase: Withdrawing, now: number): Step {
  const because = { now, actor: SYSTEM, reason: `${rollout.message ?? "withdrawn"} (overdue)` };
  switch (phase.step) {
    case "claiming":
      return stay(rollout, because);
    case "loading": {
      const [next, commands] = routeBack(rollout, phase, because);
      return [next, [...restore(rollout, phase.waiting), ...commands]];
    }
    case "routing":
      return routeBack(rollout, phase, because);
    case "unloading":
      return settle(rollout, phase, because);
  }
}

/** What was completed stays so: its regions are no longer its own to change. */
function stay(rollout: Rollout, because: Because): Step {
  return enter(rollout, because, {
    phase: { name: "completed", at: because.now },
    with: { endedAt: because.now, message: because.reason },
    commands: (turn) => [{ type: "release", turn }],
  });
}

function loadBack(rollout: Rollout, phase: Withdrawing, because: Because): Step {
  const missing = replaced(rollout, planOf(rollout));
  if (missing.length === 0) return routeBack(rollout, phase, because);
  return enter(rollout, because, {
    phase: withdrawing(phase, "loading", {
      waiting: [...new Set(missing.map(({ node }) => node))],
      deadline: because.now + LOAD_MS,
    }),
    // A node answers once for all: the last of its versions is waited for, those before it stand in the same lane.
    commands: (turn) =>
      missing.map(({ node, moduleId }, at) => {
        const isLast = missing.findLastIndex((one) => one.node === node) === at;
        return { type: isLast ? "load" : "restore", turn, node, moduleId };
      }),
  });
}

/** The routes go back to these nodes all the same: they get what stood there as soon as they answer. */
function restore(rollout: Rollout, nodes: readonly string[]): Command[] {
  return replaced(rollout, planOf(rollout))
    .filter(({ node }) => nodes.includes(node))
    .map(({ node, moduleId }) => ({ type: "restore", turn: rollout.turn, node, moduleId }));
}

function routeBack(
  rollout: Rollout,
  to: Pick<Withdrawing, "scope" | "outcome" | "wave">,
  because: Because,
): Step {
  const plan = planOf(rollout);
  const kept = to.scope === "rollout" ? { shares: {}, held: [] } : beforeWave(rollout, to.wave);
  return enter(rollout, because, {
    phase: withdrawing(to, "routing", { deadline: because.now + ROUTE_MS }),
    with: { shares: kept.shares },
    commands: (turn) => [{ type: "route", turn, routes: routesFor(rollout, plan, kept) }],
  });
}

function unload(rollout: Rollout, phase: Withdrawing, because: Because): Step {
  const kept = phase.scope === "rollout" ? [] : beforeWave(rollout, phase.wave).held;
  const touched = [
    ...rollout.held,
    ...(phase.scope === "wave" ? waveAt(rollout, phase.wave).nodes : loadedSoFar(rollout, phase)),
  ];
  const leaving = [...new Set(touched)].filter((node) => !kept.includes(node));
  const nodes = borrowedNodes(rollout, leaving);
  const emptied = { ...rollout, held: rollout.held.filter((node) => kept.includes(node)) };
  if (nodes.length === 0) return settle(emptied, phase, because);
  return enter(emptied, because, {
    phase: withdrawing(phase, "unloading", { waiting: nodes, deadline: because.now + WITHDRAW_MS }),
    commands: (turn): Command[] =>
      nodes.map((node) => ({ type: "unload", turn, node, moduleId: rollout.candidate })),
  });
}

/** A wave that was still loading holds nodes that `held` doesn't name yet; waves before it may never have been live. */
function loadedSoFar(rollout: Rollout, { wave }: Withdrawing): readonly string[] {
  return planOf(rollout)
    .waves.slice(0, Math.max(wave, rollout.live + 1) + 1)
    .flatMap((wave) => wave.nodes);
}

function settle(rollout: Rollout, phase: Withdrawing, because: Because): Step {
  switch (phase.outcome) {
    case "rolledBack":
    case "failed":
      return end({ ...rollout, live: -1, succeeded: [] }, because, { name: phase.outcome });
    case "paused":
      return enter(rollout, because, {
        phase: {
          name: "paused",
          wave: phase.wave,
          cause: "failure",
          deadline: because.now + PAUSE_MS,
        },
      });
    case "next":
      return nextWave(rollout, phase.wave, because);
  }
}

function withdrawing(
  to: Pick<Withdrawing, "scope" | "outcome" | "wave">,
  step: Withdrawing["step"],
  more: { waiting?: readonly string[]; deadline: number },
): Withdrawing {
  const { scope, outcome, wave } = to;
  return {
    name: "withdrawing",
    step,
    scope,
    outcome,
    wave,
    waiting: more.waiting ?? [],
    deadline: more.deadline,
  };
}
