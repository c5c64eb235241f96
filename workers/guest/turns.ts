// When a running guest gives its neighbours a turn, and how much it may run before: it keeps the time that a slice takes
// near what was meant, whatever the engine makes of the guest's code. The count of gas does not depend on it.
import { SLICE_MS } from "#domain/gas.ts";

/** The first slice is short: code that was just compiled can be ten times slower than what the rate was measured by. */
const FIRST_SHARE = 1 / 4;
const SLOWEST_SHARE = 1 / 64;
const FASTEST_SHARE = 4;
/** One slice that happened to be interrupted must not change the next too much. */
const STEP = 2;
/** How often a guest that waits is looked after. */
const LOOK_MS = 20;

/** Milliseconds that only grow, and a wait in which everybody else has a turn. */
export type Clock = { readonly now: () => number; readonly turn: () => Promise<void> };
const CLOCK: Clock = { now: () => performance.now(), turn: () => scheduler.wait(0) };

export class Deadline extends Error {
  constructor(timeoutMs: number) {
    super(`The call did not end within ${timeoutMs} ms.`);
    this.name = "Deadline";
  }
}

/** Nobody waits for the call any more, or its version was withdrawn. */
export class Cancelled extends Error {
  constructor() {
    super("The call was cancelled.");
    this.name = "Cancelled";
  }
}

export class Turns {
  readonly #nominal: number;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #sinceMs: number;
  #slice: number;
  /** Whether the clock was seen to move while the guest ran: in production it stands still but over a wait. */
  #clockRuns = false;
  #isCancelled = false;

  constructor(of: { readonly slice: number; readonly timeoutMs: number }, clock = CLOCK) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#sinceMs = this.#startedAt;
    this.#nominal = of.slice;
    this.#timeoutMs = of.timeoutMs;
    this.#slice = Math.max(1, Math.floor(of.slice * FIRST_SHARE));
  }

  /** Gas until the next turn. */
  get slice(): number {
    return this.#slice;
  }

  /** The event loop has a turn, and the clock is looked at. */
  async take(): Promise<void> {
    const ranMs = this.#clock.now() - this.#sinceMs;
    this.#clockRuns ||= ranMs > 0;
    await this.#clock.turn();
    this.#adapt(this.#clockRuns ? ranMs : this.#clock.now() - this.#sinceMs);
    this.check();
    this.#sinceMs = this.#clock.now();
  }

  /** Looks at what ends a call from outside. */
  check(): void {
    if (this.#isCancelled) throw new Cancelled();
    if (this.#clock.now() - this.#startedAt > this.#timeoutMs) throw new Deadline(this.#timeoutMs);
  }

  cancel(): void {
    this.#isCancelled = true;
  }

  /** What the guest waits for, unless something ends the call before. */
  during<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const look = setInterval(() => {
        try {
          this.check();
        } catch (thrown) {
          clearInterval(look);
          reject(thrown);
        }
      }, LOOK_MS);
      void work.then(resolve, reject).finally(() => clearInterval(look));
    });
  }

  /**
   * Where the clock stands still, the neighbours' turn is in what was measured: slices are rather too short than too
   * long.
   */
  #adapt(measuredMs: number): void {
    const tookMs = Math.max(measuredMs, SLICE_MS / STEP);
    const wanted = this.#slice * Math.max(SLICE_MS / tookMs, 1 / STEP);
    const least = this.#nominal * SLOWEST_SHARE;
    const most = this.#nominal * FASTEST_SHARE;
    this.#slice = Math.max(1, Math.floor(Math.min(most, Math.max(least, wanted))));
  }
}
