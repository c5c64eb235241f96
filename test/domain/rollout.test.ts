// The ways that a rollout goes, one strategy and one verb at a time.
import { describe, expect, it } from "vitest";
import { estimateOf, statusOf } from "#domain/deployment.ts";
import {
  CANARY,
  STRATEGY_SAMPLES,
  emptyRoutes,
  planFor,
  rolloutOf,
  stableRoutes,
} from "./rollouts.ts";
import { CALM, World } from "./world.ts";
import type { Behaviour } from "./world.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { Rollout } from "#domain/rollout/rollout.ts";

function started(
  strategy: Strategy,
  more: { behaviour?: Behaviour; rollout?: Partial<Rollout>; first?: boolean } = {},
): World {
  const before = more.first ? emptyRoutes() : stableRoutes();
  const world = new World(rolloutOf(strategy, more.rollout), before, more.behaviour);
  world.take({ type: "execute", actor: "ada", plan: planFor(strategy, before) });
  return world;
}

const failing: Behaviour = { ...CALM, traffic: { candidate: 200, stable: 200, failing: 40 } };
const quiet: Behaviour = { ...CALM, traffic: { candidate: 0, stable: 0, failing: 0 } };
const meagre: Behaviour = { ...CALM, traffic: { candidate: 0, stable: 9, failing: 0 } };

describe("a rollout", () => {
  for (const strategy of STRATEGY_SAMPLES.filter(({ name }) => name !== "ABTesting")) {
    it(`completes by ${strategy.name} when all is well, on every node`, () => {
      const rollout = started(strategy).run();
      expect(statusOf(rollout)).toBe("Completed");
      expect(rollout.succeeded).toHaveLength(4);
    });

    it(`completes by ${strategy.name} without traffic on the health function alone`, () => {
      expect(statusOf(started(strategy, { behaviour: quiet, first: true }).run())).toBe(
        "Completed",
      );
    });
  }

  it("goes through the canary's stages with their shares", () => {
    const world = started(CANARY);
    const shares = new Set<number>();
    for (let round = 0; round < 200; round += 1) {
      world.settle();
      shares.add(world.share());
      world.tick();
    }
    expect([...shares]).toEqual([10, 25, 50, 100]);
  });

  it("is never expected to end before the bakes that are left", () => {
    const world = started({ name: "Canary", stages: [50, 100], evaluationPeriodMs: 60_000 });
    const left: [string, number][] = [];
    while (world.rollout.phase.name !== "baking") {
      left.push([world.rollout.phase.name, (estimateOf(world.rollout, 0) ?? 0) / 60_000]);
      world.perform();
      world.deliver();
    }
    expect(left.filter(([, bakes]) => bakes < 2)).toEqual([]);
  });

  it("rolls a canary back when a gate fails, and says by which numbers", () => {
    const world = started(CANARY, { behaviour: failing });
    const rollout = world.run();
    expect(statusOf(rollout)).toBe("RolledBack");
    expect(rollout.message).toMatch(/Error rate: 20\.00% of \d+ calls failed/);
    expect(world.share()).toBe(0);
    expect(world.history.find(({ evidence }) => evidence.length > 0)?.evidence[0]?.verdict).toBe(
      "fail",
    );
  });

  it("fails a first version that does not hold, since there is none to go back to", () => {
    const rollout = started(CANARY, { behaviour: failing, first: true }).run();
    expect(statusOf(rollout)).toBe("Failed");
  });

  it("tells of no health verdict where the health function is turned off", () => {
    const health = { ...rolloutOf(CANARY).health, enabled: false };
    const world = started(CANARY, { rollout: { health } });
    world.run();
    const gates = world.history.flatMap(({ evidence }) => evidence.map(({ gate }) => gate));
    expect(gates).toContain("errorRate");
    expect(gates).not.toContain("health");
  });

  it("extends a bake that is inconclusive, then waits for a person", () => {
    const world = started(CANARY, { behaviour: meagre });
    const rollout = world.run();
    expect(rollout.phase).toMatchObject({ name: "paused", cause: "inconclusive" });
    expect(world.history.filter(({ to }) => to === "judging")).toHaveLength(3);
  });

  it("waits with the first wave's gates passed when it may not promote itself", () => {
    const world = started(CANARY, { rollout: { autoPromote: false } });
    expect(world.run().phase).toMatchObject({ name: "paused", cause: "promotion", wave: 0 });
    world.take({ type: "promote", actor: "ada", reason: null });
    expect(world.run().phase).toMatchObject({ name: "paused", cause: "promotion", wave: 1 });
  });

  it("names the node whose health function fails, and takes the healthy ones of the wave back too", () => {
    const world = started(STRATEGY_SAMPLES[1] ?? CANARY, {
      behaviour: { ...CALM, ill: new Set(["west-2"]) },
    });
    const rollout = world.run();
    expect(statusOf(rollout)).toBe("RolledBack");
    expect(rollout.message).toContain(
      "Health checks failed at stage 50%: it said no on node west-2",
    );
    expect(rollout.failed).toEqual(["west-2"]);
    expect([...world.loaded]).toEqual([]);
  });

  it("pauses a rolling update at a failing batch, with that batch taken back", () => {
    const regional = STRATEGY_SAMPLES.find(({ name }) => name === "Regional") ?? CANARY;
    const world = started(regional, { behaviour: { ...CALM, ill: new Set(["west-1"]) } });
    const isSecond = (): boolean => "wave" in world.rollout.phase && world.rollout.phase.wave === 1;
    for (let round = 0; round < 200 && !(isSecond() && world.loaded.size === 2); round += 1) {
      world.perform();
      world.deliver();
    }
    expect(isSecond()).toBe(true);
    world.take({ type: "abort", actor: "ada", reason: "enough" });
    expect(statusOf(world.run())).toBe("RolledBack");
    expect([...world.loaded]).toEqual([]);
  });

  it("gives its claim back when it is refused one, for the answer may have been lost", () => {
    const world = started(CANARY);
    world.pending.length = 0;
    const { turn } = world.rollout;
    world.take({ type: "claimRefused", turn, message: "no answer" });
    expect(world.pending).toContainEqual({ type: "release", turn: turn + 1 });
  });

  it("gives back at the sweep what was claimed only after its end", () => {
    const world = started(CANARY);
    const { turn } = world.run();
    world.take({ type: "tick" });
    expect(world.pending).toEqual([]);
    world.take({ type: "sweep" });
    expect(world.pending).toEqual([{ type: "release", turn }]);
  });

  describe("that is undone", () => {
    const undone = (before = stableRoutes()): World => {
      const world = new World(rolloutOf(CANARY), before);
      world.take({ type: "execute", actor: "ada", plan: planFor(CANARY, before) });
      world.run();
      world.take({ type: "rollback", actor: "ada", reason: "complaints" });
      world.perform();
      world.perform();
      world.perform();
      world.deliver();
      return world;
    };
    const restores = (world: World) => world.pending.filter(({ type }) => type === "restore");

    it("makes up for what a node could not load, once it answers", () => {
      const world = undone();
      const { turn } = world.rollout;
      world.take({ type: "loaded", turn, node: "east-1", fault: "no answer" });
      const moduleId = "greeter-v1.0.0";
      expect(restores(world)).toEqual([{ type: "restore", turn, node: "east-1", moduleId }]);
    });

    it("makes up for what no node said in time", () => {
      const world = undone();
      world.pending.length = 0;
      world.tick();
      expect(restores(world)).toHaveLength(4);
    });

    it("loads every version that stood on a node, not the first to answer alone", () => {
      const divided = stableRoutes().map(({ region, entries }) => ({
        region,
        entries: entries.flatMap((entry) => [
          { ...entry, weight: 60 },
          { ...entry, moduleId: "greeter-v0.9.0", weight: 40 },
        ]),
      }));
      const world = undone(divided);
      const orders = world.pending.filter(({ type }) => type === "load" || type === "restore");
      const onEast = orders.filter((order) => "node" in order && order.node === "east-1");
      expect(onEast.map(({ type }) => type)).toEqual(["restore", "load"]);
    });
  });

  it("expires when nobody executes it within a day", () => {
    const world = new World(rolloutOf(CANARY), stableRoutes());
    world.tick();
    expect(statusOf(world.rollout)).toBe("Failed");
    expect(world.rollout.message).toContain("24 hours");
  });
});
