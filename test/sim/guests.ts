// A guest that runs for as long as it likes, on a node that is slower than it was measured to be, beside neighbours.
import { SLICE_MS, gasBudget, rateOf, sliceGas } from "#domain/gas.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { Cancelled, Deadline, Turns } from "#guest/turns.ts";
import { hold } from "./invariant.ts";
import type { Tape } from "./tape.ts";
import type { Told } from "./told.ts";

/** Turns after which slices have found their length. */
const FOUND_AFTER = 8;
const SLOWNESS = [1, 2, 16, 60] as const;
/** What a call may take over its deadline: its slice, and its neighbours' turns. */
const OVER_MS = 4 * SLICE_MS;

export async function guests(tape: Tape, told: Told): Promise<void> {
  const rate = rateOf([{ gasUsed: (1 + tape.draw(20)) * 1_000_000, durationMs: 1 }], null) ?? 0;
  const slowness = tape.pick(SLOWNESS);
  const timeoutMs = 20 + tape.draw(1_000);
  const budget = gasBudget(DEFAULT_LIMITS, timeoutMs, rate);
  const wanted = tape.chance(300) ? Number.POSITIVE_INFINITY : (budget / 4) * (1 + tape.draw(8));
  const cancelAfter = tape.chance(200) ? tape.draw(50) : Number.POSITIVE_INFINITY;
  let now = 0;
  const clock = {
    now: () => now,
    turn: () => {
      now += tape.chance(100) ? tape.draw(SLICE_MS) : 0;
      return Promise.resolve();
    },
  };
  const turns = new Turns({ slice: sliceGas(rate), timeoutMs }, clock);
  let used = 0;
  let end = "";
  for (let taken = 0; end === ""; taken += 1) {
    if (taken === cancelAfter) turns.cancel();
    const given = Math.min(turns.slice, budget - used, wanted - used);
    const tookMs = (given * slowness) / rate;
    now += tookMs;
    used += given;
    told.simulatedMs = now;
    const isLong = taken >= FOUND_AFTER && tookMs > 2 * SLICE_MS;
    hold("bounded", !isLong, () => `turn ${taken} takes ${tookMs} ms`);
    hold("bounded", used <= budget, () => `${used} of ${budget} gas`);
    hold("bounded", now <= timeoutMs + OVER_MS * slowness, () => `${now} of ${timeoutMs} ms`);
    if (used >= wanted) end = "it ended";
    else if (used >= budget) end = "out of gas";
    else end = await turn(turns);
    hold("bounded", taken <= cancelAfter || end !== "", () => "it goes on after it was cancelled");
  }
  const isOver = now > timeoutMs + 2 * SLICE_MS && slowness === 1;
  hold("bounded", !isOver, () => `${now} of ${timeoutMs} ms`);
  told.history.push(`${end} after ${now} ms, ${used} gas`);
}

async function turn(turns: Turns): Promise<string> {
  try {
    await turns.take();
    return "";
  } catch (thrown) {
    if (thrown instanceof Deadline || thrown instanceof Cancelled) return thrown.name;
    throw thrown;
  }
}
