// A world for a rollout to run in: it performs commands when the test says so, and tells of them late, twice or never.
import { addCounters, NO_CALLS } from "#domain/counters.ts";
import type { Counters } from "#domain/counters.ts";
import { violations } from "#domain/rollout/invariant.ts";
import { isTerminal, wakeAt } from "#domain/rollout/rollout.ts";
import type { Command, Event, Rollout, Transition } from "#domain/rollout/rollout.ts";
import { step } from "#domain/rollout/step.ts";
import type { RegionRoute } from "#domain/route.ts";
import { CANDIDATE, counted } from "./rollouts.ts";

export type Behaviour = {
  /** Nodes that can't load the candidate, and nodes on which it is ill. */
  readonly unloadable: ReadonlySet<string>;
  readonly ill: ReadonlySet<string>;
  /** Calls a window brings to candidate and stable version, and how many of the candidate's fail. */
  readonly traffic: { candidate: number; stable: number; failing: number };
};

export const CALM: Behaviour = {
  unloadable: new Set(),
  ill: new Set(),
  traffic: { candidate: 200, stable: 200, failing: 0 },
};

export class World {
  rollout: Rollout;
  now = 0;
  routes: readonly RegionRoute[];
  readonly inbox: Event[] = [];
  readonly pending: Command[] = [];
  readonly history: Transition[] = [];
  readonly loaded = new Set<string>();
  readonly broken: string[] = [];
  released = 0;
  readonly #behaviour: Behaviour;
  #counted: { candidate: Counters; stable: Counters } = { candidate: NO_CALLS, stable: NO_CALLS };

  constructor(rollout: Rollout, routes: readonly RegionRoute[], behaviour: Behaviour = CALM) {
    this.rollout = rollout;
    this.routes = routes;
    this.#behaviour = behaviour;
  }

  /** One event, with its commands put aside. */
  take(event: Event): void {
    const before = this.rollout;
    const next = step(before, event, this.now);
    this.broken.push(...violations(before, next));
    const [rollout, commands] = next;
    this.rollout = rollout;
    this.pending.push(...commands);
  }

  /** Performs the first command; what comes of it waits in the inbox. */
  perform(): void {
    const command = this.pending.shift();
    if (command === undefined) return;
    const event = this.#outcome(command);
    if (event !== null) this.inbox.push(event);
  }

  deliver(index = 0): void {
    const [event] = this.inbox.splice(index, 1);
    if (event !== undefined) this.take(event);
  }

  /** Everything that can happen without waiting. */
  settle(): void {
    while (this.pending.length > 0 || this.inbox.length > 0) {
      this.perform();
      this.deliver();
    }
  }

  /** On to the next moment that the rollout asked for. */
  tick(): void {
    const at = wakeAt(this.rollout);
    if (at !== null) this.now = Math.max(this.now, at);
    this.take({ type: "tick" });
  }

  /** Runs until it is over or waits for a person. */
  run(rounds = 500): Rollout {
    this.settle();
    for (let round = 0; round < rounds; round += 1) {
      if (isTerminal(this.rollout) || this.rollout.phase.name === "paused") break;
      this.tick();
      this.settle();
    }
    return this.rollout;
  }

  /** The largest share that the candidate has in any region now. */
  share(): number {
    const weights = this.routes.flatMap(({ entries }) =>
      entries.filter((entry) => entry.moduleId === CANDIDATE).map((entry) => entry.weight),
    );
    return Math.max(0, ...weights);
  }

  #outcome(command: Command): Event | null {
    switch (command.type) {
      case "claim":
        return { type: "claimed", turn: command.turn };
      case "load": {
        if (this.#behaviour.unloadable.has(command.node)) {
          return { type: "loaded", turn: command.turn, node: command.node, fault: "no room" };
        }
        if (command.moduleId === CANDIDATE) this.loaded.add(command.node);
        return { type: "loaded", turn: command.turn, node: command.node, fault: null };
      }
      case "check": {
        const fault = this.#behaviour.ill.has(command.node) ? "it said no" : null;
        return { type: "checked", turn: command.turn, node: command.node, fault };
      }
      case "route":
        this.routes = command.routes;
        return { type: "routed", turn: command.turn, fault: null };
      case "measure": {
        const { candidate, stable, failing } = this.#behaviour.traffic;
        const reading = this.#counted;
        this.#counted = {
          candidate: addCounters(reading.candidate, counted(candidate, { errors: failing })),
          stable: addCounters(reading.stable, counted(stable)),
        };
        return { type: "measured", turn: command.turn, reading };
      }
      case "unload":
        this.loaded.delete(command.node);
        return { type: "unloaded", turn: command.turn, node: command.node };
      case "release":
        this.released += 1;
        return null;
      case "record":
        this.history.push(command.transition);
        return null;
      case "tell":
      case "retire":
      case "restore":
        return null;
    }
  }
}
