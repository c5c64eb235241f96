// Builders of the demo's log: each gives a log in which all went well but for what is named.
import type { Call, Log, Rollout, Transition } from "#scripts/demo/log.ts";

export const CAST = { first: "m-v1.1.0", sound: "m-v1.2.0", bad: "m-v1.3.0", wasteful: "m-v1.4.0" };
const REGION = "us-east";
const VERDICT = {
  gate: "crashes",
  verdict: "fail",
  reason: "Crash rate: 25% of 20 calls trapped.",
};
const GAS_VERDICT = { gate: "gas", verdict: "fail", reason: "Gas: 200000 a call, 10000 before." };

export function call(given: Partial<Call> & { answeredAt: number }): Call {
  return {
    region: REGION,
    moduleId: CAST.first,
    outcome: "answered",
    message: null,
    sentAt: given.answeredAt - 5,
    latencyMs: 5,
    ...given,
  };
}

/** A call every 10 ms from `from` to `until`; one in `every` is the candidate's. */
function traffic(span: {
  from: number;
  until: number;
  stable: string;
  candidate?: string;
  every?: number;
}): Call[] {
  const { from, until, stable, candidate = stable, every = 1 } = span;
  return Array.from({ length: Math.floor((until - from) / 10) }, (_, index) =>
    call({
      answeredAt: from + 10 * (index + 1),
      moduleId: index % every === 0 ? candidate : stable,
    }),
  );
}

function rollout(
  moduleId: string,
  given: {
    steps: readonly [number, string, string][];
    percents: readonly number[];
    verdict?: typeof VERDICT;
  } & Partial<Rollout["sightings"][number]>,
): Rollout {
  const { steps, percents, verdict = VERDICT, ...end } = given;
  const waves = percents.map((percent) => ({
    label: `${percent}% rollout`,
    sharePercentByRegion: { [REGION]: percent },
  }));
  const during = {
    status: "InProgress",
    previousModuleId: end.previousModuleId ?? null,
    errorMessage: null,
    completedAt: null,
  };
  return {
    moduleId,
    waves,
    sightings: [
      ...waves.map(({ label }) => ({ ...during, currentStage: label })),
      { ...during, currentStage: null, ...end },
    ],
    transitions: steps.map(([at, from, to], index): Transition => ({
      sequence: index + 1,
      timestamp: new Date(at).toISOString(),
      from,
      to,
      reason: to,
      evidence: to.startsWith("withdrawing") ? [verdict] : [],
    })),
  };
}

/** 1.1.0 at once, 1.2.0 by half and then whole, 1.3.0 and 1.4.0 taken back from their first half. Times in ms. */
export function goodLog(): Log {
  return {
    startedAt: 0,
    modules: Object.values(CAST),
    rollouts: [
      rollout(CAST.first, {
        percents: [100],
        steps: [
          [0, "routing", "baking"],
          [5000, "judging", "finishing"],
        ],
        status: "Completed",
      }),
      rollout(CAST.sound, {
        percents: [50, 100],
        steps: [
          [5000, "routing", "baking"],
          [10_000, "checking (admit)", "routing"],
          [10_000, "routing", "baking"],
          [15_000, "judging", "finishing"],
        ],
        status: "Completed",
        previousModuleId: CAST.first,
      }),
      rollout(CAST.bad, {
        percents: [50, 100],
        steps: [
          [15_000, "routing", "baking"],
          [17_000, "baking", "withdrawing (routing)"],
          [17_100, "withdrawing (unloading)", "rolledBack"],
        ],
        status: "RolledBack",
        previousModuleId: CAST.sound,
        errorMessage: VERDICT.reason,
        completedAt: new Date(17_100).toISOString(),
      }),
      rollout(CAST.wasteful, {
        percents: [50, 100],
        steps: [
          [21_000, "routing", "baking"],
          [23_000, "baking", "withdrawing (routing)"],
          [23_100, "withdrawing (unloading)", "rolledBack"],
        ],
        verdict: GAS_VERDICT,
        status: "RolledBack",
        previousModuleId: CAST.sound,
        errorMessage: GAS_VERDICT.reason,
        completedAt: new Date(23_100).toISOString(),
      }),
    ],
    calls: [
      ...traffic({ from: 0, until: 5000, stable: CAST.first }),
      ...traffic({
        from: 5000,
        until: 10_000,
        stable: CAST.first,
        candidate: CAST.sound,
        every: 2,
      }),
      ...traffic({ from: 10_000, until: 15_000, stable: CAST.sound }),
      ...traffic({
        from: 15_000,
        until: 17_000,
        stable: CAST.sound,
        candidate: CAST.bad,
        every: 2,
      }).map((given, index): Call =>
        given.moduleId === CAST.bad && index % 10 === 0
          ? { ...given, outcome: "guestFailed", message: "divide by zero" }
          : given,
      ),
      ...traffic({ from: 17_000, until: 21_000, stable: CAST.sound }),
      ...traffic({
        from: 21_000,
        until: 23_000,
        stable: CAST.sound,
        candidate: CAST.wasteful,
        every: 2,
      }),
      ...traffic({ from: 23_000, until: 27_000, stable: CAST.sound }),
    ],
  };
}
