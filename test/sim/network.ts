// Requests between objects: answered late, lost on the way there or back, or done only after nobody waits any more.
import type { Clock } from "./clock.ts";
import type { Tape } from "./tape.ts";

/** How many of a thousand go wrong, each in its way. */
export type Weather = {
  readonly lost: number;
  readonly late: number;
  readonly evicted: number;
  readonly unwritten: number;
};

export const CALM: Weather = { lost: 0, late: 0, evicted: 0, unwritten: 0 };

export const WEATHERS: readonly [Weather, ...Weather[]] = [
  CALM,
  { lost: 20, late: 5, evicted: 5, unwritten: 2 },
  { lost: 60, late: 40, evicted: 30, unwritten: 10 },
  { lost: 200, late: 80, evicted: 80, unwritten: 30 },
];

/** Who waits for an answer waits no longer, and no query or call takes longer: but who waits may be lost before. */
const DEADLINE_MS = 30_000;

export class Network {
  weather: Weather = CALM;
  readonly #clock: Clock;
  readonly #tape: Tape;

  constructor(clock: Clock, tape: Tape) {
    this.#clock = clock;
    this.#tape = tape;
  }

  /** `peer` answers null when it can't be reached; `told` gets null when no answer comes. */
  ask<Answer>(peer: () => Answer | null, told: (answer: Answer | null) => void): void {
    const { lost, late } = this.weather;
    const fate = this.#tape.draw(1_000);
    const isLost = fate >= 1_000 - lost;
    const isLate = !isLost && fate >= 1_000 - lost - late;
    if (isLate) {
      this.#clock.after(this.#tape.draw(DEADLINE_MS), () => void peer());
      this.#clock.after(DEADLINE_MS, () => told(null));
      return;
    }
    if (isLost && fate % 2 === 0) {
      this.#clock.after(1 + this.#tape.draw(500), () => told(null));
      return;
    }
    this.#clock.after(1 + this.#tape.draw(20), () => {
      const answer = peer();
      this.#clock.after(1 + this.#tape.draw(20), () => told(isLost ? null : answer));
    });
  }
}
