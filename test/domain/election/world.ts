// Controllers, their clocks and the database, in simulated time: who ticks when, what is late, what is lost.
import { asked } from "#domain/election/lease.ts";
import type { Ask, Lease } from "#domain/election/lease.ts";
import { TIMING, isLeading, newMember, step } from "#domain/election/member.ts";
import type { Member, MemberEvent } from "#domain/election/member.ts";

export type Faults = {
  /** How far each controller's clock is off, and the database's last. */
  readonly offsetsMs: readonly number[];
  /** A number from 0 up to 1 each time it is asked. */
  readonly chance: () => number;
  readonly latencyMsMax: number;
  readonly lossRate: number;
  readonly crashRate: number;
  /** How far a clock may jump at a tick. */
  readonly jumpMsMax: number;
};

type Happening = { readonly at: number; readonly run: () => void };

const CRASH_MS_MAX = 90_000;

export class World {
  now = 0;
  /** Who ever led a term. */
  readonly leaders = new Map<number, Set<string>>();
  readonly faults: string[] = [];
  readonly members: Member[];
  readonly #offsets: number[];
  readonly #downUntil: number[];
  readonly #given: Faults;
  #lease: Lease | null = null;
  #queue: Happening[] = [];

  constructor(size: number, faults: Faults) {
    this.#given = faults;
    this.members = Array.from({ length: size }, (_, at) => newMember(`controller-${at + 1}`));
    this.#offsets = this.members.map((_, at) => faults.offsetsMs[at] ?? 0);
    this.#downUntil = this.members.map(() => 0);
    for (const at of this.members.keys())
      this.#later(faults.chance() * TIMING.tickMs, () => this.#tick(at));
  }

  /** Lets so much time pass. */
  pass(spanMs: number): void {
    const until = this.now + spanMs;
    for (;;) {
      this.#queue.sort((a, b) => a.at - b.at);
      const [next] = this.#queue;
      if (next === undefined || next.at > until) break;
      this.#queue.shift();
      this.now = next.at;
      next.run();
      this.#look();
    }
    this.now = until;
  }

  leading(): string[] {
    return this.members
      .filter((member, at) => this.#isUp(at) && isLeading(member, this.#clock(at)))
      .map(({ id }) => id);
  }

  /** The controller is gone and won't come back. */
  lose(id: string): void {
    this.#downUntil[this.members.findIndex((member) => member.id === id)] = Infinity;
  }

  #tick(at: number): void {
    const { chance, crashRate, jumpMsMax } = this.#given;
    this.#later(TIMING.tickMs, () => this.#tick(at));
    if (jumpMsMax > 0) this.#offsets[at] = (chance() * 2 - 1) * jumpMsMax;
    if (!this.#isUp(at)) return;
    if (chance() < crashRate) {
      this.#downUntil[at] = this.now + chance() * CRASH_MS_MAX;
      return;
    }
    this.#step(at, { type: "tick" });
  }

  #step(at: number, event: MemberEvent): void {
    const member = this.members[at];
    if (member === undefined || !this.#isUp(at)) return;
    const [next, commands] = step(member, event, { now: this.#clock(at), timing: TIMING });
    this.members[at] = next;
    for (const command of commands) {
      if (command.type === "ask") this.#send(at, command.ask, command.sentAt);
      if (command.type === "sweep") this.#step(at, { type: "swept" });
    }
  }

  #send(at: number, ask: Ask, sentAt: number): void {
    const { chance, latencyMsMax, lossRate } = this.#given;
    if (chance() < lossRate) return;
    this.#later(chance() * latencyMsMax, () => {
      const now = this.now + (this.#given.offsetsMs.at(-1) ?? 0);
      this.#lease = asked(this.#lease, ask, now);
      const lease = this.#lease;
      if (chance() < lossRate) return;
      const remainingMs = lease.expiresAt - now;
      this.#later(chance() * latencyMsMax, () =>
        this.#step(at, { type: "answered", lease, remainingMs, sentAt }),
      );
    });
  }

  #look(): void {
    const leading = this.leading();
    if (leading.length > 1) this.faults.push(`at ${this.now}: ${leading.join(" and ")} lead`);
    for (const { id, state, term } of this.members) {
      if (state !== "leader") continue;
      this.leaders.set(term, (this.leaders.get(term) ?? new Set()).add(id));
    }
  }

  #isUp(at: number): boolean {
    return this.now >= (this.#downUntil[at] ?? 0);
  }

  #clock(at: number): number {
    return this.now + (this.#offsets[at] ?? 0);
  }

  #later(spanMs: number, run: () => void): void {
    this.#queue.push({ at: this.now + spanMs, run });
  }
}
