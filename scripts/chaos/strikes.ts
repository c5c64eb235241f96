// Does to the running program what a round says, and notes what was done. Strikes may meet each other, and kills.
import { setTimeout as sleep } from "node:timers/promises";
import type { Agents } from "./agents.ts";
import type { Strike } from "./scenario.ts";
import type { World } from "./world.ts";

/** An object that is evicted is another one right away: only what it was doing fails. */
const EVICTION_MS = 200;

export async function strikeAll(
  strikes: readonly Strike[],
  on: { world: World; agents: Agents; done: Map<string, number> },
): Promise<void> {
  const { world, agents, done } = on;
  const count = (what: string): void => void done.set(what, (done.get(what) ?? 0) + 1);
  await Promise.all(
    strikes.map(async (strike) => {
      await sleep(strike.afterMs);
      switch (strike.type) {
        case "agent":
          count("agent killed");
          return agents.strike(strike.which, strike.downMs);
        case "database":
          if (await world.disturb(strike.forMs, () => world.runtime.strike(strike)))
            count("D1 failing");
          return;
        case "evict":
          if (await world.disturb(EVICTION_MS, () => world.runtime.strike(strike)))
            count(`${strike.className} evicted`);
      }
    }),
  );
}
