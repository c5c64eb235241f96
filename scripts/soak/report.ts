// What the soak was like, and whether it was as it should be.
import { spread, told } from "#scripts/bench/statistics.ts";
import type { Series } from "#scripts/record/figures.ts";
import type { Answers } from "./load.ts";
import type { Sample } from "./watch.ts";

/** The last fifth of the time to the second: by then everything is loaded, and what grows grows by itself. */
const GROWTH_MAX = 1.1;
const FIFTHS = 5;
const POINTS_MAX = 60;

/** Prints it, and answers the exit code. */
export function judge(
  samples: readonly Sample[],
  of: Answers & { rate: number; minutes: number; isCollected: boolean },
): number {
  const { sent, failures, lateMsMax, rate, minutes, isCollected } = of;
  const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
  const of99 = spread(samples.map(({ p99Ms }) => p99Ms));
  const of50 = spread(samples.map(({ p50Ms }) => p50Ms));
  const [second, last] = [fifth(samples, 1), fifth(samples, FIFTHS - 1)];
  const growth = last / second;
  console.log(`
${sent} requests in ${minutes} minutes, ${(sent / (minutes * 60)).toFixed(0)} of ${rate.toFixed(0)} a second; sent at most ${lateMsMax.toFixed(0)} ms late
of 15 s each, median (least to most): p50 ${told(of50, 1)} ms, p99 ${told(of99, 1)} ms
errors: ${failed}${[...failures].map(([what, count]) => `\n  ${count} × ${what}`).join("")}
resident memory of workerd, ${isCollected ? "each time after its garbage was collected" : "with its garbage"}: ${told(spread(samples.map(({ residentMB }) => residentMB)))} MB
  ${second.toFixed(0)} MB in the second fifth of the time, ${last.toFixed(0)} MB in the last: ${growth.toFixed(3)}

goal: no errors                                ${failed}
${isCollected ? `goal: at most ${GROWTH_MAX} of the memory              ${growth.toFixed(3)}` : "no goal for memory with its garbage"}`);
  return failed === 0 && (growth <= GROWTH_MAX || !isCollected) ? 0 : 1;
}

function fifth(samples: readonly Sample[], which: number): number {
  const part = samples.length / FIFTHS;
  const within = samples.slice(Math.floor(which * part), Math.ceil((which + 1) * part));
  return spread(within.map(({ residentMB }) => residentMB)).median;
}

export function seriesOf(samples: readonly Sample[]): Series[] {
  const each = Math.ceil(samples.length / POINTS_MAX);
  const shown = samples.filter((_, at) => at % each === each - 1);
  const x = {
    title: "minutes",
    values: shown.map(({ atMs }) => Number((atMs / 60_000).toFixed(2))),
  };
  const y = (title: string, value: (sample: Sample) => number) => ({
    title,
    values: shown.map((sample) => Number(value(sample).toFixed(1))),
  });
  return [
    {
      title: "Soak: resident memory of workerd",
      x,
      y: y("MB", ({ residentMB }) => residentMB),
    },
    { title: "Soak: p99 of 15 s", x, y: y("ms", ({ p99Ms }) => p99Ms) },
  ];
}
