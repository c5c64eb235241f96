// Makes a failing tape short: its end is cut off, then parts of it are made calm or left out, as long as the same
// invariant is still broken.
import type { Played } from "./played.ts";
import { kindOf, playTape } from "./schedule.ts";

const TRIES_MAX = 3_000;

export async function shrunk(failed: Played): Promise<Played> {
  if (failed.fault === null) return failed;
  const kind = kindOf(failed.fault);
  let best = failed;
  let tries = 0;
  const attempt = async (tape: readonly number[]): Promise<boolean> => {
    tries += 1;
    if (tries > TRIES_MAX) return false;
    const played = await playTape(failed.world, tape);
    if (played.fault === null || kindOf(played.fault) !== kind) return false;
    best = { ...played, tape: trimmed(tape) };
    return true;
  };
  for (let kept = 0; kept < best.tape.length; kept += Math.max(1, best.tape.length >> 4)) {
    if (await attempt(best.tape.slice(0, kept))) break;
  }
  for (const change of [calm, leaveOut]) {
    for (let size = best.tape.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < best.tape.length; at += size) {
        const next = change(best.tape, at, size);
        if (next !== null) await attempt(next);
      }
    }
  }
  return best;
}

type Change = (tape: readonly number[], at: number, size: number) => readonly number[] | null;

const calm: Change = (tape, at, size) => {
  const part = tape.slice(at, at + size);
  if (part.every((entry) => entry === 0)) return null;
  return [...tape.slice(0, at), ...part.map(() => 0), ...tape.slice(at + size)];
};

const leaveOut: Change = (tape, at, size) => [...tape.slice(0, at), ...tape.slice(at + size)];

/** A tape that has run out goes on with zeros. */
function trimmed(tape: readonly number[]): readonly number[] {
  return tape.slice(0, tape.findLastIndex((entry) => entry !== 0) + 1);
}
