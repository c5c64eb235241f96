// What is counted, what it costs, and how it is laid out.
import { describe, expect, test } from "vitest";
import { usesOf } from "#scripts/bench/uses.ts";
import { priceOf } from "#scripts/record/prices.ts";

const COUNTS = {
  "request DB query": 30,
  "RunnerObject DB query": 10,
  "request RUNNERS call": 1_000,
  "request QUOTAS call": 20,
  "RunnerObject LOADER call": 1_000,
  "RunnerObject ARTIFACTS read": 1,
  "request ARTIFACTS write": 2,
  "D1 row read": 100,
  "object row read": 50,
  "D1 row written": 5,
  "object row written": 10,
};

describe("what an operation uses", () => {
  test("is what was counted, whoever asked, and a guest's calls are requests", () => {
    expect(usesOf(COUNTS, { operations: 1_000 })).toEqual({
      requests: 2,
      objectCalls: 1.02,
      d1Queries: 0.04,
      r2Reads: 0.001,
      r2Writes: 0.002,
      rowsRead: 0.15,
      rowsWritten: 0.015,
    });
  });

  test("is never less than nothing, where the idle time used more", () => {
    const { d1Queries } = usesOf({ "request DB query": -3 }, { operations: 10 });
    expect(d1Queries).toBe(0);
  });

  test("costs the sum of its parts, a million of each", () => {
    const uses = usesOf(COUNTS, { operations: 1_000 });
    // 2 requests, 1.02 calls of objects, 0.15 rows read and 0.015 written, R2 0.001 and 0.002.
    expect(priceOf(uses)).toBeCloseTo(0.6 + 0.153 + 0.00015 + 0.015 + 0.00036 + 0.009, 6);
  });
});
