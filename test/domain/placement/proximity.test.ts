import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distanceKm, nearestRegion } from "#domain/placement/proximity.ts";

describe("the nearest region", () => {
  it.each([
    ["Berlin", [52.5, 13.4], "eu-central"],
    ["Boston", [42.4, -71.1], "us-east"],
    ["Honolulu", [21.3, -157.9], "us-west"],
    ["Auckland", [-36.8, 174.8], "oc-east"],
    ["Suva, across the date line", [-18.1, 178.4], "oc-east"],
  ] as const)("of %s", (_, place, region) => {
    expect(nearestRegion(place)).toBe(region);
  });
});

describe("the distance between regions", () => {
  const region = fc.constantFrom("us-east", "eu-west", "apac-east", "oc-east", "nowhere");

  it("is nothing to itself, the same both ways, and at most half the way round", () => {
    fc.assert(
      fc.property(region, region, (one, other) => {
        expect(distanceKm(one, one)).toBe(0);
        expect(distanceKm(one, other)).toBe(distanceKm(other, one));
        expect(distanceKm(one, other)).toBeLessThanOrEqual(20_015);
      }),
    );
  });
});
