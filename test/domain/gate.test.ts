// Gates: what condemns a version, what acquits it, and what takes more time.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Counters } from "#domain/counters.ts";
import { judge } from "#domain/rollout/gate.ts";
import type { GateSettings } from "#domain/rollout/verdict.ts";
import { rateBounds } from "#domain/sequential-test.ts";
import type { GateName } from "#domain/strategy/wave.ts";
import { counted } from "./rollouts.ts";

const SETTINGS: GateSettings = {
  minimumSample: 20,
  falseAlarmRate: 0.01,
  memoryLimitBytes: 64 * 1024 * 1024,
  hasStable: true,
  experiment: null,
};

function verdict(
  gate: GateName,
  window: { candidate: Counters; stable: Counters },
  settings: Partial<GateSettings> = {},
): string {
  return judge(gate, window, { ...SETTINGS, ...settings }).verdict;
}

describe("the error-rate gate", () => {
  const table: [string, Counters, Counters, string][] = [
    ["passes a version that fails no more than the one before", counted(500), counted(500), "pass"],
    [
      "fails one that fails a fifth of its calls",
      counted(200, { errors: 40 }),
      counted(500),
      "fail",
    ],
    ["waits for the sample", counted(10), counted(500), "inconclusive"],
    [
      "waits when a failure may be chance",
      counted(100, { errors: 1 }),
      counted(500),
      "inconclusive",
    ],
    [
      "passes one that is as bad as the one before",
      counted(1000, { errors: 50 }),
      counted(1000, { errors: 50 }),
      "pass",
    ],
    ["lets a silent module pass on its health", counted(0), counted(0), "pass"],
    ["waits for a candidate that nobody reached", counted(0), counted(500), "inconclusive"],
  ];
  for (const [promise, candidate, stable, expected] of table) {
    it(promise, () => expect(verdict("errorRate", { candidate, stable })).toBe(expected));
  }

  it("fails a first version over ten percent, and passes one that has not failed, however few its calls", () => {
    const first = { hasStable: false };
    const none = counted(0);
    const bad = { candidate: counted(200, { errors: 60 }), stable: none };
    expect(verdict("errorRate", bad, first)).toBe("fail");
    expect(verdict("errorRate", { candidate: counted(3), stable: none }, first)).toBe("pass");
  });
});

describe("the latency gate", () => {
  it("passes the same latency and fails a fourfold one", () => {
    const stable = counted(1000, { ms: 10 });
    expect(verdict("latency", { candidate: counted(200, { ms: 10 }), stable })).toBe("pass");
    expect(verdict("latency", { candidate: counted(200, { ms: 40 }), stable })).toBe("fail");
  });

  it("doesn't compare with a version that is hardly called any more", () => {
    const window = { candidate: counted(1_000, { ms: 8 }), stable: counted(4, { ms: 2 }) };
    expect(verdict("latency", window)).toBe("pass");
    expect(verdict("errorRate", window)).toBe("pass");
  });

  it("has nothing to say without a version before", () => {
    const window = { candidate: counted(200, { ms: 40 }), stable: counted(0) };
    expect(verdict("latency", window, { hasStable: false })).toBe("pass");
  });
});

describe("the memory gate", () => {
  const using = (bytes: number): Counters => ({ ...counted(50), memoryPeakBytes: bytes });
  const MB = 1024 * 1024;

  it("fails a version over the limit, or a third over the one before", () => {
    expect(verdict("memory", { candidate: using(65 * MB), stable: using(60 * MB) })).toBe("fail");
    expect(verdict("memory", { candidate: using(40 * MB), stable: using(30 * MB) })).toBe("fail");
  });

  it("takes a page more for noise", () => {
    expect(verdict("memory", { candidate: using(131_072), stable: using(65_536) })).toBe("pass");
  });
});

describe("the crash gate", () => {
  it("fails a version that traps too often, and waits while it may be chance", () => {
    const stable = counted(500);
    expect(verdict("crashes", { candidate: counted(200, { errors: 40 }), stable })).toBe("fail");
    expect(verdict("crashes", { candidate: counted(30, { errors: 2 }), stable })).toBe(
      "inconclusive",
    );
  });
});

describe("the experiment gate", () => {
  const experiment: GateSettings["experiment"] = {
    criteria: { metric: "avg_latency_ms", threshold: 10, comparison: "lower_is_better" },
    minimumSample: 100,
  };
  const table: [number, number, string][] = [
    [10, 8, "B wins"],
    [10, 9.5, "inconclusive"],
    [10, 12, "A wins"],
  ];
  for (const [a, b, outcome] of table) {
    it(`says ${outcome} when A takes ${a} ms and B ${b} ms`, () => {
      const window = { candidate: counted(200, { ms: b }), stable: counted(200, { ms: a }) };
      expect(judge("experiment", window, { ...SETTINGS, experiment }).reason).toContain(outcome);
    });
  }

  it("names no winner without the sample", () => {
    const window = { candidate: counted(50, { ms: 1 }), stable: counted(200, { ms: 10 }) };
    expect(judge("experiment", window, { ...SETTINGS, experiment }).verdict).toBe("fail");
  });
});

describe("the bounds of a rate", () => {
  it("hold what was observed", () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), (hits, misses) => {
        fc.pre(hits + misses > 0);
        const { lower, upper } = rateBounds(hits, hits + misses, 0.05);
        const observed = hits / (hits + misses);
        expect(lower).toBeLessThanOrEqual(observed);
        expect(upper).toBeGreaterThanOrEqual(observed);
      }),
    );
  });

  it("close in as more is seen", () => {
    const width = (trials: number): number => {
      const { lower, upper } = rateBounds(trials / 10, trials, 0.05);
      return upper - lower;
    };
    expect(width(10_000)).toBeLessThan(width(1_000));
    expect(width(1_000)).toBeLessThan(width(100));
  });

  it("leave out the true rate in no more runs than promised, though every call is looked at", () => {
    const random = generator(7);
    const [runs, looks, rate, alpha] = [400, 600, 0.1, 0.05];
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      let hits = 0;
      for (let trials = 1; trials <= looks; trials += 1) {
        if (random() < rate) hits += 1;
        const { lower, upper } = rateBounds(hits, trials, alpha);
        if (lower <= rate && rate <= upper) continue;
        alarms += 1;
        break;
      }
    }
    expect(alarms / runs).toBeLessThanOrEqual(alpha);
  });
});

/** Mulberry32: the same numbers at every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
