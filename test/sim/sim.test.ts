// Ten thousand schedules of the simulated control plane, and what makes a seed worth keeping.
import { describe, expect, it } from "vitest";
import { INVARIANTS, looked } from "./invariant.ts";
import { playSeed, playTape } from "./schedule.ts";
import { shrunk } from "./shrink.ts";

const SCHEDULES = 10_000;

describe("the simulated control plane", () => {
  it("breaks no invariant in ten thousand schedules, and looks at every one", async () => {
    for (let seed = 0; seed < SCHEDULES; seed += 1) {
      const { fault } = await playSeed(seed);
      if (fault !== null) expect.fail(`npm run sim -- --seed ${seed}\n${fault.message}`);
    }
    expect([...looked.keys()].sort()).toEqual(Object.keys(INVARIANTS).sort());
  }, 180_000);

  it("plays a seed the same way twice, and its tape the same way again", async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const first = await playSeed(seed);
      expect(await playSeed(seed)).toEqual(first);
      expect(await playTape(first.world, first.tape)).toEqual(first);
    }
  });

  it("ends by itself on a tape of zeros", async () => {
    const { fault, history } = await playTape("rollouts", []);
    expect(fault).toBeNull();
    expect(history.at(-1)).toMatch(/completed/);
  });

  it("leaves what doesn't fail as it is", async () => {
    const played = await playSeed(0);
    expect(await shrunk(played)).toBe(played);
  });
});
