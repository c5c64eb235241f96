// Looks after an app's replicas: probes them as their states ask, and brings what follows to their lattice and their nodes.
import type { App, Container } from "#domain/app/app.ts";
import { errorOf } from "#domain/health/probe.ts";
import type { ProbeCommand, ProbeEvent } from "#domain/health/probe.ts";
import type { Outcome } from "#domain/workload/observe.ts";
import { announce } from "#stores/events.ts";
import { latticeOf } from "#stores/objects.ts";
import type { Counts } from "./counts.ts";
import { healthEvent } from "./event.ts";
import { probed, renew } from "./place.ts";
import type { Probes } from "./probes.ts";

type Whose = {
  /** Null once it was removed. */
  readonly app: () => App | null;
  /** A probe was answered: the next may be due at another time. */
  readonly answered: () => Promise<void>;
  /** Something was done that replicas show. */
  readonly done: () => Promise<void>;
};

export class Care {
  readonly #env: Env;
  readonly #probes: Probes;
  readonly #counts: Counts;
  readonly #whose: Whose;

  constructor(env: Env, of: { probes: Probes; counts: Counts }, whose: Whose) {
    this.#env = env;
    this.#probes = of.probes;
    this.#counts = of.counts;
    this.#whose = whose;
  }

  async step(container: Container, event: ProbeEvent): Promise<void> {
    const app = this.#whose.app();
    if (app === null) return;
    const at = { policy: app.spec.health, now: Date.now() };
    for (const command of this.#probes.step(container.id, event, at)) {
      await this.#perform(app, container, command);
    }
  }

  async #perform(app: App, container: Container, command: ProbeCommand): Promise<void> {
    const { id: instance } = container;
    const isKept = app.spec.restart === "Never";
    switch (command.type) {
      case "probe": {
        const outcome = await probed(this.#env, container, app);
        const isPassed = errorOf(app.spec.health, outcome) === null;
        this.#counts.add(isPassed ? "checksPassed" : "checksFailed");
        await this.step(container, { type: "probed", outcome });
        return this.#whose.answered();
      }
      case "becameHealthy":
        await this.#tell(app, { type: "healthy", instance });
        break;
      case "becameUnhealthy":
        await this.#tell(app, { type: "unhealthy", instance, reason: command.reason });
        break;
      case "restart":
        if (isKept) return;
        await renew(this.#env, container);
        break;
      case "recreate":
        if (isKept) return;
        await this.#tell(app, { type: "condemned", instance, reason: command.reason });
        break;
    }
    const state = this.#probes.get(instance);
    await announce(this.#env, healthEvent(app, { container, command, state }, Date.now()));
    await this.#whose.done();
  }

  async #tell({ namespace }: App, outcome: Outcome): Promise<void> {
    await latticeOf(this.#env, namespace).hear([outcome]);
  }
}
