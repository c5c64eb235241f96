// The rollout's object in simulated time. It does what `durable-objects/rollout-object.ts` does: load, step, commit,
// perform; state and outbox in one write, lanes of commands, an alarm that resumes. It loses its memory at any moment,
// its writes fail, and what it sent before may still arrive.
import { isStale, laneOf, surrender } from "#domain/rollout/command.ts";
import type { Result } from "#domain/rollout/command.ts";
import { wakeAt } from "#domain/rollout/rollout.ts";
import type { Command, Event, Rollout, Verb } from "#domain/rollout/rollout.ts";
import { step } from "#domain/rollout/step.ts";
import { remember } from "#domain/rollout/transition.ts";
import { refusal } from "#domain/rollout/verb.ts";
import { hold } from "#test/sim/invariant.ts";
import type { Clock } from "#test/sim/clock.ts";
import type { Network } from "#test/sim/network.ts";
import type { Tape } from "#test/sim/tape.ts";
import { Witness } from "./witness.ts";

const RETRY_MS = 2_000;
const TRIES = 3;
const BETWEEN_TRIES_MS = 250;
const ALARM_LATE_MS_MAX = 3_000;

type Pending = { readonly id: number; readonly command: Command };
type Stored = { readonly rollout: Rollout; readonly outbox: readonly Pending[] };
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
  #stored: Stored;
  #memory: { rollout: Rollout; outbox: readonly Pending[] } | null = null;
  /** Grows when the memory is lost: what answers a life before is not heard. */
  #life = 0;
  #nextId = 1;
  #taken = new Set<number>();
  #lanes = new Map<string, Pending[]>();
  #alarm = { at: Number.POSITIVE_INFINITY, set: 0 };

  constructor(rollout: Rollout, around: Around) {
    this.#around = around;
    this.#stored = { rollout, outbox: [] };
    const transition = {
      sequence: 0,
      at: rollout.createdAt,
      actor: rollout.createdBy,
      from: "none",
      to: "pending",
      reason: "created",
      evidence: [],
    };
    this.#load();
    this.#commit(rollout, remember(transition));
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
    this.#taken = new Set();
    this.#lanes = new Map();
  }

  wake(type: "tick" | "sweep" = "tick"): boolean {
    this.#loseMaybe();
    return this.#handle({ type });
  }

  #load(): { rollout: Rollout; outbox: readonly Pending[] } {
    if (this.#memory !== null) return this.#memory;
    const { rollout, outbox } = this.#stored;
    const { acknowledged } = this.witness;
    hold("durable", rollout.recorded >= acknowledged, () => `${acknowledged} were acknowledged`);
    this.#nextId = Math.max(0, ...outbox.map(({ id }) => id)) + 1;
    this.#memory = { rollout, outbox };
    return this.#memory;
  }

  #handle(event: Event): boolean {
    const { rollout: before } = this.#load();
    const next = step(before, event, this.#around.clock.now);
    if (!this.#commit(...next)) return false;
    this.witness.look(before, event, next);
    this.#around.watch(before, next[0], event);
    return true;
  }

  #commit(rollout: Rollout, commands: readonly Command[]): boolean {
    const { outbox } = this.#load();
    const more = commands.map((command) => ({ id: this.#nextId++, command }));
    return this.#store({ rollout, outbox: [...outbox, ...more] }) && this.#drain();
  }

  /** A write that fails takes the object with it: nothing that follows from it has left. */
  #store(next: Stored): boolean {
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
    const { rollout, outbox } = this.#load();
    const { clock, tape, network } = this.#around;
    const due = wakeAt(rollout) ?? Number.POSITIVE_INFINITY;
    const retry = outbox.length > 0 ? clock.now + RETRY_MS : Number.POSITIVE_INFINITY;
    const at = Math.min(due, retry);
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

  #drain(): boolean {
    for (const pending of this.#load().outbox) {
      if (this.#taken.has(pending.id)) continue;
      this.#taken.add(pending.id);
      const lane = laneOf(pending.command);
      const queue = this.#lanes.get(lane) ?? [];
      this.#lanes.set(lane, queue);
      queue.push(pending);
      if (queue.length === 1) this.#work(pending);
    }
    return true;
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
      clock.after(BETWEEN_TRIES_MS * 2 ** tried, () => {
        if (life === this.#life) this.#attempt(rollout, command, { ...on, tried: tried + 1 });
      });
    });
  }

  #finish(pending: Pending, result: Result): void {
    this.#taken.delete(pending.id);
    const lane = laneOf(pending.command);
    const queue = this.#lanes.get(lane) ?? [];
    queue.shift();
    const life = this.#life;
    if (result === "again") this.#schedule();
    else {
      const { rollout, outbox } = this.#load();
      const left = outbox.filter(({ id }) => id !== pending.id);
      if (result === "done") this.#store({ rollout, outbox: left });
      else {
        this.#memory = { rollout, outbox: left };
        this.#handle(result);
      }
    }
    const [next] = queue;
    if (life === this.#life && next !== undefined) this.#work(next);
  }

  #loseMaybe(): void {
    const { tape, network } = this.#around;
    if (tape.chance(network.weather.evicted)) this.evict();
  }
}
