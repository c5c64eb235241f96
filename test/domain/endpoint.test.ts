// How the instances of workloads and the routes of rollouts make one route.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  appRoutes,
  callableRoutes,
  handedOver,
  isWritten,
  standingRoutes,
} from "#domain/endpoint.ts";
import type { Endpoint } from "#domain/endpoint.ts";
import { weightSum, withShare } from "#domain/route.ts";
import type { RegionRoute } from "#domain/route.ts";

const at = (nodeId: string, instances: number, moduleId = "web-v1.0.0"): Endpoint => ({
  moduleId,
  nodeId,
  region: "eu",
  instances,
});

const route = (...entries: RegionRoute["entries"]): RegionRoute => ({ region: "eu", entries });

describe("where no rollout wrote a route", () => {
  test("the instances are the route, and a node stands in it once for each", () => {
    const nodes = ["a", "a", "b"];
    expect(callableRoutes([], [at("a", 2), at("b", 1)])).toEqual([
      route({ moduleId: "web-v1.0.0", weight: 100, nodes, isBorrowed: true }),
    ]);
  });

  test("two versions share the region by their instances", () => {
    const entries = standingRoutes([], [at("a", 3), at("b", 1, "web-v2.0.0")])[0]?.entries;
    expect(entries?.map(({ moduleId, weight }) => [moduleId, weight])).toEqual([
      ["web-v1.0.0", 75],
      ["web-v2.0.0", 25],
    ]);
  });
});

describe("a route that is handed over", () => {
  const one = { moduleId: "web-v1.0.0", weight: 30, nodes: ["y"] };

  test("is the instances' where they run what was brought, and stays as it is elsewhere", () => {
    const two = { moduleId: "web-v2.0.0", weight: 70, nodes: ["x"] };
    const handed = { ...two, isBorrowed: true };
    expect(handedOver(route(two, one), "web-v2.0.0")).toEqual(route(handed, one));
  });

  test("names the version and not the configuration of it that was brought, and moves no share", () => {
    const variant = { moduleId: "web-v1.0.0~abc", weight: 70, nodes: ["x", "y"] };
    expect(handedOver(route(variant, one), variant.moduleId)).toEqual(
      route({ moduleId: "web-v1.0.0", weight: 100, nodes: ["x", "y"], isBorrowed: true }),
    );
  });
});

describe("where a rollout wrote a route", () => {
  const written = route(
    { moduleId: "web-v2.0.0", weight: 10, nodes: ["x"] },
    { moduleId: "web-v1.0.0", weight: 90, nodes: ["y"] },
  );

  test("instances add their nodes to the versions that it names, and move no share", () => {
    const [found] = callableRoutes([written], [at("a", 2), at("y", 1)]);
    expect(found?.entries).toEqual([
      { moduleId: "web-v2.0.0", weight: 10, nodes: ["x"] },
      { moduleId: "web-v1.0.0", weight: 90, nodes: ["a", "a", "y"] },
    ]);
  });

  test("an app is asked by its shares: its own version on its own nodes, a candidate on the rollout's", () => {
    const elsewhere = { ...written, region: "us" };
    expect(appRoutes([written, elsewhere], [at("a", 2)])).toEqual([
      route(
        { moduleId: "web-v2.0.0", weight: 10, nodes: ["x"] },
        { moduleId: "web-v1.0.0", weight: 90, nodes: ["a", "a"] },
      ),
    ]);
  });

  test("a version that it doesn't name gets no call by the module's name", () => {
    const other = { moduleId: "web-v3.0.0", weight: 0, nodes: ["a", "a"], isBorrowed: true };
    const found = callableRoutes([written], [at("a", 2, "web-v3.0.0")]);
    expect(found).toEqual([route(...written.entries, other)]);
  });

  test("a version that workloads brought is served where they are now", () => {
    const begun = withShare(
      standingRoutes([], [at("a", 1)])[0] ?? route(),
      { moduleId: "web-v2.0.0", nodes: ["x"] },
      10,
    );
    const [found] = callableRoutes([begun], [at("moved", 1)]);
    expect(found?.entries.map(({ weight, nodes }) => [weight, nodes])).toEqual([
      [10, ["x"]],
      [90, ["moved"]],
    ]);
  });

  test("what it took back leaves the instances as the route", () => {
    const before = standingRoutes([], [at("a", 1)]);
    expect(before.some(isWritten)).toBe(false);
    expect(callableRoutes(before, [at("b", 1)])[0]?.entries[0]?.nodes).toEqual(["b"]);
  });
});

test("weights sum to 100 in every region, whatever stands and whatever share a candidate gets", () => {
  const endpoint = fc.record({
    moduleId: fc.constantFrom("web-v1.0.0", "web-v2.0.0", "web-v3.0.0"),
    nodeId: fc.constantFrom("a", "b", "c", "d"),
    region: fc.constantFrom("eu", "us"),
    instances: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(
      fc.array(endpoint, { minLength: 1 }),
      fc.integer({ min: 0, max: 100 }),
      (all, share) => {
        const standing = standingRoutes([], all);
        const moved = standing.map((before) =>
          withShare(before, { moduleId: "web-v2.0.0", nodes: ["x"] }, share),
        );
        for (const one of callableRoutes(moved, all)) expect(weightSum(one)).toBe(100);
      },
    ),
  );
});
