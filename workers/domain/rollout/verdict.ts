// What gates have in common: the form of a verdict, and when there is enough, or nothing, to judge by.
import type { Counters } from "#domain/counters.ts";
import type { WinnerCriteria } from "#domain/strategy/ab-testing.ts";
import type { GateName } from "#domain/strategy/wave.ts";

export type Verdict = {
  readonly gate: GateName;
  readonly verdict: "pass" | "fail" | "inconclusive";
  /** One sentence with the numbers in it. */
  readonly reason: string;
  readonly candidate: number | null;
  readonly stable: number | null;
  readonly limit: number | null;
  readonly samples: number;
};

export type Window = { readonly candidate: Counters; readonly stable: Counters };

export type GateSettings = {
  readonly minimumSample: number;
  readonly falseAlarmRate: number;
  readonly memoryLimitBytes: number;
  readonly hasStable: boolean;
  readonly experiment: { criteria: WinnerCriteria; minimumSample: number } | null;
};

/**
 * Whether the version before was called often enough in this window to compare with. Once it has no share left, a
 * few late calls still reach it: they say nothing about it, and no more of them will come.
 */
export function isCompared({ stable }: Window, settings: GateSettings): boolean {
  return settings.hasStable && stable.calls >= settings.minimumSample;
}

/** Nobody called the module at all: the health function is then all there is to go by. */
export function isQuiet({ candidate, stable }: Window): boolean {
  return candidate.calls === 0 && stable.calls === 0;
}

export type Facts = Pick<Verdict, "gate" | "candidate" | "stable" | "limit" | "samples">;

/**
 * Not proven guilty: a pass needs the sample and a figure within the limit; anything else needs more time.
 * `clean` is a first version that has not failed once: there is none before it that could serve better.
 */
export function sampled(
  facts: Facts,
  how: { told: string; within: boolean; clean: boolean; settings: GateSettings },
): Verdict {
  const { told, within, clean, settings } = how;
  if (facts.samples < settings.minimumSample && !clean) {
    const reason = `${told}; ${settings.minimumSample} calls are needed to judge.`;
    return verdict({ ...facts, verdict: "inconclusive", reason });
  }
  if (within) return verdict({ ...facts, verdict: "pass", reason: `${told}.` });
  return verdict({ ...facts, verdict: "inconclusive", reason: `${told}; it may still be chance.` });
}

export function quiet(gate: GateName): Verdict {
  return verdict({
    gate,
    verdict: "pass",
    reason: "No version was called in this window: there is nothing to judge by.",
  });
}

export function verdict(
  given: Pick<Verdict, "gate" | "verdict" | "reason"> & Partial<Verdict>,
): Verdict {
  return { candidate: null, stable: null, limit: null, samples: 0, ...given };
}
