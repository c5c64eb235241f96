// An isolate that routes calls: it remembers the route for one refresh, chooses, and tries once more with the route read
// anew where the runner doesn't hold the version. The choice and the memory are the real ones.
import { choose } from "#domain/choice.ts";
import type { Choice, Known } from "#domain/choice.ts";
import { Fault } from "#domain/fault.ts";
import { Recent } from "#domain/recent.ts";
import type { Clock } from "#test/sim/clock.ts";
import type { Network } from "#test/sim/network.ts";
import type { Tape } from "#test/sim/tape.ts";

/** What was known, and since when: the reading took until `arrivedAt`. */
export type Snapshot = {
  readonly known: Known;
  readonly takenAt: number;
  readonly arrivedAt: number;
};
export type Decision = {
  readonly choice: Choice;
  readonly snapshot: Snapshot;
  readonly bucket: number;
  readonly stickyKey: string | null;
};

export type Surroundings = {
  readonly clock: Clock;
  readonly network: Network;
  readonly tape: Tape;
  /** Null while the database can't be read. */
  readonly read: () => Known | null;
  /** False when the runner doesn't hold the version. */
  readonly call: (decision: Decision) => boolean;
};

type Call = { readonly stickyKey: string | null; readonly isSecond: boolean };

const MODULE = "greeter";

export class Isolate {
  readonly #recent = new Recent<Snapshot>();
  readonly #around: Surroundings;
  #waiting: Call[] | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  request(stickyKey: string | null): void {
    const call = { stickyKey, isSecond: false };
    const known = this.#recent.get(MODULE, this.#around.clock.now);
    if (known === null) return this.#refresh([call]);
    if (known.isDue) this.#refresh([]);
    this.#decide(call, known.value);
  }

  #refresh(calls: readonly Call[]): void {
    if (this.#waiting !== null) return void this.#waiting.push(...calls);
    this.#waiting = [...calls];
    const { clock, network, read } = this.#around;
    const readAt = clock.now;
    network.ask(
      () => {
        const known = read();
        return known === null ? null : { known, takenAt: clock.now };
      },
      (answer) => {
        const waiting = this.#waiting ?? [];
        this.#waiting = null;
        if (answer === null) return;
        const snapshot = { ...answer, arrivedAt: clock.now };
        this.#recent.put(MODULE, { readAt, value: snapshot }, clock.now);
        for (const one of waiting) this.#decide(one, snapshot);
      },
    );
  }

  #decide(call: Call, snapshot: Snapshot): void {
    const { stickyKey, isSecond } = call;
    // Nothing is deployed yet.
    if (snapshot.known.routes.every(({ entries }) => entries.length === 0)) return;
    const { tape } = this.#around;
    const bucket = tape.draw(100);
    // What is drawn for a call by chance is, in this order, its region, its bucket and its node.
    const draws = [tape.draw(100), bucket];
    const question = { moduleName: MODULE, moduleId: null, region: null, stickyKey };
    let choice: Choice;
    try {
      choice = choose(question, snapshot.known, {
        random: () => ((draws.shift() ?? 0) + 0.5) / 100,
        inFlight: () => 0,
      });
    } catch (thrown) {
      if (thrown instanceof Fault) return;
      throw thrown;
    }
    const answered = this.#around.call({ choice, snapshot, bucket, stickyKey });
    if (!answered && !isSecond) this.#refresh([{ stickyKey, isSecond: true }]);
  }
}
