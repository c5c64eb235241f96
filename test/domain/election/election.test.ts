// The election in simulated time: seeded, with clocks that are off, answers that are late or lost, and crashes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clusterOf, parseControllers } from "#domain/cluster.ts";
import { LEASE_MS, TICK_MS, asked } from "#domain/election/lease.ts";
import { TIMING, isLeading, newMember, step } from "#domain/election/member.ts";
import { World } from "./world.ts";
import type { Faults } from "./world.ts";

const SKEW_MS = 5_000;
const HOUR_MS = 3_600_000;

/** A stream of numbers from 0 up to 1 that a seed gives. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const seeds = fc.integer();
const offsets = fc.array(fc.integer({ min: -SKEW_MS, max: SKEW_MS }), {
  minLength: 4,
  maxLength: 4,
});

function calm(seed: number, offsetsMs: readonly number[]): Faults {
  const chance = chanceOf(seed);
  return { offsetsMs, chance, latencyMsMax: 0, lossRate: 0, crashRate: 0, jumpMsMax: 0 };
}

describe("an election", () => {
  test("never has two leaders in one term, nor at one moment, whatever clocks are off by, is late, lost or down", () => {
    fc.assert(
      fc.property(seeds, offsets, (seed, offsetsMs) => {
        const trouble = { latencyMsMax: 12_000, lossRate: 0.2, crashRate: 0.1 };
        const world = new World(3, { ...calm(seed, offsetsMs), ...trouble });
        world.pass(HOUR_MS);
        expect(world.faults).toEqual([]);
        expect([...world.leaders.values()].filter(({ size }) => size > 1)).toEqual([]);
        expect(world.leaders.size).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  test("never has two leaders in one term though clocks jump", () => {
    fc.assert(
      fc.property(seeds, offsets, (seed, offsetsMs) => {
        const trouble = { latencyMsMax: 4_000, lossRate: 0.1, crashRate: 0.1, jumpMsMax: SKEW_MS };
        const world = new World(3, { ...calm(seed, offsetsMs), ...trouble });
        world.pass(HOUR_MS);
        expect([...world.leaders.values()].filter(({ size }) => size > 1)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("has a new leader within a lease and a tick of a loss", () => {
    const lostAfter = fc.integer({ min: 30_000, max: 300_000 });
    fc.assert(
      fc.property(seeds, offsets, lostAfter, (seed, offsetsMs, spanMs) => {
        const world = new World(3, calm(seed, offsetsMs));
        world.pass(spanMs);
        const [lost = ""] = world.leading();
        world.lose(lost);
        world.pass(LEASE_MS + TICK_MS);
        expect(world.leading()).toEqual([expect.not.stringMatching(lost)]);
      }),
      { numRuns: 200 },
    );
  });

  test("keeps its leader while nothing goes wrong", () => {
    fc.assert(
      fc.property(seeds, offsets, (seed, offsetsMs) => {
        const world = new World(3, calm(seed, offsetsMs));
        world.pass(HOUR_MS);
        expect([...world.leaders.keys()]).toEqual([1]);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a member", () => {
  const at = { now: 1_000, timing: TIMING };
  const lease = asked(null, { id: "a", term: 0, leaseMs: LEASE_MS }, 0);
  const answered = { type: "answered", lease, remainingMs: LEASE_MS, sentAt: 900 } as const;

  test("tells of its election once, and sweeps when it is due", () => {
    const [leader, first] = step(newMember("a"), answered, at);
    expect(isLeading(leader, at.now)).toBe(true);
    expect(first.map(({ type }) => type)).toEqual(["announce"]);
    const later = { ...at, now: 61_000 };
    const [, second] = step(leader, { ...answered, sentAt: 60_900 }, later);
    expect(second.map(({ type }) => type)).toEqual(["sweep"]);
    const [swept] = step(leader, { type: "swept" }, later);
    expect(step(swept, { ...answered, sentAt: 60_900 }, later)[1]).toEqual([]);
  });

  test("sweeps at once when its process begins anew", () => {
    const [leader] = step(newMember("a"), answered, at);
    const [swept] = step(leader, { type: "swept" }, at);
    const [woken] = step(swept, { type: "woken" }, at);
    const later = { ...at, now: 60_999 };
    expect(step(woken, { ...answered, sentAt: 60_900 }, later)[1]).toEqual([{ type: "sweep" }]);
  });

  test("does not lead by an answer that comes too late", () => {
    const [member] = step(newMember("a"), answered, { ...at, now: 900 + LEASE_MS });
    expect(member.state).toBe("candidate");
  });

  test("is a candidate once the leader it knows must be gone", () => {
    const [follower] = step(newMember("b"), answered, at);
    expect(step(follower, { type: "tick" }, at)[0].state).toBe("follower");
    const late = { ...at, now: at.now + LEASE_MS };
    expect(step(follower, { type: "tick" }, late)[0].state).toBe("candidate");
  });
});

describe("a cluster", () => {
  const named = parseControllers("a=us-east, b=eu-west,c");

  test("is named with its regions", () => {
    expect(named).toEqual([
      { id: "a", region: "us-east" },
      { id: "b", region: "eu-west" },
      { id: "c", region: "default" },
    ]);
    expect(parseControllers(" ")).toEqual([]);
  });

  test("has the leader that the lease names, while it holds, and counts who beat of late", () => {
    const lease = asked(null, { id: "a", term: 0, leaseMs: LEASE_MS }, 100_000);
    const controllers = [
      { id: "a", state: "follower", heartbeatAt: 100_000 },
      { id: "b", state: "leader", heartbeatAt: 30_000 },
    ] as const;
    const cluster = clusterOf(named, { lease, controllers }, 110_000);
    expect(cluster.members.map(({ state, isHealthy }) => [state, isHealthy])).toEqual([
      ["leader", true],
      ["follower", false],
      ["follower", false],
    ]);
    expect([cluster.size, cluster.isReady]).toEqual([1, false]);
    expect(clusterOf(named, { lease, controllers }, 130_000).lease).toBeNull();
  });
});
