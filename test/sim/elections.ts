// Controllers that elect a leader while clocks are off, answers are late or lost, and controllers crash.
import { LEASE_MS, TICK_MS } from "#domain/election/lease.ts";
import { World } from "#test/domain/election/world.ts";
import { hold } from "./invariant.ts";
import type { Tape } from "./tape.ts";
import type { Told } from "./told.ts";

const SKEW_MS = 5_000;
const CRASH_MS_MAX = 90_000;
const TROUBLE_MS = 300_000;
const LOOK_MS = 10_000;
const RATES = [0, 0.05, 0.2, 0.4] as const;

export function elections(tape: Tape, told: Told): void {
  const chance = (): number => tape.draw(0x1_0000) / 0x1_0000;
  const offset = (): number => tape.draw(2 * SKEW_MS) - SKEW_MS;
  const faults = {
    offsetsMs: tape.chance(500) ? [offset(), offset(), offset(), offset()] : [0, 0, 0, 0],
    chance,
    latencyMsMax: tape.pick([10, 4_000, 12_000]),
    lossRate: tape.pick(RATES),
    crashRate: tape.pick(RATES) / 4,
    jumpMsMax: tape.chance(200) ? SKEW_MS : 0,
  };
  const isJumpy = faults.jumpMsMax > 0;
  const world = new World(3, faults);
  const look = (): void => {
    told.simulatedMs = world.now;
    const leading = world.leading();
    if (leading.join() !== told.history.at(-1)?.split("  ")[1]) {
      told.history.push(`${world.now / 1000} s  ${leading.join()}`);
    }
    // Clocks that jump may make two lead for a moment, in two terms.
    hold("exclusive", isJumpy || world.faults.length === 0, () => world.faults.join("; "));
    for (const [term, { size }] of world.leaders) {
      hold("exclusive", size === 1, () => `${size} led term ${term}`);
    }
  };
  while (world.now < TROUBLE_MS) {
    world.pass(LOOK_MS);
    look();
  }
  Object.assign(faults, { latencyMsMax: 10, lossRate: 0, crashRate: 0, jumpMsMax: 0 });
  world.pass(CRASH_MS_MAX + LEASE_MS + 2 * TICK_MS + 2 * SKEW_MS);
  look();
  const { length } = world.leading();
  hold("deadline", length === 1, () => `${length} lead once nothing goes wrong`);
}
