// Rollouts of one module, two or three at a time: their objects, the database, the nodes' runners, isolates that route
// calls, users who press every verb at the worst time, and whatever goes wrong between them.
import { isTerminal } from "#domain/rollout/rollout.ts";
import type { Event, Phase, Plan, Rollout } from "#domain/rollout/rollout.ts";
import type { RegionRoute } from "#domain/route.ts";
import {
  NODES,
  STRATEGY_SAMPLES,
  emptyRoutes,
  planFor,
  rolloutOf,
  stableRoutes,
} from "#test/domain/rollouts.ts";
import { Clock } from "#test/sim/clock.ts";
import { hold } from "#test/sim/invariant.ts";
import { CALM, Network, WEATHERS } from "#test/sim/network.ts";
import type { Weather } from "#test/sim/network.ts";
import type { Tape } from "#test/sim/tape.ts";
import type { Told } from "#test/sim/told.ts";
import { Database } from "./database.ts";
import { Hands } from "./hands.ts";
import { Isolate } from "./isolate.ts";
import type { Decision } from "./isolate.ts";
import { Judge, phaseOf } from "./judge.ts";
import { Runner } from "./runner.ts";
import type { Conduct } from "./runner.ts";
import { SOUND } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { Shell } from "./shell.ts";
import type { VerbEvent } from "./shell.ts";

const STABLE = "greeter-v1.0.0";
const OLDER = "greeter-v0.9.0";
/** For so long things go wrong and people meddle; then all is left to come to its end. */
const TROUBLE_MS = 60_000;
const STEPS_MAX = 30_000;
const TRAFFIC_MS = 500;
const SWEEP_MS = 60_000;
const OUTAGE_MS_MAX = 40_000;
const VERBS = [
  "execute",
  "abort",
  "rollback",
  "rollback",
  "pause",
  "resume",
  "promote",
  "retry",
  "approve",
];
const IDLE: ReadonlySet<Phase["name"]> = new Set([
  "pending",
  "paused",
  "completed",
  "failed",
  "rolledBack",
]);
const KEYS = ["ada", "bob", "eve"] as const;

const CONDUCTS: readonly [Conduct, ...Conduct[]] = [
  SOUND,
  SOUND,
  { failing: 60, ms: 1, gas: 10_000 },
  { failing: 0, ms: 40, gas: 90_000 },
  { failing: 100, ms: 1, gas: 10_000 },
];
const CALLS = [20, 0, 1, 60] as const;

export class RolloutWorld {
  readonly #told: Told;
  readonly #tape: Tape;
  readonly #scene: Scene;
  readonly #hands: Hands;
  readonly #judge: Judge;
  readonly #isolates: Isolate[];
  /** Somebody calls. */
  #isBusy = true;
  /** Nothing goes wrong, nobody presses a verb, and the first candidate is sound. */
  #isSmooth = true;

  constructor(tape: Tape, told: Told) {
    this.#told = told;
    this.#tape = tape;
    const weather = tape.pick(WEATHERS);
    const isFirst = tape.chance(200);
    const routes = isFirst ? emptyRoutes() : tape.chance(300) ? dividedRoutes() : stableRoutes();
    const clock = new Clock();
    this.#scene = {
      clock,
      network: new Network(clock, tape),
      database: new Database(routes, (written) => this.#judge.written(written)),
      runners: new Map(NODES.map(({ node }) => [node, new Runner()])),
      conducts: new Map([
        [STABLE, SOUND],
        [OLDER, SOUND],
      ]),
      shells: new Map(),
      links: [],
      calls: tape.pick(CALLS),
    };
    this.#hands = new Hands(this.#scene);
    this.#judge = new Judge(this.#scene);
    for (const { entries } of routes) {
      for (const { moduleId, nodes } of entries) {
        for (const node of nodes) {
          this.#scene.runners.get(node)?.load(moduleId, { owner: "first", turn: 1 });
        }
      }
    }
    const around = {
      clock: this.#scene.clock,
      network: this.#scene.network,
      tape,
      read: () =>
        this.#scene.database.isDown
          ? null
          : {
              routes: this.#scene.database.routes(),
              versions: [...this.#scene.conducts.keys()].map((id) => ({
                id,
                status: "Active" as const,
                maxSeconds: 1,
              })),
              nodes: NODES.map(({ node, region }) => ({
                id: node,
                region,
                isEnabled: true,
                status: this.#isDown(node) ? ("Unhealthy" as const) : ("Healthy" as const),
              })),
            },
      call: (decision: Decision) => this.#judge.called(decision),
    };
    this.#isolates = [new Isolate(around), new Isolate(around)];
    const rollouts = 1 + tape.draw(3);
    for (let number = 1; number <= rollouts; number += 1) this.#create(number);
    if (weather !== CALM) this.#isSmooth = false;
    this.#trouble(weather);
    this.#traffic();
  }

  run(): void {
    this.#scene.network.weather = CALM;
    while (this.#scene.clock.steps < STEPS_MAX && this.#scene.clock.step())
      if (this.#isAtRest()) break;
    this.#calm();
    for (const [id, { rollout, isDrained }] of this.#scene.shells) {
      hold(
        "deadline",
        isTerminal(rollout) && isDrained,
        () => `${id} hangs in ${rollout.phase.name}`,
      );
    }
    const first = this.#scene.shells.get("deploy-1")?.rollout.phase.name;
    if (this.#isSmooth) hold("completed", first === "completed", () => `deploy-1 is ${first}`);
    this.#judge.end();
  }

  #create(number: number): void {
    const id = `deploy-${number}`;
    const candidate = `greeter-v${number + 1}.0.0`;
    const tape = this.#tape;
    const conduct = tape.pick(CONDUCTS);
    this.#scene.conducts.set(candidate, conduct);
    const strategy = tape.pick(STRATEGY_SAMPLES as [(typeof STRATEGY_SAMPLES)[0]]);
    const autoPromote = !tape.chance(200);
    const autoRollback = !tape.chance(200);
    const rollout = rolloutOf(strategy, { id, candidate, autoPromote, autoRollback });
    const isRefused = tape.chance(100);
    if (isRefused)
      this.#scene.runners
        .get(NODES[tape.draw(NODES.length)]?.node ?? "")
        ?.unloadable.add(candidate);
    // An experiment decides by more than soundness, and who may not promote waits for somebody.
    const isSure = conduct === SOUND && strategy.name !== "ABTesting" && autoPromote && !isRefused;
    if (number === 1 && !isSure) this.#isSmooth = false;
    const shell = new Shell(rollout, {
      clock: this.#scene.clock,
      network: this.#scene.network,
      tape,
      perform: (of, command, told) => this.#hands.perform(of, command, told),
      watch: (before, after, event) => this.#stepped(id, { before, after, event }),
    });
    this.#scene.shells.set(id, shell);
    this.#scene.clock.after(number === 1 ? 0 : tape.draw(20_000), () => this.#press(id, "execute"));
  }

  /** Everything that is to go wrong, and every verb that somebody will press. */
  #trouble(weather: Weather): void {
    const tape = this.#tape;
    const { clock } = this.#scene;
    this.#scene.clock.after(0, () => (this.#scene.network.weather = weather));
    for (let at = SWEEP_MS; at <= TROUBLE_MS + 2 * SWEEP_MS; at += SWEEP_MS) {
      clock.after(at, () => this.#sweep());
    }
    const pressed = tape.draw(7);
    if (pressed > 0) this.#isSmooth = false;
    for (let verbs = pressed; verbs > 0; verbs -= 1) {
      const id = `deploy-${1 + tape.draw(this.#scene.shells.size)}`;
      const verb = VERBS[tape.draw(VERBS.length)] ?? "execute";
      clock.after(tape.draw(TROUBLE_MS), () => this.#press(id, verb));
    }
    const isRough = weather !== CALM;
    for (let outages = isRough ? tape.draw(4) : 0; outages > 0; outages -= 1) {
      const from = tape.draw(TROUBLE_MS);
      const spanMs = tape.draw(OUTAGE_MS_MAX);
      const which = tape.draw(7);
      const runner = this.#scene.runners.get(NODES[tape.draw(NODES.length)]?.node ?? "");
      clock.after(from, () => this.#fail(which, runner));
      clock.after(Math.min(TROUBLE_MS, from + spanMs), () => this.#mend(which, runner));
    }
    clock.after(TROUBLE_MS, () => this.#calm());
  }

  /** The leading controller's: it asks the database who is to be woken. */
  #sweep(): void {
    if (this.#scene.database.isDown) return;
    const holders = new Set([...this.#scene.database.rows.values()].map(({ holder }) => holder));
    for (const [id, shell] of this.#scene.shells) {
      if (holders.has(id) || !isTerminal(shell.rollout)) shell.wake("sweep");
    }
  }

  #fail(which: number, runner: Runner | undefined): void {
    this.#note(
      [
        "database down",
        "database down",
        "node down",
        "node restarts",
        "node lies: well",
        "node lies: ill",
        "all evicted",
      ][which] ?? "",
    );
    if (which <= 1) this.#scene.database.isDown = true;
    if (which === 6) for (const shell of this.#scene.shells.values()) shell.evict();
    if (runner === undefined) return;
    if (which === 2 || which === 3) runner.isDown = true;
    if (which === 4) runner.lie = "well";
    if (which === 5) runner.lie = "ill";
  }

  #mend(which: number, runner: Runner | undefined): void {
    if (which <= 1) this.#scene.database.isDown = false;
    if (runner === undefined) return;
    if (which === 3) runner.restart();
    runner.isDown = false;
    runner.lie = null;
  }

  #calm(): void {
    this.#scene.network.weather = CALM;
    for (const runner of this.#scene.runners.values()) this.#mend(0, runner);
  }

  #isAtRest(): boolean {
    if (this.#scene.clock.now <= TROUBLE_MS + 3 * SWEEP_MS) return false;
    for (const { rollout, isDrained } of this.#scene.shells.values()) {
      if (!isTerminal(rollout) || !isDrained) return false;
    }
    return true;
  }

  #press(id: string, verb: string): void {
    const shell = this.#scene.shells.get(id);
    if (shell === undefined) return;
    const event = this.#eventOf(shell.rollout, verb);
    const isDone = shell.ask(event);
    this.#note(`${verb} ${id}${isDone ? "" : " (refused)"}`);
  }

  #eventOf(rollout: Rollout, verb: string): VerbEvent {
    if (verb === "execute") return { type: "execute", actor: "ada", plan: this.#planOf(rollout) };
    // One of VERBS, and not the one that has a plan.
    const type = verb as Exclude<VerbEvent["type"], "execute">;
    return { type, actor: "bob", reason: "because" };
  }

  #planOf({ strategy }: Rollout): Plan {
    const before = this.#scene.database.routes();
    const previous = before.flatMap(({ entries }) => entries)[0]?.moduleId ?? null;
    return { ...planFor(strategy, before), previous };
  }

  #stepped(id: string, of: { before: Rollout; after: Rollout; event: Event }): void {
    const { before, after, event } = of;
    // Too few called it to tell.
    if (after.phase.name === "paused" && after.phase.cause === "inconclusive")
      this.#isSmooth = false;
    if (after.turn !== before.turn) {
      this.#note(`${id}: ${before.phase.name} → ${phaseOf(after.phase)} (${event.type})`);
    }
    if (!this.#isBusy && !IDLE.has(after.phase.name)) {
      this.#isBusy = true;
      this.#traffic();
    }
    this.#judge.stepped(id, of);
  }

  #traffic(): void {
    this.#scene.clock.after(TRAFFIC_MS, () => {
      for (const [place, isolate] of this.#isolates.entries()) {
        isolate.request(KEYS[(this.#scene.clock.steps + place) % KEYS.length] ?? null);
        isolate.request(null);
      }
      // While everybody waits for a person, or for no one, there is nothing to be seen.
      this.#isBusy =
        this.#scene.clock.now <= TROUBLE_MS || !this.#phases().every((name) => IDLE.has(name));
      if (this.#isBusy) this.#traffic();
    });
  }

  #phases(): Phase["name"][] {
    return [...this.#scene.shells.values()].map(({ rollout }) => rollout.phase.name);
  }

  #isDown(node: string): boolean {
    return this.#scene.runners.get(node)?.isDown === true;
  }

  #note(what: string): void {
    this.#told.simulatedMs = this.#scene.clock.now;
    this.#told.history.push(`${(this.#scene.clock.now / 1000).toFixed(3)} s  ${what}`);
  }
}

/** Two versions stand side by side, in parts that don't divide evenly. */
function dividedRoutes(): RegionRoute[] {
  return stableRoutes().map(({ region, entries }) => ({
    region,
    entries: entries.flatMap((entry) => [
      { ...entry, weight: 67 },
      { ...entry, moduleId: OLDER, weight: 33 },
    ]),
  }));
}
