// What chaos prints: a line for each kill, and at the end what was seen in all of them.
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
  settledMs: number;
  count: string;
}): void {
  const { round, killed, reports, settledMs, count } = done;
  for (const { phases, moment, upMs } of killed) {
    const up = upMs === null ? "killed again" : `up after ${upMs} ms`;
    console.log(`  killed ${moment}: ${phases.join(" | ")}; ${up}`);
  }
  const ends = reports.map(({ scenario, status }) => `${scenario.kind} ${status}`).join(" | ");
  console.log(
    `round ${round}, ${count} kills: ${ends}; settled ${Math.max(0, settledMs)} ms after the last start`,
  );
}

export function reportAll(all: {
  kills: readonly Killed[];
  recoveries: readonly number[];
  kinds: ReadonlyMap<string, number>;
  tallies: readonly ReadonlyMap<string, number>[];
  violations: readonly string[];
  seconds: number;
  seed: number;
}): void {
  const { kills, recoveries, kinds, tallies, violations, seconds, seed } = all;
  const phases = sum(
    kills.flatMap((kill) => kill.phases).map((name) => [name.replace(/ \d+$/, ""), 1] as const),
  );
  const ups = kills.flatMap(({ upMs }) => (upMs === null ? [] : [upMs]));
  console.log(`
${kills.length} kills in ${seconds} s, seed ${seed}
phases at the kills: ${listed(phases)}
rollouts: ${listed(kinds)}
calls: ${listed(sum(tallies.flatMap((tally) => [...tally])))}
from kill to up: median ${median(ups)} ms, most ${Math.max(...ups)} ms
from up to every rollout's end: median ${median(recoveries)} ms, most ${Math.max(...recoveries)} ms
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
