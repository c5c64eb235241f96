// Routes and the choice that calls make by them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apportion } from "#domain/apportion.ts";
import { choose } from "#domain/choice.ts";
import type { Chance, Known, Question } from "#domain/choice.ts";
import { Fault } from "#domain/fault.ts";
import { stickyBucket, versionAt, weightSum, withShare, withoutNode } from "#domain/route.ts";
import type { RegionRoute } from "#domain/route.ts";

describe("apportion", () => {
  const table: [number, number[], number[]][] = [
    [7, [30, 40], [3, 4]],
    [103, [42, 3, 37, 384], [10, 0, 8, 85]],
    [103, [42, 3, 37], [53, 3, 47]],
    [2, [2, 1, 1], [1, 1, 0]],
    [10, [0, 0], [5, 5]],
    [5, [], []],
  ];
  for (const [total, weights, expected] of table) {
    it(`divides ${total} over ${weights.join(", ") || "nothing"}`, () => {
      expect(apportion(total, weights)).toEqual(expected);
    });
  }

  it("always sums to the total, and is never a whole one away from the exact share", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.array(fc.nat(1_000), { minLength: 1 }), (total, weights) => {
        const shares = apportion(total, weights);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
        const parts = weights.some((weight) => weight > 0) ? weights : weights.map(() => 1);
        const whole = parts.reduce((sum, part) => sum + part, 0);
        for (const [at, part] of parts.entries()) {
          expect(Math.abs((shares[at] ?? 0) - (total * part) / whole)).toBeLessThan(1);
        }
      }),
    );
  });
});

const before: RegionRoute = {
  region: "east",
  entries: [
    { moduleId: "m-v1.0.0", weight: 70, nodes: ["a", "b"] },
    { moduleId: "m-v0.9.0", weight: 30, nodes: ["c"] },
  ],
};
const candidate = { moduleId: "m-v2.0.0", nodes: ["a"] };

describe("a route with a share for a candidate", () => {
  it("sums to 100, whatever the share", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (share) => {
        const route = withShare(before, candidate, share);
        expect(weightSum(route)).toBe(100);
        expect(route.entries[0]).toMatchObject({ moduleId: "m-v2.0.0", weight: share });
      }),
    );
  });

  it("takes buckets over from the bottom, so that nobody flips back as the share grows", () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(100), fc.nat(100), (bucket, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const at = (share: number) =>
          versionAt(withShare(before, candidate, share), bucket)?.moduleId;
        if (at(less) === "m-v2.0.0") expect(at(more)).toBe("m-v2.0.0");
      }),
    );
  });

  it("gives the first version of a region everything", () => {
    const route = withShare({ region: "west", entries: [] }, candidate, 10);
    expect(route.entries).toEqual([{ moduleId: "m-v2.0.0", weight: 100, nodes: ["a"] }]);
  });
});

describe("a route with no share for a first version", () => {
  it("stays empty until the version is to have traffic", () => {
    const empty = { region: "west", entries: [] };
    expect(withShare(empty, candidate, 0)).toBe(empty);
  });
});

describe("a route without a node", () => {
  it("hands the weight of a version that lost its last node to the others", () => {
    expect(withoutNode(before, "c").entries).toEqual([
      { moduleId: "m-v1.0.0", weight: 100, nodes: ["a", "b"] },
    ]);
  });

  it("is empty when its only node goes", () => {
    const only = withoutNode(withoutNode(withoutNode(before, "a"), "b"), "c");
    expect(only.entries).toEqual([]);
  });
});

describe("a sticky bucket", () => {
  it("is the same for the same key, and spreads keys evenly", () => {
    const counts = Array.from({ length: 100 }, () => 0);
    for (let user = 0; user < 20_000; user += 1) {
      const bucket = stickyBucket("m", `user-${user}`);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    expect(stickyBucket("m", "ada")).toBe(stickyBucket("m", "ada"));
    expect(Math.min(...counts)).toBeGreaterThan(140);
    expect(Math.max(...counts)).toBeLessThan(260);
  });
});

describe("the choice", () => {
  const question: Question = { moduleName: "m", moduleId: null, region: null, stickyKey: null };
  const known: Known = {
    routes: [
      {
        region: "east",
        entries: [
          { moduleId: "m-v2.0.0", weight: 10, nodes: ["a"] },
          { moduleId: "m-v1.0.0", weight: 90, nodes: ["a", "b"] },
        ],
      },
      { region: "west", entries: [{ moduleId: "m-v1.0.0", weight: 100, nodes: ["c"] }] },
    ],
    versions: ["m-v1.0.0", "m-v2.0.0", "m-v3.0.0"].map((id) => ({
      id,
      status: "Active",
      maxSeconds: 30,
    })),
    nodes: [
      { id: "a", region: "east", isEnabled: true, status: "Healthy" },
      { id: "b", region: "east", isEnabled: true, status: "Healthy" },
      { id: "c", region: "west", isEnabled: true, status: "Healthy" },
    ],
  };
  const always = (value: number): Chance => ({ random: () => value, inFlight: () => 0 });
  const sick = (...ids: string[]): Known => ({
    ...known,
    nodes: known.nodes.map((node) =>
      ids.includes(node.id) ? { ...node, isEnabled: false } : node,
    ),
  });

  function faultOf(asked: Partial<Question>, by: Known = known): string {
    try {
      choose({ ...question, ...asked }, by, always(0));
      return "none";
    } catch (thrown) {
      return thrown instanceof Fault ? thrown.code : String(thrown);
    }
  }

  it("gives the candidate its share and no more", () => {
    let seed = 0;
    const even: Chance = { random: () => (seed = (seed + 0.618_033_988_7) % 1), inFlight: () => 0 };
    const asked = { ...question, region: "east" };
    const chosen = Array.from({ length: 2_000 }, () => choose(asked, known, even).moduleId);
    const share = chosen.filter((id) => id === "m-v2.0.0").length / chosen.length;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.15);
  });

  it("takes the less busy of two nodes", () => {
    const busy: Chance = { random: () => 0.5, inFlight: (id) => (id === "b" ? 5 : 1) };
    expect(choose({ ...question, region: "east" }, known, busy).nodeId).toBe("a");
  });

  it("falls back from a candidate without a healthy node to the version before, never the other way round", () => {
    const asked = { ...question, region: "east" };
    expect(choose(asked, sick("a"), always(0)).moduleId).toBe("m-v1.0.0");
    expect(faultOf(asked, sick("a", "b"))).toBe("NO_HEALTHY_NODE");
    const onlyCandidate: Known = {
      ...known,
      routes: [
        {
          region: "east",
          entries: [
            { moduleId: "m-v2.0.0", weight: 10, nodes: ["a"] },
            { moduleId: "m-v1.0.0", weight: 90, nodes: ["b"] },
          ],
        },
      ],
      nodes: sick("b").nodes,
    };
    expect(() => choose(asked, onlyCandidate, always(0.5))).toThrow(Fault);
  });

  it("says which of module, version, region and node is missing", () => {
    expect(faultOf({ moduleName: "x" }, { ...known, versions: [] })).toBe("MODULE_NOT_FOUND");
    expect(faultOf({ moduleId: "m-v9.0.0" })).toBe("MODULE_NOT_FOUND");
    expect(faultOf({ moduleId: "m-v3.0.0" })).toBe("MODULE_NOT_DEPLOYED");
    expect(faultOf({ region: "north" })).toBe("MODULE_NOT_DEPLOYED");
    expect(faultOf({ region: "west" }, sick("c"))).toBe("NO_HEALTHY_NODE");
  });
});
