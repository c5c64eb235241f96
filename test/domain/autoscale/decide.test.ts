// The autoscaler: its order of reasons as a table, and its promises as properties.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEW_HISTORY, decide } from "#domain/autoscale/decide.ts";
import type { Decision, Question, ScalingHistory } from "#domain/autoscale/decide.ts";
import { loadOf } from "#domain/autoscale/load.ts";
import type { Load, Reading } from "#domain/autoscale/load.ts";
import { DEFAULT_POLICY, policyFaults } from "#domain/autoscale/policy.ts";
import type { ScalingPolicy } from "#domain/autoscale/policy.ts";
import { told } from "#domain/autoscale/words.ts";

const NOW = 1_000_000_000;
const IDLE: Load = {
  requestsPerSecond: 0,
  p95LatencyMs: null,
  meanLatencyMs: null,
  connections: 0,
  cpuPercent: 0,
  memoryPercent: 0,
  memoryBytes: 0,
  requests: 0,
  errors: 0,
};

function question(more: Partial<Question> = {}): Question {
  const replicas = { desired: 2, healthy: 2 };
  const fresh = { policy: DEFAULT_POLICY, replicas, load: IDLE, waiting: 0, history: NEW_HISTORY };
  return { ...fresh, ...more };
}

const low = { lastScaledAt: null, lowChecks: 2 };
const cooling = { lastScaledAt: NOW - 179_999, lowChecks: 0 };
const manual: ScalingPolicy = { ...DEFAULT_POLICY, mode: "manual" };
const of = (desired: number, healthy = desired) => ({ desired, healthy });
const busy = (requestsPerSecond: number): Load => ({ ...IDLE, requestsPerSecond });

describe("a decision", () => {
  const rests: [string, Partial<Question>, string][] = [
    ["manual, whatever is wanted", { policy: manual, replicas: of(0), waiting: 1 }, "manual"],
    ["cooling down", { history: cooling, load: busy(1000) }, "cooldown"],
    ["without metrics", { load: null }, "no_metrics"],
    ["nothing healthy at the most", { replicas: of(5, 0) }, "at_max"],
    ["busy at the most", { replicas: of(5), load: busy(1000) }, "at_max"],
    ["in its band", { load: busy(50) }, "in_band"],
    ["low for the first time", {}, "low_for_now"],
    ["low at the least", { replicas: of(1), history: low }, "at_min"],
  ];
  it.each(rests)("rests when %s", (_, more, reason) => {
    expect(decide(question(more), NOW)).toMatchObject({ action: "none", reason });
  });

  const moves: [string, Partial<Question>, Partial<Decision>][] = [
    [
      "to the least, in cooldown too",
      { replicas: of(0), history: cooling },
      { to: 1, trigger: "below_min" },
    ],
    ["for none healthy", { replicas: of(2, 0) }, { to: 3, trigger: "no_healthy_replica" }],
    ["by one for a little more", { load: busy(82) }, { to: 3, trigger: "rps_high" }],
    ["by as many as the load asks", { load: busy(210) }, { to: 5, trigger: "rps_high" }],
    ["for latency", { load: { ...busy(1), p95LatencyMs: 240 } }, { trigger: "latency_high" }],
    [
      "for requests in flight",
      { load: { ...IDLE, connections: 180 } },
      { trigger: "connections_high" },
    ],
    ["for CPU", { load: { ...IDLE, cpuPercent: 78.5 } }, { to: 3, trigger: "cpu_high" }],
    ["for memory", { load: { ...IDLE, memoryPercent: 70 } }, { to: 3, trigger: "memory_high" }],
    ["by the largest of all", { load: { ...busy(100), cpuPercent: 100 } }, { trigger: "cpu_high" }],
    ["in at the third low check", { history: low }, { to: 1, trigger: "load_low" }],
    ["to the most that is allowed now", { replicas: of(9) }, { to: 5, trigger: "above_max" }],
  ];
  it.each(moves)("scales %s", (_, more, expected) => {
    expect(decide(question(more), NOW)).toMatchObject(expected);
  });

  it("is bounded by the policy's steps", () => {
    const policy = { ...DEFAULT_POLICY, maxReplicas: 50, maxScaleOutStep: 2 };
    expect(decide(question({ policy, load: busy(2000) }), NOW)).toMatchObject({ to: 4 });
  });

  it("starts from zero for a request that waits, in cooldown too, and rests there without one", () => {
    const policy = { ...DEFAULT_POLICY, minReplicas: 0 };
    const asleep = question({ policy, replicas: of(0), load: null, history: cooling });
    expect(decide({ ...asleep, waiting: 1 }, NOW)).toMatchObject({
      to: 1,
      trigger: "request_waiting",
    });
    expect(decide(asleep, NOW)).toMatchObject({ action: "none" });
  });

  it("goes to zero when there is no load at all, and not for one request in the window", () => {
    const policy = { ...DEFAULT_POLICY, minReplicas: 0 };
    const idle = { ...IDLE, memoryPercent: 3 };
    const last = question({ policy, replicas: of(1), history: low, load: idle });
    expect(decide(last, NOW)).toMatchObject({ to: 0, trigger: "load_low" });
    expect(decide({ ...last, load: { ...idle, requestsPerSecond: 0.1 } }, NOW)).toMatchObject({
      reason: "would_be_high",
    });
  });

  it("forgets low checks when the load was not low in between", () => {
    const rested = decide(question({ load: busy(50), history: low }), NOW);
    expect(rested.history.lowChecks).toBe(0);
  });

  it("is told with its trigger and the numbers", () => {
    const decided = decide(question({ load: { ...busy(10), cpuPercent: 78.5 } }), NOW);
    if (decided.action === "none") throw new Error("It was to scale out.");
    expect(told(decided)).toMatchObject({
      reason: "Scaled from 2 to 3 replicas due to high CPU usage: cpu_percent is 78.5 of 70",
      trigger: "cpu_high",
      details: { cpu_percent: 78.5, rps_per_replica: 5 },
    });
  });
});

const policies = fc
  .record({
    minReplicas: fc.integer({ min: 0, max: 10 }),
    spread: fc.integer({ min: 0, max: 20 }),
    targetRpsPerReplica: fc.double({ min: 0.5, max: 500, noNaN: true }),
    scaleInThresholdPercent: fc.integer({ min: 0, max: 98 }),
    band: fc.integer({ min: 1, max: 100 }),
    cooldownSeconds: fc.integer({ min: 0, max: 300 }),
    maxScaleOutStep: fc.option(fc.integer({ min: 1, max: 5 })),
  })
  .map(({ spread, band, ...rest }): ScalingPolicy => {
    const { minReplicas, scaleInThresholdPercent } = rest;
    const scaleOutThresholdPercent = Math.min(100, scaleInThresholdPercent + band);
    const maxReplicas = Math.max(1, minReplicas + spread);
    return { ...DEFAULT_POLICY, ...rest, maxReplicas, scaleOutThresholdPercent };
  })
  .filter((policy) => policyFaults(policy).length === 0);

const amount = fc.double({ min: 0, max: 2_000, noNaN: true });
const loads: fc.Arbitrary<Load> = fc.record({
  requestsPerSecond: amount,
  p95LatencyMs: fc.option(amount),
  meanLatencyMs: fc.option(amount),
  connections: fc.nat(2_000),
  cpuPercent: fc.double({ min: 0, max: 100, noNaN: true }),
  memoryPercent: fc.double({ min: 0, max: 100, noNaN: true }),
  memoryBytes: fc.nat(),
  requests: fc.nat(),
  errors: fc.nat(),
});
const histories: fc.Arbitrary<ScalingHistory> = fc.record({
  lastScaledAt: fc.option(fc.integer({ min: NOW - 400_000, max: NOW })),
  lowChecks: fc.nat(5),
});
const questions: fc.Arbitrary<Question> = fc.record({
  policy: policies,
  replicas: fc
    .tuple(fc.nat(40), fc.nat(40))
    .map(([desired, healthy]) => ({ desired, healthy: Math.min(desired, healthy) })),
  load: fc.option(loads),
  waiting: fc.nat(3),
  history: histories,
});

describe("the autoscaler", () => {
  it("never leaves the policy's bounds, and from outside comes no further away", () => {
    fc.assert(
      fc.property(questions, (question) => {
        const decided = decide(question, NOW);
        if (decided.action === "none") return;
        const { minReplicas, maxReplicas } = question.policy;
        expect(decided.to).toBeGreaterThanOrEqual(Math.min(minReplicas, maxReplicas));
        expect(decided.to).toBeLessThanOrEqual(maxReplicas);
        expect(decided.to > decided.from).toBe(decided.action === "scale_out");
      }),
      { numRuns: 5_000 },
    );
  });

  it("never acts in cooldown but to reach the least, which is one while a request waits", () => {
    fc.assert(
      fc.property(questions, (question) => {
        const { policy, replicas, waiting, history } = question;
        const since = history.lastScaledAt === null ? Infinity : NOW - history.lastScaledAt;
        fc.pre(since < 1000 * policy.cooldownSeconds);
        const decided = decide(question, NOW);
        if (decided.action === "none") return;
        const least = Math.max(policy.minReplicas, waiting > 0 ? 1 : 0);
        expect([replicas.desired < least, decided.to]).toEqual([true, least]);
      }),
      { numRuns: 5_000 },
    );
  });

  it("never flaps on a constant load: once it took one away it adds none", () => {
    const constant = fc.record({
      total: fc.double({ min: 0, max: 5_000, noNaN: true }),
      connections: fc.nat(500),
      cpu: fc.double({ min: 0, max: 500, noNaN: true }),
      p95LatencyMs: fc.double({ min: 0, max: 500, noNaN: true }),
      memoryPercent: fc.double({ min: 0, max: 100, noNaN: true }),
    });
    // One fewer would bear exactly all that it may: only how the divisions round decides.
    const full: ScalingPolicy = {
      ...DEFAULT_POLICY,
      minReplicas: 1,
      maxReplicas: 11,
      targetRpsPerReplica: 499.99999999999966,
      scaleInThresholdPercent: 98,
      scaleOutThresholdPercent: 100,
      cooldownSeconds: 0,
    };
    const quiet = { connections: 0, cpu: 0, p95LatencyMs: 0, memoryPercent: 0 };
    fc.assert(
      fc.property(policies, constant, fc.nat(30), (policy, of, first) => {
        let desired = first;
        let history = NEW_HISTORY;
        const actions: string[] = [];
        for (let check = 0; check < 300; check += 1) {
          const load = {
            ...IDLE,
            requestsPerSecond: of.total,
            connections: of.connections,
            cpuPercent: Math.min(100, of.cpu / Math.max(1, desired)),
            p95LatencyMs: of.total === 0 ? null : of.p95LatencyMs,
            memoryPercent: of.memoryPercent,
          };
          const replicas = { desired, healthy: desired };
          const waiting = desired === 0 && of.total > 0 ? 1 : 0;
          const decided = decide(
            { policy, replicas, load: desired === 0 ? null : load, waiting, history },
            NOW + check * 30_000,
          );
          ({ history } = decided);
          if (decided.action === "none") continue;
          desired = decided.to;
          const isBound = decided.trigger === "above_max" || decided.trigger === "below_min";
          if (!isBound) actions.push(decided.action);
        }
        const firstIn = actions.indexOf("scale_in");
        expect(firstIn === -1 ? [] : actions.slice(firstIn)).not.toContain("scale_out");
      }),
      { numRuns: 500, examples: [[full, { total: 4999.999999999997, ...quiet }, 11]] },
    );
  });
});

describe("a load", () => {
  const reading = (more: Partial<Reading>): Reading => ({
    instance: "a",
    from: NOW - 10_000,
    to: NOW,
    requests: 100,
    errors: 0,
    latency: { 40: 100 },
    inFlight: 2,
    gasUsed: 10_000_000,
    gasPerMs: 2_000,
    memoryBytes: 32,
    memoryBytesMax: 128,
    ...more,
  });

  it("adds what instances carried together, and averages what each one bears", () => {
    const other = reading({ instance: "b", gasUsed: 0, memoryBytes: 64, latency: { 60: 100 } });
    expect(loadOf([reading({}), other], { now: NOW, windowMs: 60_000 })).toMatchObject({
      requestsPerSecond: 20,
      connections: 4,
      cpuPercent: 25,
      memoryPercent: 37.5,
      memoryBytes: 96,
      requests: 200,
    });
  });

  it("takes the percentile of all calls, not the mean of percentiles", () => {
    const slow = reading({ instance: "b", requests: 1, latency: { 80: 1 } });
    const load = loadOf([reading({}), slow], { now: NOW, windowMs: 60_000 });
    expect(load?.p95LatencyMs).toBe(0.125 * 2 ** 10);
    const bounds = 100 * 0.125 * 2 ** 10 + 0.125 * 2 ** 20;
    expect(load?.meanLatencyMs).toBeCloseTo((bounds * 2 ** -0.125) / 101);
  });

  it("forgets what is older than the window, and is none without a reading", () => {
    const old = reading({ from: NOW - 80_000, to: NOW - 60_000 });
    expect(loadOf([old], { now: NOW, windowMs: 60_000 })).toBeNull();
  });
});
