// Isolates that spend leases of one budget: leases that get lost, objects that are evicted or can't write.
import { endOf, lease } from "#domain/quota.ts";
import type { Lease, QuotaWindow } from "#domain/quota.ts";
import { hold } from "./invariant.ts";
import type { Tape } from "./tape.ts";
import type { Told } from "./told.ts";

const ISOLATES = 4;
const REQUESTS_MAX = 400;
const LIMITS = [100, 1, 7, 1_000] as const;

export function quotas(tape: Tape, told: Told): void {
  const budget = { limit: tape.pick(LIMITS), spanMs: tape.pick([60_000, 1_000]) };
  const loss = tape.pick([0, 100, 400]);
  const pauseMs = tape.pick([10, 200, 2_000]);
  const purses: (Lease & { left: number })[] = [];
  let stored: QuotaWindow | null = null;
  let now = 0;
  /** Requests let through, by the moment. */
  const spent: number[] = [];
  const granted = new Map<number, number>();
  for (let requests = tape.draw(REQUESTS_MAX); requests > 0; requests -= 1) {
    now += tape.draw(pauseMs);
    told.simulatedMs = now;
    const at = tape.draw(ISOLATES);
    let purse = purses[at];
    if (purse === undefined || now >= purse.resetAt || (purse.left === 0 && purse.remaining > 0)) {
      const [window, leased]: [QuotaWindow, Lease] = lease(stored, budget, now);
      // Written or not acknowledged: what isn't stored was not handed out.
      if (tape.chance(loss)) continue;
      stored = window;
      const all = (granted.get(window.startedAt) ?? 0) + leased.granted;
      granted.set(window.startedAt, all);
      hold("metered", all <= budget.limit, () => `${all} of ${budget.limit} are leased`);
      hold("metered", leased.resetAt === endOf(window), () => "a lease outlives its window");
      const isStuck = leased.granted === 0 && leased.remaining > 0;
      hold("metered", !isStuck, () => `nothing is leased of ${leased.remaining}`);
      if (tape.chance(loss)) continue;
      purse = { ...leased, left: leased.granted };
      purses[at] = purse;
    }
    if (purse.left === 0) continue;
    purse.left -= 1;
    spent.push(now);
    const inWindow = spent.filter((moment) => moment >= (stored?.startedAt ?? 0)).length;
    hold("metered", inWindow <= budget.limit, () => `${inWindow} of ${budget.limit} are spent`);
  }
  told.history.push(`${spent.length} of a budget of ${budget.limit} a ${budget.spanMs} ms`);
}
