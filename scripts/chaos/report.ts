// What chaos tells: a line for each kill as it goes, and at the end what was seen in all of them.
import type { Report } from "./lane.ts";

export type Killed = {
  /** Each module's rollout, as it was listed at the kill. */
  readonly phases: readonly string[];
  readonly moment: string;
  readonly at: number;
  /** From the kill until the runtime answered; null when it was killed again before. */
  upMs: number | null;
};

export function printRound(done: {
  round: number;
  killed: readonly Killed[];
  reports: readonly Report[];
  batch: string;
  settledMs: number;
  count: string;
}): void {
  const { round, killed, reports, batch, settledMs, count } = done;
  for (const { phases, moment, upMs } of killed) {
    const up = upMs === null ? "killed again" : `up after ${upMs} ms`;
    console.error(`  killed ${moment}: ${phases.join(" | ")}; ${up}`);
  }
  const ends = reports.map(({ scenario, status }) => `${scenario.kind} ${status}`).join(" | ");
  console.error(
    `round ${round}, ${count} kills: ${ends} | batch ${batch}; settled ${Math.max(0, settledMs)} ms after the last start`,
  );
}

export function reportAll(all: {
  kills: readonly Killed[];
  struck: ReadonlyMap<string, number>;
  recoveries: readonly number[];
  converged: readonly number[];
  kinds: ReadonlyMap<string, number>;
  tallies: readonly ReadonlyMap<string, number>[];
  excused: number;
  violations: readonly string[];
  seconds: number;
  seed: number;
}): void {
  const { kills, struck, recoveries, converged, kinds, tallies, excused } = all;
  const { violations, seconds, seed } = all;
  const phases = sum(
    kills.flatMap((kill) => kill.phases).map((name) => [name.replace(/ \d+$/, ""), 1] as const),
  );
  const ups = kills.flatMap(({ upMs }) => (upMs === null ? [] : [upMs]));
  console.log(`
${kills.length} kills in ${seconds} s, seed ${seed}
struck beside: ${listed(struck)}
phases at the kills: ${listed(phases)}
ends: ${listed(kinds)}
calls: ${listed(sum(tallies.flatMap((tally) => [...tally])))}
unavailable while something was struck: ${excused} answers
from kill to up: median ${median(ups)} ms, most ${Math.max(...ups)} ms
from up to every rollout's end: median ${median(recoveries)} ms, most ${Math.max(...recoveries)} ms
from the last strike to the workload as it was wished for: median ${median(converged)} ms, most ${Math.max(...converged)} ms
violations: ${violations.length === 0 ? "none" : `\n- ${violations.join("\n- ")}`}`);
}

function sum(counts: readonly (readonly [string, number])[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const [name, count] of counts) all.set(name, (all.get(name) ?? 0) + count);
  return all;
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
