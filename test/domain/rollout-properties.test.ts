// The invariants of the design over random strategies, behaviours, orders of events and interventions.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTerminal, wakeAt } from "#domain/rollout/rollout.ts";
import type { Event, Rollout } from "#domain/rollout/rollout.ts";
import { step } from "#domain/rollout/step.ts";
import { stickyBucket, versionAt, weightSum } from "#domain/route.ts";
import type { RegionRoute } from "#domain/route.ts";
import {
  CANDIDATE,
  NODES,
  STRATEGY_SAMPLES,
  emptyRoutes,
  planFor,
  rolloutOf,
  stableRoutes,
} from "./rollouts.ts";
import { World } from "./world.ts";
import type { Behaviour } from "./world.ts";

const nodeNames = NODES.map(({ node }) => node);
const someNodes = fc
  .subarray([...nodeNames], { maxLength: 2 })
  .map((names) => new Set<string>(names));

/** None, a few or many in each reading: too few must not pass for enough. */
const calls = fc.oneof(fc.constant(0), fc.nat(3), fc.nat(300));

const behaviours: fc.Arbitrary<Behaviour> = fc.record({
  unloadable: fc.oneof({ weight: 4, arbitrary: fc.constant(new Set<string>()) }, someNodes),
  ill: fc.oneof({ weight: 4, arbitrary: fc.constant(new Set<string>()) }, someNodes),
  traffic: fc.record({
    candidate: calls,
    stable: calls,
    failing: fc.constantFrom(0, 0, 0, 1, 60),
  }),
});

/** What happens next: mostly the machine goes on, sometimes it stumbles, sometimes a person steps in. */
type Move =
  | { kind: "perform" | "deliver" | "settle" | "double" | "lose" | "tick" | "early" | "overdue" }
  | { kind: "reorder"; pick: number }
  | { kind: "verb"; verb: "pause" | "resume" | "promote" | "abort" | "rollback" | "retry" };

const smooth = [
  { weight: 10, arbitrary: fc.constant<Move>({ kind: "perform" }) },
  { weight: 10, arbitrary: fc.constant<Move>({ kind: "deliver" }) },
  { weight: 8, arbitrary: fc.constantFrom<Move>({ kind: "tick" }, { kind: "settle" }) },
];
const rough = [
  { weight: 2, arbitrary: fc.constantFrom<Move>({ kind: "double" }, { kind: "early" }) },
  { weight: 1, arbitrary: fc.constantFrom<Move>({ kind: "lose" }, { kind: "overdue" }) },
  { weight: 2, arbitrary: fc.nat(5).map((pick): Move => ({ kind: "reorder", pick })) },
];
const people = {
  weight: 1,
  arbitrary: fc
    .constantFrom("pause", "resume", "promote", "abort", "rollback", "retry")
    .map((verb): Move => ({ kind: "verb", verb })),
};

/** Left to itself fast-check makes arrays of about ten, which end before the first wave. */
const LONG = { minLength: 20, maxLength: 200, size: "max" } as const;

/** Smooth runs get far, rough ones and those that people meddle with see more of the corners. */
const scripts = fc.oneof(
  fc.array(fc.oneof(...smooth), LONG),
  fc.array(fc.oneof(...smooth, ...rough), LONG),
  fc.array(fc.oneof(...smooth, ...rough, people), LONG),
);

const cases = fc.record({
  strategy: fc.constantFrom(...STRATEGY_SAMPLES),
  first: fc.boolean(),
  behaviour: behaviours,
  autoPromote: fc.boolean(),
  autoRollback: fc.boolean(),
  script: scripts,
});
type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never;

function begin(given: Case): World {
  const before = given.first ? emptyRoutes() : stableRoutes();
  const { autoPromote, autoRollback } = given;
  const world = new World(
    rolloutOf(given.strategy, { autoPromote, autoRollback }),
    before,
    given.behaviour,
  );
  world.take({ type: "execute", actor: "ada", plan: planFor(given.strategy, before) });
  return world;
}

function move(world: World, next: Move): void {
  switch (next.kind) {
    case "perform":
      return world.perform();
    case "deliver":
      return world.deliver();
    case "reorder":
      return world.deliver(Math.min(next.pick, Math.max(0, world.inbox.length - 1)));
    case "double": {
      const [first] = world.inbox;
      if (first !== undefined) world.inbox.push(first);
      return undefined;
    }
    case "lose":
      return void world.inbox.shift();
    case "settle":
      return world.settle();
    case "tick":
      // While answers are on their way time only creeps; a deadline is missed by `overdue`.
      return world.pending.length + world.inbox.length > 0 ? creep(world) : world.tick();
    case "overdue":
      return world.tick();
    case "early":
      return world.take({ type: "tick" });
    case "verb":
      return world.take({ type: next.verb, actor: "bob", reason: "because" });
  }
}

function creep(world: World): void {
  world.now += 1;
  world.take({ type: "tick" });
}

/** Runs the script, looking at every state on the way. */
function play(given: Case, look: (world: World, before: Rollout) => void): World {
  const world = begin(given);
  for (const next of given.script) {
    const before = world.rollout;
    move(world, next);
    look(world, before);
  }
  return world;
}

function holds(look: (world: World, before: Rollout) => void, runs = 2_000): void {
  fc.assert(
    fc.property(cases, (given) => void play(given, look)),
    { numRuns: runs },
  );
}

describe("a rollout, whatever comes late, twice, in another order or not at all", () => {
  it("keeps the weights of every route at a sum of 100", () => {
    holds(({ routes }) => {
      for (const route of routes) if (route.entries.length > 0) expect(weightSum(route)).toBe(100);
    });
  });

  it("breaks none of the sentences that production asserts", () => {
    holds(({ broken }) => expect(broken).toEqual([]));
  });

  it("gives every state that isn't terminal a deadline", () => {
    holds(({ rollout }) => expect(isTerminal(rollout) || wakeAt(rollout) !== null).toBe(true));
  });

  it("never leaves a terminal phase, but for a completed rollout that is rolled back on request", () => {
    holds(({ rollout }, before) => {
      if (!isTerminal(before) || rollout === before) return;
      expect(before.phase.name).toBe("completed");
      expect(rollout.phase.name).toBe("withdrawing");
    });
  });

  it("numbers every transition without a gap, each with an actor and a reason", () => {
    holds(({ history }) => {
      const numbers = history.map(({ sequence }) => sequence);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(history.every(({ actor, reason }) => actor !== "" && reason !== "")).toBe(true);
    });
  });

  it("starts no wave before every gate of the one before passed since the last change of weight, or a person promoted it", () => {
    holds(({ history }) => {
      const shifted = history.flatMap(({ to }, index) => (to === "routing" ? [index] : []));
      for (const [first, second] of shifted.map((at, index) => [at, shifted[index + 1]] as const)) {
        if (second === undefined) continue;
        const between = history.slice(first, second);
        const passed = between.some(
          ({ reason, evidence }) =>
            /no bake is asked for/.test(reason) ||
            (evidence.length > 0 && evidence.every(({ verdict }) => verdict === "pass")),
        );
        const person = between.some(({ actor }) => actor === "bob");
        const withdrawn = between.some(({ to }) => to.startsWith("withdrawing"));
        expect(passed || person || withdrawn).toBe(true);
      }
    });
  });

  it("sends no request to the candidate after an abort has been routed", () => {
    holds((world) => {
      const { rollout } = world;
      const over = rollout.phase.name === "rolledBack" || rollout.phase.name === "failed";
      if (over) expect(world.share()).toBe(0);
    });
  });

  it("keeps a sticky user on the new version until it is withdrawn", () => {
    fc.assert(
      fc.property(cases, fc.string({ minLength: 1 }), (given, key) => {
        const bucket = stickyBucket("greeter", key);
        let on = new Set<string>();
        play(given, ({ routes, history }) => {
          if (history.some(({ to }) => to.startsWith("withdrawing"))) return;
          const now = new Set(regionsOn(routes, bucket));
          for (const region of on) expect(now).toContain(region);
          on = now;
        });
      }),
      { numRuns: 1_500 },
    );
  });

  it("ends within a bounded number of ticks once people and faults leave it alone", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const world = play(given, () => undefined);
        for (let round = 0; round < 40 && !isTerminal(world.run()); round += 1) {
          // Paused: nobody decides, and the deadline does.
          world.tick();
        }
        expect(isTerminal(world.rollout)).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });

  it("leaves the candidate on no node once it is withdrawn and the orders have arrived", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const world = play(given, () => undefined);
        world.take({ type: "abort", actor: "bob", reason: "because" });
        world.run();
        if (world.rollout.phase.name !== "rolledBack") return;
        expect(world.share()).toBe(0);
        expect([...world.loaded]).toEqual([]);
        expect(world.released).toBeGreaterThan(0);
      }),
      { numRuns: 1_500 },
    );
  });

  it("changes nothing on an outcome of an earlier turn", () => {
    holds(({ rollout, now }) => {
      const late: Event = { type: "routed", turn: rollout.turn - 1, fault: null };
      expect(step(rollout, late, now)).toEqual([rollout, []]);
    }, 100);
  });
});

function regionsOn(routes: readonly RegionRoute[], bucket: number): string[] {
  return routes
    .filter((route) => versionAt(route, bucket)?.moduleId === CANDIDATE)
    .map((route) => route.region);
}
