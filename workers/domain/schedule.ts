// Five-field cron in UTC. Pure: nothing is scheduled here, and the time is an argument.
import { Cron } from "croner";

/** Null when the text is a schedule that fires some day; else what is wrong with it. */
export function scheduleFault(text: string): string | null {
  try {
    const next = cron(text).nextRun(new Date(0));
    return next === null ? `The schedule "${text}" names a day that never comes.` : null;
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    return `The schedule "${text}" is not five fields of cron (minute hour day month weekday): ${told}`;
  }
}

/** The first occurrence after the moment; null when there is none or the text is no schedule. */
export function nextOccurrence(text: string, after: number): number | null {
  try {
    return cron(text).nextRun(new Date(after))?.getTime() ?? null;
  } catch {
    return null;
  }
}

/** The latest occurrence in (after, now]; null when none fell due. */
export function latestOccurrence(text: string, after: number, now: number): number | null {
  try {
    const [latest] = cron(text).previousRuns(1, new Date(now + 1000));
    const at = latest?.getTime() ?? null;
    return at !== null && at > after && at <= now ? at : null;
  } catch {
    return null;
  }
}

function cron(text: string): Cron {
  return new Cron(text, { mode: "5-part", timezone: "UTC", paused: true });
}
