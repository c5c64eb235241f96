// Performs a rollout's commands on the simulated database, nodes and ledger, as `durable-objects/rollout/perform.ts` does.
import { addCounters } from "#domain/counters.ts";
import { GENESIS, firstBreak, ledgerEntry, seal } from "#domain/ledger.ts";
import { changedMeanwhile } from "#domain/rollout/command.ts";
import type { Result } from "#domain/rollout/command.ts";
import type { Command, Event, Rollout, Transition } from "#domain/rollout/rollout.ts";
import { hold } from "#test/sim/invariant.ts";
import { conductOf, digest } from "./scene.ts";
import type { Scene } from "./scene.ts";

export class Hands {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Tells null when it isn't known what came of it. */
  perform(rollout: Rollout, command: Command, told: (result: Result | null) => void): void {
    if (command.type === "claim") return this.#claim(rollout, command, told);
    const ask = (): void => this.#scene.network.ask(() => this.#do(rollout, command), told);
    if (command.type === "check" && command.delayMs > 0)
      this.#scene.clock.after(command.delayMs, ask);
    else ask();
  }

  #claim(
    rollout: Rollout,
    { turn, regions }: Extract<Command, { type: "claim" }>,
    told: (result: Result | null) => void,
  ): void {
    const ask = <Answer>(work: () => Answer, then: (answer: Answer) => void): void =>
      this.#scene.network.ask(
        () => (this.#scene.database.isDown ? null : { done: work() }),
        (answer) => (answer === null ? told(null) : then(answer.done)),
      );
    ask(
      () => this.#scene.database.claim({ holder: rollout.id, turn }, regions),
      (claimed) => {
        if ("heldBy" in claimed) return told({ type: "claimRefused", turn, message: "held" });
        const message = changedMeanwhile(rollout, claimed.routes);
        if (message === null) return told({ type: "claimed", turn });
        ask(
          () => this.#scene.database.release({ holder: rollout.id, turn }),
          () => told({ type: "claimRefused", turn, message }),
        );
      },
    );
  }

  /** Null when who is asked can't be reached. */
  #do(rollout: Rollout, command: Exclude<Command, { type: "claim" }>): Result | null {
    switch (command.type) {
      case "release":
        if (this.#scene.database.isDown) return null;
        this.#scene.database.release({ holder: rollout.id, turn: command.turn });
        return "done";
      case "route": {
        if (this.#scene.database.isDown) return null;
        const { turn } = command;
        this.#scene.database.write({ holder: rollout.id, turn }, command.routes);
        return { type: "routed", turn, fault: null };
      }
      case "record":
        return this.#scene.database.isDown ? null : "done";
      case "tell":
        this.#seal(rollout, command.transition);
        return "done";
      case "measure":
        return this.#measure(rollout, command);
      case "load":
      case "restore":
      case "check":
      case "unload":
      case "retire":
        return this.#order(rollout, command);
    }
  }

  #order(
    rollout: Rollout,
    command: Extract<Command, { type: "load" | "restore" | "check" | "unload" | "retire" }>,
  ): Result | null {
    const { node, turn } = command;
    const runner = this.#scene.runners.get(node);
    if (runner === undefined || runner.isDown) return null;
    const by = { owner: rollout.id, turn };
    switch (command.type) {
      case "load":
        return { type: "loaded", turn, node, fault: runner.load(command.moduleId, by) };
      case "restore":
        runner.load(command.moduleId, by);
        return "done";
      case "check":
        return {
          type: "checked",
          turn,
          node,
          fault: runner.check(rollout.candidate, conductOf(this.#scene, rollout.candidate)),
        };
      case "unload":
        runner.unload(command.moduleId, by);
        return { type: "unloaded", turn, node };
      case "retire": {
        const at = this.#scene.clock.now + command.graceMs;
        runner.retire(command.moduleId, by, at);
        this.#scene.clock.after(command.graceMs, () => runner.expire(this.#scene.clock.now));
        return "done";
      }
    }
  }

  #measure(
    { candidate }: Rollout,
    { turn, nodes, stable }: Extract<Command, { type: "measure" }>,
  ): Event | null {
    const runners = nodes.flatMap((node) => this.#scene.runners.get(node) ?? []);
    if (runners.some(({ isDown }) => isDown)) return null;
    const [first, ...rest] = runners;
    if (first === undefined) return null;
    const sum = (ids: readonly string[]) =>
      rest.map((runner) => runner.read(ids)).reduce(addCounters, first.read(ids));
    return {
      type: "measured",
      turn,
      reading: { candidate: sum([candidate]), stable: sum(stable) },
    };
  }

  #seal({ id }: Rollout, { sequence, at, actor, reason, evidence }: Transition): void {
    const entryId = `${id}/${sequence}`;
    if (this.#scene.links.some((link) => link.id === entryId)) return;
    const given = {
      id: entryId,
      at,
      actor,
      reason,
      action: "deployment:transition",
      resource: `deployments:${id}`,
      result: "success" as const,
      evidence: { verdicts: evidence },
    };
    const entry = ledgerEntry(given, { id: entryId, now: at });
    const last = this.#scene.links.at(-1) ?? GENESIS;
    const link = seal(entry, last, digest);
    hold(
      "recorded",
      firstBreak([link], last, digest) === null,
      () => `${entryId} breaks the chain`,
    );
    this.#scene.links.push(link);
  }
}
