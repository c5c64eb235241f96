import { describe, expect, it } from "vitest";
import { detection, findingsOf } from "#scripts/demo/findings.ts";
import type { Call, Log, Rollout } from "#scripts/demo/log.ts";
import { CAST, call, goodLog } from "./builder.ts";

/** The claims that a log does not keep. */
function unseen(log: Log): string[] {
  return findingsOf(log, CAST)
    .filter(({ seen }) => !seen)
    .map(({ claim }) => claim);
}

function withCalls(more: readonly Call[]): Log {
  const log = goodLog();
  const calls = [...log.calls, ...more].sort((one, other) => one.answeredAt - other.answeredAt);
  return { ...log, calls };
}

function withRollout(moduleId: string, change: (rollout: Rollout) => Rollout): Log {
  const log = goodLog();
  const rollouts = log.rollouts.map((given) =>
    given.moduleId === moduleId ? change(given) : given,
  );
  return { ...log, rollouts };
}

describe("the demo's findings", () => {
  it("sees everything in a run that went as it should", () => {
    expect(unseen(goodLog())).toEqual([]);
  });

  it("sees nothing in a run that never began", () => {
    const log = { ...goodLog(), calls: [], rollouts: [] };
    expect(findingsOf(log, CAST).filter(({ seen }) => seen)).toEqual([]);
  });

  it("misses a stage that was skipped", () => {
    const log = withRollout(CAST.sound, (given) => ({
      ...given,
      sightings: given.sightings.filter(({ currentStage }) => currentStage !== "50% rollout"),
    }));
    expect(unseen(log)).toEqual(["1.2.0 was promoted stage by stage"]);
  });

  it("misses a share that is not the stage's", () => {
    const log = goodLog();
    const skewed = log.calls.map((given) =>
      given.sentAt > 5000 && given.sentAt < 8000 ? { ...given, moduleId: CAST.first } : given,
    );
    expect(unseen({ ...log, calls: skewed })).toEqual(["1.2.0 had its share at 50% rollout"]);
  });

  it("misses a canary that strays into a region that its stage does not name", () => {
    const stray = call({ answeredAt: 7500, region: "eu-west", moduleId: CAST.sound });
    expect(unseen(withCalls([stray]))).toEqual(["1.2.0 had its share at 50% rollout"]);
  });

  it("misses a verdict when the bad version ended for another reason", () => {
    const log = withRollout(CAST.bad, (given) => ({
      ...given,
      transitions: given.transitions.map((transition) => ({ ...transition, evidence: [] })),
    }));
    expect(unseen(log)).toEqual(["1.3.0 was caught by a gate"]);
  });

  it("misses the gas gate when another one took the wasteful version back", () => {
    const log = withRollout(CAST.wasteful, (given) => ({
      ...given,
      transitions: given.transitions.map((transition) => ({
        ...transition,
        evidence: transition.evidence.map((verdict) => ({ ...verdict, gate: "latency" })),
      })),
    }));
    expect(unseen(log)).toEqual(["1.4.0 was caught by the gas gate"]);
  });

  it("names a bad version that was promoted", () => {
    const log = withRollout(CAST.bad, (given) => ({
      ...given,
      sightings: given.sightings.map((sighting) => ({ ...sighting, status: "Completed" })),
    }));
    expect(unseen(log)).toEqual(["1.3.0 was caught by a gate", "1.3.0 was rolled back to 1.2.0"]);
  });

  it("misses its end when one call is answered by the bad version too late", () => {
    const late = call({ answeredAt: 18_101, moduleId: CAST.bad });
    expect(unseen(withCalls([late]))).toEqual([
      "no call was answered by 1.3.0 later than 1 s after the rollback",
    ]);
    const inTime = call({ answeredAt: 18_100, moduleId: CAST.bad });
    expect(unseen(withCalls([inTime]))).toEqual([]);
  });

  it("misses its end when nobody looked on for long enough", () => {
    const log = goodLog();
    const calls = log.calls.filter(({ answeredAt }) => answeredAt < 25_000);
    expect(unseen({ ...log, calls })).toEqual([
      "no call was answered by 1.4.0 later than 1 s after the rollback",
    ]);
  });

  it.each([
    ["a refusal", { moduleId: null, outcome: "failed" }],
    ["a wrong answer of the bad version", { moduleId: CAST.bad, outcome: "failed" }],
    ["a call stopped while nothing was withdrawn", { moduleId: null, outcome: "withdrawn" }],
    ["a trap of a sound version", { moduleId: CAST.sound, outcome: "guestFailed" }],
  ] as const)("tells %s from the bad version's own traps", (_, given) => {
    const broken = call({ answeredAt: 16_000, ...given, message: "503: nobody" });
    const log = withCalls([broken]);
    expect(unseen(log)).toEqual([
      "no call failed but by 1.3.0's own traps, or because a rollback stopped it under way",
    ]);
    expect(findingsOf(log, CAST).at(-1)?.detail).toContain("503: nobody");
  });

  it("takes a call for stopped that was under way when its version was withdrawn", () => {
    const stopped = call({ answeredAt: 23_050, moduleId: null, outcome: "withdrawn" });
    expect(unseen(withCalls([stopped]))).toEqual([]);
  });

  it("measures detection from the first shifted traffic to the verdict", () => {
    expect(detection(goodLog(), CAST.bad)).toEqual({
      detectedMs: 2000,
      withdrawnMs: 100,
      calls: 100,
      failed: 20,
    });
  });
});
