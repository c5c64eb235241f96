/**
 * The gas gate: what calls of a candidate cost beside those of the version before, over the same window.
 * Gas is exact for each input; what varies is which inputs each version happens to get, and few may cost most of all.
 * So averages alone condemn nobody: that takes proof that more calls lie above 1.3 times some amount of gas than
 * lay above that amount before. A version that needs at most 30 % more for every input gives such proof at no more
 * than the rate of false alarms, whatever the inputs are and however often it is looked at.
 */
import { GAS_BUCKETS, exceeding } from "#domain/gas-histogram.ts";
import { countOf } from "#domain/histogram.ts";
import { evidenceOfMore } from "#domain/sequential-test.ts";
import { isQuiet, quiet, sampled, verdict } from "./verdict.ts";
import type { GateSettings, Verdict, Window } from "./verdict.ts";

/** Growth over the version before that is tolerated; the buckets of gas are made for this number. */
const GAS_GROWTH = 0.3;
/** Calls below this amount are not told apart, so a mean may grow by it and mean nothing. */
const GAS_NOISE = 1_000;

export function judgeGas(window: Window, settings: GateSettings): Verdict {
  const gate = "gas";
  if (isQuiet(window)) return quiet(gate);
  const { candidate, stable } = window;
  const [metered, meteredBefore] = [countOf(candidate.gas), countOf(stable.gas)];
  const observed = mean(candidate.gasUsed, metered);
  const before = settings.hasStable ? mean(stable.gasUsed, meteredBefore) : null;
  if (before === null) return uncompared(observed, candidate.calls);
  const limit = Math.max(before * (1 + GAS_GROWTH), before + GAS_NOISE);
  const facts = {
    gate,
    candidate: observed,
    stable: before,
    limit,
    samples: candidate.calls,
  } as const;
  const told = `Gas: ${units(observed)} a call over ${metered} calls, ${units(before)} over ${meteredBefore} on the version before; ${units(limit)} are tolerated`;
  const within = observed === null || observed <= limit;
  if (!within && isProven(window, settings.falseAlarmRate)) {
    return verdict({ ...facts, verdict: "fail", reason: `${told}.` });
  }
  if (meteredBefore < settings.minimumSample) return uncompared(observed, candidate.calls);
  return sampled(facts, { told, within, clean: false, settings });
}

/** Every bound is tested, so each has its part of the chance of a false alarm. */
function isProven({ candidate, stable }: Window, falseAlarmRate: number): boolean {
  const needed = Math.log(GAS_BUCKETS / falseAlarmRate);
  const [trials, trialsBefore] = [countOf(candidate.gas), countOf(stable.gas)];
  return exceeding(stable.gas, candidate.gas).some(
    ({ above, aboveGrown }) =>
      evidenceOfMore({ hits: aboveGrown, trials }, { hits: above, trials: trialsBefore }) >= needed,
  );
}

function uncompared(observed: number | null, samples: number): Verdict {
  return verdict({
    gate: "gas",
    verdict: "pass",
    reason: "Gas: the version before was not called often enough to compare with.",
    candidate: observed,
    samples,
  });
}

function mean(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count;
}

function units(gas: number | null): string {
  return gas === null ? "unknown" : `${Math.round(gas)} units`;
}
