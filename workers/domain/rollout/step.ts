// A rollout as a state machine: `step(rollout, event, now)` gives the next state and the commands that follow.
// It never throws, waits or looks at a clock; an event that doesn't apply changes nothing.
import { failWave, pause } from "./failure.ts";
import { onChecked, onMeasured } from "./measured.ts";
import { CLAIM_MS, PENDING_MS, isClaiming, isTerminal } from "./rollout.ts";
import type { Event, Phase, Rollout, Step, Verb } from "./rollout.ts";
import { SYSTEM, end, enter } from "./transition.ts";
import type { Because } from "./transition.ts";
import { refusal } from "./verb.ts";
import {
  advance,
  complete,
  credited,
  finish,
  measure,
  measurePeriodMs,
  startBaking,
  startChecks,
  startWave,
  waveAt,
} from "./wave.ts";
import { onWithdrawalDeadline, onWithdrawing, undo, withdraw } from "./withdraw.ts";

export function step(rollout: Rollout, event: Event, now: number): Step {
  if ("turn" in event) {
    return event.turn === rollout.turn ? onOutcome(rollout, event, now) : [rollout, []];
  }
  if (event.type === "tick") return isTerminal(rollout) ? [rollout, []] : onTick(rollout, now);
  if (event.type === "sweep") return onSweep(rollout, now);
  return refusal(rollout, event.type) === null ? onVerb(rollout, event, now) : [rollout, []];
}

function onVerb(rollout: Rollout, event: Extract<Event, { type: Verb }>, now: number): Step {
  const { phase } = rollout;
  if (event.type === "execute") {
    const regions = event.plan.before.map((route) => route.region);
    return enter(
      rollout,
      { now, actor: event.actor, reason: "executed" },
      {
        phase: { name: "claiming", deadline: now + CLAIM_MS },
        with: { plan: event.plan, startedAt: now, message: null },
        commands: (turn) => [{ type: "claim", turn, regions }],
      },
    );
  }
  const because: Because = { now, actor: event.actor, reason: event.reason ?? event.type };
  switch (event.type) {
    case "approve":
      return enter(rollout, because, {
        phase: { name: "pending", deadline: now + PENDING_MS },
        with: { approvedBy: event.actor, approvedAt: now },
      });
    case "pause":
      return "wave" in phase
        ? pause(rollout, { wave: phase.wave, cause: "asked" }, because)
        : [rollout, []];
    case "resume":
    case "retry":
      return phase.name === "paused" ? resume(rollout, phase, because) : [rollout, []];
    case "promote":
      return "wave" in phase ? promote(rollout, phase.wave, because) : [rollout, []];
    case "abort":
    case "rollback":
      return phase.name === "completed"
        ? undo(rollout, because)
        : withdraw(rollout, "rolledBack", because);
  }
}

/** What was waiting for a person goes on; everything else runs its wave again, with a new window. */
function resume(
  rollout: Rollout,
  phase: Extract<Phase, { name: "paused" }>,
  because: Because,
): Step {
  const told = { ...rollout, message: null };
  return phase.cause === "promotion"
    ? advance(told, phase.wave, because)
    : startWave(told, phase.wave, because);
}

/** A person's word in place of what the gates still lack; the verdicts at hand go on record with it. */
function promote(rollout: Rollout, wave: number, because: Because): Step {
  const evidence = rollout.verdicts;
  return advance({ ...credited(rollout, wave), message: null }, wave, { ...because, evidence });
}

function onOutcome(rollout: Rollout, event: Extract<Event, { turn: number }>, now: number): Step {
  const { phase } = rollout;
  const because: Because = { now, actor: SYSTEM, reason: event.type };
  switch (phase.name) {
    case "claiming":
      if (event.type === "claimed") return startWave(rollout, 0, { ...because, reason: "started" });
      if (event.type !== "claimRefused") return [rollout, []];
      return enter(
        rollout,
        { ...because, reason: event.message },
        {
          phase: { name: "pending", deadline: now + PENDING_MS },
          with: { plan: null, startedAt: null, message: event.message },
          // It may have been claimed, and the answer lost.
          commands: (turn) => [{ type: "release", turn }],
        },
      );
    case "loading":
      return event.type === "loaded" ? onLoaded(rollout, { phase, event }, because) : [rollout, []];
    case "checking":
      return event.type === "checked" ? onChecked(rollout, { phase, event }, now) : [rollout, []];
    case "routing":
      if (event.type !== "routed") return [rollout, []];
      if (event.fault === null) {
        const reason = `${waveAt(rollout, phase.wave).label}: traffic shifted`;
        return startBaking(rollout, phase.wave, { ...because, reason });
      }
      return failWave(
        rollout,
        { wave: phase.wave, nodes: waveAt(rollout, phase.wave).nodes },
        {
          ...because,
          reason: event.fault,
        },
      );
    case "baking":
    case "judging":
      return event.type === "measured" ? onMeasured(rollout, { phase, event }, now) : [rollout, []];
    case "finishing":
      if (event.type !== "routed") return [rollout, []];
      return event.fault === null
        ? complete(rollout, { ...because, reason: "completed" })
        : [rollout, []];
    case "withdrawing":
      return onWithdrawing(rollout, { phase, event }, now);
    case "pending":
    case "paused":
    case "completed":
    case "failed":
    case "rolledBack":
      return [rollout, []];
  }
}

function onLoaded(
  rollout: Rollout,
  outcome: {
    phase: Extract<Phase, { name: "loading" }>;
    event: Extract<Event, { type: "loaded" }>;
  },
  because: Because,
): Step {
  const { phase, event } = outcome;
  if (!phase.waiting.includes(event.node)) return [rollout, []];
  if (event.fault !== null) {
    const reason = `Node ${event.node} could not load ${rollout.candidate}: ${event.fault}`;
    return failWave(rollout, { wave: phase.wave, nodes: [event.node] }, { ...because, reason });
  }
  const waiting = phase.waiting.filter((node) => node !== event.node);
  if (waiting.length > 0) return [{ ...rollout, phase: { ...phase, waiting } }, []];
  const reason = `${waveAt(rollout, phase.wave).label}: loaded on every node`;
  return startChecks(rollout, { index: phase.wave, purpose: "admit" }, { ...because, reason });
}

/** A claim that was written only after its rollout had ended, or had given it up, is held by nobody else. */
function onSweep(rollout: Rollout, now: number): Step {
  if (isClaiming(rollout)) return onTick(rollout, now);
  const [next, commands] = isTerminal(rollout) ? [rollout, []] : onTick(rollout, now);
  return [next, [...commands, { type: "release", turn: next.turn }]];
}

function onTick(rollout: Rollout, now: number): Step {
  const { phase } = rollout;
  if (phase.name === "baking") {
    if (now >= phase.bake.until) {
      const because = { now, actor: SYSTEM, reason: "The bake is over." };
      return startChecks(
        rollout,
        { index: phase.wave, purpose: "confirm", bake: phase.bake },
        because,
      );
    }
    if (now < phase.measureAt) return [rollout, []];
    const measureAt = now + measurePeriodMs(rollout, phase.wave);
    return [{ ...rollout, phase: { ...phase, measureAt } }, [measure(rollout, rollout.turn)]];
  }
  if (!("deadline" in phase) || now < phase.deadline) return [rollout, []];
  return onDeadline(rollout, phase, now);
}

function onDeadline(
  rollout: Rollout,
  phase: Exclude<Extract<Phase, { deadline: number }>, { name: "baking" }>,
  now: number,
): Step {
  const because = (reason: string): Because => ({ now, actor: SYSTEM, reason });
  switch (phase.name) {
    case "pending":
      return end(rollout, because("It was not executed within 24 hours."), { name: "failed" });
    case "claiming":
      return end(rollout, because("Its regions could not be claimed in time."), { name: "failed" });
    case "loading":
    case "checking": {
      const reason = `No answer in time while ${phase.name} on ${phase.waiting.join(", ")}.`;
      return failWave(rollout, { wave: phase.wave, nodes: phase.waiting }, because(reason));
    }
    case "routing": {
      const { nodes } = waveAt(rollout, phase.wave);
      return failWave(
        rollout,
        { wave: phase.wave, nodes },
        because("The route could not be written in time."),
      );
    }
    case "judging": {
      const reason = "The nodes could not be measured in time.";
      return pause(rollout, { wave: phase.wave, cause: "inconclusive" }, because(reason));
    }
    case "paused":
      return withdraw(rollout, "rolledBack", because("Nobody decided within 24 hours."));
    case "finishing":
      return finish(rollout, because("The last route is written once more."));
    case "withdrawing":
      return onWithdrawalDeadline(rollout, phase, now);
  }
}
