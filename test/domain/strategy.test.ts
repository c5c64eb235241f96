// Strategies as functions from configuration and targets to waves.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planWaves, retentionMs } from "#domain/strategy/strategy.ts";
import type { Strategy } from "#domain/strategy/strategy.ts";
import type { Target } from "#domain/strategy/wave.ts";
import { STRATEGY_SAMPLES } from "./rollouts.ts";

const targets = (nodes: readonly Target[], traffic: Record<string, number> = {}) => ({
  nodes,
  coverage: Object.fromEntries(nodes.map(({ region }) => [region, 1])),
  traffic,
});

const ten = Array.from({ length: 10 }, (_, index) => ({
  node: `n${index}`,
  region: index < 5 ? "east" : "west",
}));

describe("canary", () => {
  it("takes the first ceil(N · percent / 100) nodes at each stage, over all regions in turn", () => {
    const waves = planWaves(
      { name: "Canary", stages: [10, 25, 50, 100], evaluationPeriodMs: 1 },
      targets(ten),
    );
    expect(waves.map((wave) => wave.nodes.length)).toEqual([1, 3, 5, 10]);
    expect(waves[1]?.nodes).toEqual(["n0", "n5", "n1"]);
    expect(waves.map((wave) => wave.shares)).toEqual([
      { east: 10 },
      { east: 25, west: 25 },
      { east: 50, west: 50 },
      { east: 100, west: 100 },
    ]);
  });

  it("asks less of a region of which only a part is a target", () => {
    const waves = planWaves(
      { name: "Canary", stages: [50, 100], evaluationPeriodMs: 1 },
      { nodes: ten.slice(0, 1), coverage: { east: 0.5 }, traffic: {} },
    );
    expect(waves.map((wave) => wave.shares)).toEqual([{ east: 25 }, { east: 50 }]);
  });
});

describe("blue-green", () => {
  const blueGreen: Strategy = {
    name: "BlueGreen",
    healthCheckTimeoutMs: 1,
    keepBlueEnvironment: true,
    blueRetentionPeriodMs: 7,
  };

  it("loads green everywhere without traffic, then switches all at once", () => {
    const waves = planWaves(blueGreen, targets(ten));
    expect(waves.map((wave) => wave.shares)).toEqual([
      { east: 0, west: 0 },
      { east: 100, west: 100 },
    ]);
  });

  it("keeps blue for its retention, if it is to be kept", () => {
    expect(retentionMs(blueGreen)).toBe(7);
    expect(retentionMs({ ...blueGreen, keepBlueEnvironment: false })).toBe(0);
  });
});

describe("rolling", () => {
  it("moves batches of nodes, and with each the part of its region that has moved", () => {
    const waves = planWaves(
      { name: "Rolling", batchSize: 4, batchDelayMs: 1, pauseOnFailure: true },
      targets(ten),
    );
    expect(waves.map((wave) => wave.nodes.length)).toEqual([4, 4, 2]);
    expect(waves.map((wave) => wave.shares)).toEqual([
      { east: 40, west: 40 },
      { east: 80, west: 80 },
      { east: 100, west: 100 },
    ]);
  });
});

describe("regional", () => {
  const regional: Strategy = {
    name: "Regional",
    regionOrder: null,
    interRegionDelayMs: 1,
    abortOnRegionFailure: false,
  };

  it("begins where the least traffic is", () => {
    const waves = planWaves(regional, targets(ten, { east: 100, west: 3 }));
    expect(waves.map((wave) => wave.label)).toEqual(["Region west", "Region east"]);
  });

  it("follows the order that was given, skips regions without nodes, and leaves none out", () => {
    const order = { ...regional, regionOrder: ["north", "east"] };
    const waves = planWaves(order, targets(ten, { east: 100, west: 3 }));
    expect(waves.map((wave) => wave.label)).toEqual(["Region east", "Region west"]);
  });
});

describe("every strategy", () => {
  const anyTargets = fc
    .array(fc.record({ node: fc.uuid(), region: fc.constantFrom("east", "west", "north") }), {
      minLength: 1,
      maxLength: 30,
    })
    .map((nodes) => targets(nodes));

  it("reaches every target node, and gives every region all of its traffic, in its last waves", () => {
    fc.assert(
      fc.property(fc.constantFrom(...STRATEGY_SAMPLES), anyTargets, (strategy, given) => {
        const waves = planWaves(strategy, given);
        const reached = new Set(waves.flatMap((wave) => wave.nodes));
        expect(reached.size).toBe(given.nodes.length);
        const shares = Object.assign({}, ...waves.map((wave) => wave.shares));
        for (const { region } of given.nodes) expect(shares[region]).toBe(100);
      }),
    );
  });

  it("never takes traffic back from one wave to the next, nor reports less progress", () => {
    fc.assert(
      fc.property(fc.constantFrom(...STRATEGY_SAMPLES), anyTargets, (strategy, given) => {
        const before = new Map<string, number>();
        let progress = 0;
        for (const wave of planWaves(strategy, given)) {
          expect(wave.progress).toBeGreaterThanOrEqual(progress);
          progress = wave.progress;
          for (const [region, share] of Object.entries(wave.shares)) {
            expect(share).toBeGreaterThanOrEqual(before.get(region) ?? 0);
            before.set(region, share);
          }
        }
        expect(progress).toBe(100);
      }),
    );
  });

  it("gives traffic only to regions in which it has loaded a node", () => {
    fc.assert(
      fc.property(fc.constantFrom(...STRATEGY_SAMPLES), anyTargets, (strategy, given) => {
        const loaded = new Set<string>();
        for (const wave of planWaves(strategy, given)) {
          for (const { node, region } of given.nodes)
            if (wave.nodes.includes(node)) loaded.add(region);
          for (const region of Object.keys(wave.shares)) expect(loaded).toContain(region);
        }
      }),
    );
  });
});
