// The small words: references, durations, arguments, histograms, leases, interfaces.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkArguments } from "#domain/argument.ts";
import { formatDuration, parseDuration } from "#domain/duration.ts";
import {
  boundOf,
  bucketOf,
  countOf,
  mergeHistograms,
  quantile,
  subtractHistogram,
} from "#domain/histogram.ts";
import { APPROVAL_MS, move, statusAt } from "#domain/interface.ts";
import type { WasmInterface } from "#domain/interface.ts";
import { isVersion, parseModuleReference } from "#domain/module.ts";
import type { FunctionSignature, ValueType } from "#domain/module.ts";
import { QUOTA_WINDOW_MS, lease } from "#domain/quota.ts";
import type { QuotaWindow } from "#domain/quota.ts";

describe("a module reference", () => {
  const table: [string, { name: string; version: string | null } | null][] = [
    ["image-processor", { name: "image-processor", version: null }],
    ["image-processor-v1.2.0", { name: "image-processor", version: "1.2.0" }],
    ["a-v1-v1.0.0", { name: "a-v1", version: "1.0.0" }],
    ["a-v1.0.0-v2.0.0", { name: "a", version: "1.0.0-v2.0.0" }],
    ["a-v1.0.0-rc.1+build.5", { name: "a", version: "1.0.0-rc.1+build.5" }],
    ["a-v1", { name: "a-v1", version: null }],
    ["a-v1.0", null],
    ["a b", null],
    ["", null],
  ];
  for (const [text, expected] of table) {
    it(`reads ${JSON.stringify(text)}`, () => expect(parseModuleReference(text)).toEqual(expected));
  }

  it("takes SemVer as it is written and nothing near it", () => {
    expect(["1.2.3", "1.0.0-alpha", "1.0.0+b"].filter((text) => !isVersion(text))).toEqual([]);
    expect(["v1.2.3", "1.2", "01.2.3", " 1.2.3", "1.2.3 "].filter(isVersion)).toEqual([]);
  });
});

describe("a duration", () => {
  const table: [string, number | null][] = [
    ["PT5M", 300_000],
    ["PT0.5S", 500],
    ["P1DT1H", 90_000_000],
    ["P1Y", null],
    ["-PT5M", null],
    ["5 minutes", null],
    ["", null],
  ];
  for (const [text, expected] of table) {
    it(`reads ${JSON.stringify(text)}`, () => expect(parseDuration(text)).toBe(expected));
  }

  it("is written in hours and less", () => {
    expect(formatDuration(72 * 3_600_000)).toBe("PT72H");
    expect(formatDuration(90_500)).toBe("PT1M30S");
  });
});

describe("arguments", () => {
  const of = (...types: ValueType[]): FunctionSignature => ({
    name: "f",
    style: "numbers",
    parameters: types.map((type, index) => ({ name: index === 0 ? "a" : null, type })),
    results: [],
  });
  const table: [ValueType, unknown, number | bigint | null][] = [
    ["i32", 5, 5],
    ["i32", 4_294_967_295, 4_294_967_295],
    ["i32", 4_294_967_296, null],
    ["i32", 1.5, null],
    ["i32", "5", null],
    ["i64", 5, 5n],
    ["i64", "9223372036854775807", 9_223_372_036_854_775_807n],
    ["i64", "18446744073709551616", null],
    ["i64", 2 ** 60, null],
    ["f64", 1.5, 1.5],
    ["f64", "1.5", null],
    ["f32", null, null],
  ];
  for (const [type, value, expected] of table) {
    it(`${expected === null ? "refuses" : "takes"} ${JSON.stringify(value)} for an ${type}`, () => {
      const checked = checkArguments(of(type), [value]);
      expect(checked.ok ? checked.values : null).toEqual(expected === null ? null : [expected]);
    });
  }

  it("goes by name where the binary has names", () => {
    expect(checkArguments(of("i32", "i32"), { p1: 2, a: 1 })).toEqual({ ok: true, values: [1, 2] });
    expect(checkArguments(of("i32"), { b: 1 })).toMatchObject({ ok: false });
  });

  it("names every parameter that doesn't fit", () => {
    const checked = checkArguments(of("i32", "f64"), ["x", "y"]);
    expect(checked).toMatchObject({
      ok: false,
      faults: ['parameter a: expected an i32, got "x"', 'parameter p1: expected an f64, got "y"'],
    });
  });
});

describe("a histogram", () => {
  const durations = fc.array(fc.double({ min: 0.2, max: 60_000, noNaN: true }), { minLength: 1 });
  const filled = (values: readonly number[]) => {
    const histogram: Record<number, number> = {};
    for (const value of values) {
      const bucket = bucketOf(value);
      histogram[bucket] = (histogram[bucket] ?? 0) + 1;
    }
    return histogram;
  };

  it("puts what was measured under a bound that is at most a fifth above it", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 60_000, noNaN: true }), (value) => {
        const bound = boundOf(bucketOf(value));
        expect(bound).toBeGreaterThanOrEqual(value * 0.999_999);
        expect(bound).toBeLessThanOrEqual(value * 1.2);
      }),
    );
  });

  it("gives back what was merged in when it is taken away", () => {
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const merged = mergeHistograms(filled(one), filled(other));
        expect(countOf(merged)).toBe(one.length + other.length);
        expect(subtractHistogram(merged, filled(other))).toEqual(filled(one));
      }),
    );
  });

  it("finds a quantile within its buckets' precision", () => {
    const histogram = filled(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(quantile(histogram, 0.5)).toBeGreaterThanOrEqual(50);
    expect(quantile(histogram, 0.5)).toBeLessThanOrEqual(60);
    expect(quantile({}, 0.5)).toBeNull();
  });
});

describe("a lease", () => {
  it("never makes the sum of a window exceed the limit, and reaches it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), (limit) => {
        let window: QuotaWindow | null = null;
        let granted = 0;
        for (let asked = 0; asked < 2_100; asked += 1) {
          const [next, leased]: ReturnType<typeof lease> = lease(
            window,
            { limit, spanMs: QUOTA_WINDOW_MS },
            5,
          );
          window = next;
          granted += leased.granted;
          expect(leased.remaining).toBe(limit - granted);
          if (leased.granted === 0) break;
        }
        expect(granted).toBe(limit);
      }),
    );
  });

  it("begins anew with the next window", () => {
    const ten = { limit: 10, spanMs: QUOTA_WINDOW_MS };
    const [spent] = lease({ startedAt: 0, used: 10 }, ten, QUOTA_WINDOW_MS - 1);
    expect(spent.used).toBe(10);
    const [, fresh] = lease(spent, ten, QUOTA_WINDOW_MS);
    expect(fresh.granted).toBeGreaterThan(0);
  });
});

describe("an interface", () => {
  it("moves only as its status allows", () => {
    expect(move("Draft", "submit")).toEqual({ to: "PendingApproval" });
    expect(move("Draft", "approve")).toEqual({ appliesTo: ["PendingApproval"] });
    expect(move("Approved", "deprecate")).toEqual({ to: "Deprecated" });
  });

  it("is a draft again when nobody decided within a day", () => {
    const pending = { status: "PendingApproval", submittedAt: 0 } as WasmInterface;
    expect(statusAt(pending, APPROVAL_MS)).toBe("PendingApproval");
    expect(statusAt(pending, APPROVAL_MS + 1)).toBe("Draft");
  });
});
