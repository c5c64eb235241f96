// Watches one rollout from outside: it keeps its own account of what was cleared, read and acknowledged, by the events
// alone, and holds each committed step against it.
import type { Desk } from "#domain/rollout/desk.ts";
import { isTerminal, wakeAt } from "#domain/rollout/rollout.ts";
import type { Event, Mark, Rollout, Step, Transition } from "#domain/rollout/rollout.ts";
import { planOf, waveAt } from "#domain/rollout/wave.ts";
import { hold } from "#test/sim/invariant.ts";
import type { Invariant } from "#test/sim/invariant.ts";

/** A window of so many calls, of which so many failed, can't pass: no chance explains it. */
const DAMNING_CALLS = 80;
const DAMNING_RATE = 0.4;

export class Witness {
  /** The last wave whose successor may start. */
  #cleared = -1;
  #mark: Mark | null = null;
  /** Since when the rollout takes its candidate to be out of all routes. */
  withdrawnAt: number | null = null;
  /** Transitions that somebody was told of. */
  acknowledged = 0;
  readonly transitions: Transition[] = [];

  /** What the desk refuses to take breaks an invariant, too. */
  taken(work: () => Desk): Desk {
    try {
      return work();
    } catch (thrown) {
      hold(named(String(thrown)), false, () => String(thrown));
      throw thrown;
    }
  }

  look(before: Rollout, event: Event, step: Step): void {
    const [after, commands] = step;
    hold("deadline", isTerminal(after) || wakeAt(after) !== null, () => after.phase.name);
    this.#clear(before, event, step);
    this.#start(before, after);
    for (const command of commands) {
      if (command.type === "record") this.#record(command.transition, after);
    }
  }

  #record(transition: Transition, { phase }: Rollout): void {
    const { sequence, actor, reason, evidence } = transition;
    const before = this.transitions.at(-1)?.sequence ?? 0;
    hold("recorded", sequence === before + 1, () => `${sequence} follows ${before}`);
    hold("recorded", actor !== "" && reason !== "", () => JSON.stringify(transition));
    const isJudged = reason.endsWith("every gate passed");
    hold("recorded", !isJudged || evidence.length > 0, () => `${phase.name} without evidence`);
    this.transitions.push(transition);
  }

  /** What may be followed by the next wave: gates that all passed, a person's word, no gate at all, or its withdrawal. */
  #clear(before: Rollout, event: Event, step: Step): void {
    const [after] = step;
    const { phase } = before;
    if (event.type === "measured" && event.turn === before.turn) {
      if (phase.name !== "baking" && phase.name !== "judging") return;
      if (phase.bake.mark === null) {
        this.#mark = event.reading;
        return;
      }
      if (phase.name === "judging" && wentOn(before, after))
        this.#passed(before, event.reading, step);
      return;
    }
    if (event.type === "promote" && "wave" in phase && after !== before) {
      this.#cleared = Math.max(this.#cleared, phase.wave);
    }
    if (event.type === "routed" && phase.name === "routing") {
      if (waveAt(before, phase.wave).bakeMs === 0) this.#cleared = phase.wave;
    }
    if (phase.name === "withdrawing" && phase.outcome === "next") this.#cleared = phase.wave;
  }

  #passed(rollout: Rollout, reading: Mark, [, commands]: Step): void {
    const { phase } = rollout;
    if (!("wave" in phase)) return;
    this.#cleared = Math.max(this.#cleared, phase.wave);
    const since = this.#mark?.candidate;
    const calls = reading.candidate.calls - (since?.calls ?? 0);
    const errors = reading.candidate.errors - (since?.errors ?? 0);
    const isJudged = waveAt(rollout, phase.wave).gates.includes("errorRate");
    const isDamning = isJudged && calls >= DAMNING_CALLS && errors / calls >= DAMNING_RATE;
    for (const command of commands) {
      const open = command.type === "record" ? command.transition.evidence : [];
      const isOpen = open.some(({ verdict }) => verdict !== "pass");
      hold("gates", !isOpen, () => `wave ${phase.wave} passed on ${JSON.stringify(open)}`);
    }
    hold("gates", this.#mark !== null, () => `wave ${phase.wave} passed with no window`);
    hold("gates", !isDamning, () => `${errors} of ${calls} calls failed and every gate passed`);
  }

  #start(before: Rollout, after: Rollout): void {
    const { phase } = after;
    if (after.turn === before.turn) return;
    if (phase.name === "routing") {
      hold("gates", this.#cleared >= phase.wave - 1, () => `wave ${phase.wave} starts`);
      this.#cleared = Math.min(this.#cleared, phase.wave - 1);
      this.#mark = null;
    }
    if (phase.name === "baking" && before.phase.name === "routing") this.#mark = null;
    if (phase.name === "finishing") {
      const last = planOf(after).waves.length - 1;
      hold("gates", this.#cleared >= last, () => "the last route is written");
    }
  }
}

/** Neither more time, nor back, nor to a person for want of a verdict. */
function wentOn(before: Rollout, { phase, turn }: Rollout): boolean {
  if (turn === before.turn || phase.name === "withdrawing") return false;
  if (phase.name === "baking") return false;
  return phase.name !== "paused" || phase.cause === "promotion";
}

function named(sentence: string): Invariant {
  if (sentence.includes("weights of")) return "weights";
  if (sentence.includes("is planned")) return "exposure";
  return sentence.includes("transition") ? "recorded" : "deadline";
}
