// The rollout's object in simulated time: what `durable-objects/rollout-object.ts` does around the desk and the lanes, which
// are the real ones. It loses its memory at any moment, its writes fail, its alarms are late or come twice, and what it
// sent before may still arrive.
import { TRIES, isStale, pauseMs, surrender } from "#domain/rollout/command.ts";
import type { Result } from "#domain/rollout/command.ts";
import { alarmAt, finished, handled, opened } from "#domain/rollout/desk.ts";
import type { Desk } from "#domain/rollout/desk.ts";
import { Lanes } from "#domain/rollout/lanes.ts";
import type { Pending } from "#domain/rollout/lanes.ts";
import { wakeAt } from "#domain/rollout/rollout.ts";
import type { Command, Event, Rollout, Verb } from "#domain/rollout/rollout.ts";
import { refusal } from "#domain/rollout/verb.ts";
import { hold } from "#test/sim/invariant.ts";
import type { Clock } from "#test/sim/clock.ts";
import type { Network } from "#test/sim/network.ts";
import type { Tape } from "#test/sim/tape.ts";
import { Witness } from "./witness.ts";

/** The platform's own, after an alarm that failed. */
const RETRY_MS = 2_000;
const ALARM_LATE_MS_MAX = 3_000;

export type VerbEvent = Extract<Event, { type: Verb }>;

export type Around = {
  readonly clock: Clock;
  readonly network: Network;
  readonly tape: Tape;
  /** Does it where it is to be done; null when it can't be told what came of it. */
  readonly perform: (
    rollout: Rollout,
    command: Command,
    told: (result: Result | null) => void,
  ) => void;
  /** Told of every step that was written. */
  readonly watch: (before: Rollout, after: Rollout, event: Event) => void;
};

export class Shell {
  readonly witness = new Witness();
  readonly #around: Around;
  #stored: Desk;
  #memory: Desk | null = null;
  /** Grows when the memory is lost: what answers a life before is not heard. */
  #life = 0;
  #lanes = new Lanes();
  #alarm = { at: Number.POSITIVE_INFINITY, set: 0 };

  constructor(rollout: Rollout, around: Around) {
    this.#around = around;
    this.#stored = { rollout, outbox: [] };
    if (this.#store(opened(rollout))) this.#drain();
  }

  get rollout(): Rollout {
    return this.#stored.rollout;
  }

  get isDrained(): boolean {
    return this.#stored.outbox.length === 0;
  }

  /** True when it was acknowledged: it is stored. */
  ask(event: VerbEvent): boolean {
    const { rollout } = this.#load();
    if (refusal(rollout, event.type) !== null) return false;
    if (!this.#handle(event)) return false;
    this.witness.acknowledged = this.rollout.recorded;
    return true;
  }

  evict(): void {
    this.#memory = null;
    this.#life += 1;
    this.#lanes = new Lanes();
  }

  wake(type: "tick" | "sweep" = "tick"): boolean {
    this.#loseMaybe();
    return this.#handle({ type });
  }

  #load(): Desk {
    if (this.#memory !== null) return this.#memory;
    const { acknowledged } = this.witness;
    const { recorded } = this.#stored.rollout;
    hold("durable", recorded >= acknowledged, () => `${acknowledged} were acknowledged`);
    this.#memory = this.#stored;
    return this.#memory;
  }

  #handle(event: Event): boolean {
    const desk = this.#load();
    const { now } = this.#around.clock;
    const after = this.witness.taken(() => handled(desk, event, now));
    return this.#commit(desk, after, event);
  }

  /** What followed from the event is at the end of the outbox. */
  #commit(before: Desk, after: Desk, event: Event): boolean {
    if (!this.#store(after)) return false;
    const commands = after.outbox.filter((one) => !before.outbox.includes(one));
    this.witness.look(before.rollout, event, [
      after.rollout,
      commands.map(({ command }) => command),
    ]);
    this.#around.watch(before.rollout, after.rollout, event);
    this.#drain();
    return true;
  }

  /** A write that fails takes the object with it: nothing that follows from it has left. */
  #store(next: Desk): boolean {
    const { tape, network } = this.#around;
    if (tape.chance(network.weather.unwritten)) {
      this.evict();
      return false;
    }
    this.#stored = next;
    this.#memory = next;
    this.#schedule();
    return true;
  }

  #schedule(): void {
    const { clock, tape, network } = this.#around;
    const { rollout } = this.#load();
    const at = alarmAt(this.#load(), clock.now) ?? Number.POSITIVE_INFINITY;
    const due = wakeAt(rollout) ?? Number.POSITIVE_INFINITY;
    hold("deadline", at <= due, () => `${rollout.phase.name} has no alarm`);
    if (at === this.#alarm.at) return;
    this.#alarm = { at, set: this.#alarm.set + 1 };
    if (at === Number.POSITIVE_INFINITY) return;
    const { set } = this.#alarm;
    const isLate = tape.chance(network.weather.late);
    const lateMs = isLate ? tape.draw(ALARM_LATE_MS_MAX) : 0;
    this.#ring(Math.max(0, at - clock.now) + lateMs, set);
    // It may come twice.
    if (isLate) clock.after(Math.max(0, at - clock.now) + 2 * lateMs, () => this.wake());
  }

  /** An alarm comes at least once; one whose handler failed comes again. */
  #ring(spanMs: number, set: number): void {
    this.#around.clock.after(spanMs, () => {
      if (set < this.#alarm.set) return;
      this.#alarm = { at: Number.POSITIVE_INFINITY, set };
      if (!this.wake()) this.#ring(RETRY_MS, set);
    });
  }

  #drain(): void {
    for (const pending of this.#lanes.take(this.#load().outbox)) this.#work(pending);
  }

  #work(pending: Pending): void {
    const life = this.#life;
    const { rollout } = this.#load();
    const end = (result: Result): void => {
      // Another turn of the event loop: what was there to be done before is done before.
      this.#around.clock.after(0, () => {
        if (life !== this.#life) return;
        this.#loseMaybe();
        if (life === this.#life) this.#finish(pending, result);
      });
    };
    if (isStale(rollout, pending.command)) return end("done");
    this.#attempt(rollout, pending.command, { tried: 1, life, end });
  }

  #attempt(
    rollout: Rollout,
    command: Command,
    on: { tried: number; life: number; end: (result: Result) => void },
  ): void {
    const { tried, life, end } = on;
    const { clock, perform } = this.#around;
    perform(rollout, command, (result) => {
      if (life !== this.#life) return;
      if (result !== null) return end(result);
      if (tried >= TRIES) return end(surrender(command, "no answer"));
      clock.after(pauseMs(tried), () => {
        if (life === this.#life) this.#attempt(rollout, command, { ...on, tried: tried + 1 });
      });
    });
  }

  #finish(pending: Pending, result: Result): void {
    const life = this.#life;
    const next = this.#lanes.leave(pending);
    const desk = this.#load();
    const { now } = this.#around.clock;
    const after = this.witness.taken(() => finished(desk, pending, { result, now }));
    if (after === desk) this.#schedule();
    else if (typeof result === "string") this.#store(after);
    else this.#commit(desk, after, result);
    if (life === this.#life && next !== null) this.#work(next);
  }

  #loseMaybe(): void {
    const { tape, network } = this.#around;
    if (tape.chance(network.weather.evicted)) this.evict();
  }
}
