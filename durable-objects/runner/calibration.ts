// How much gas a core of this node does in a millisecond, measured with a guest of ordinary code: what limits in
// seconds are turned into gas by. It is kept in storage, and a measurement is not taken while calls run.
import { GAS_PER_MS, rateOf } from "#domain/gas.ts";
import { guestIsolate } from "#guest/isolate.ts";
import { KERNEL, preparedKernel, timings } from "#guest/kernel.ts";

const PERIOD_MS = 15 * 60_000;

export class Calibration {
  readonly #kv: SyncKvStorage;
  #gasPerMs: number;
  /** Not stored: a node that was lost may come back on another machine. */
  #dueAt = 0;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    this.#gasPerMs = kv.get<number>("gasPerMs") ?? GAS_PER_MS;
  }

  get gasPerMs(): number {
    return this.#gasPerMs;
  }

  isDue(now: number): boolean {
    return now >= this.#dueAt;
  }

  /** What can't be measured leaves the rate as it was, until the next time. */
  async measure(env: Pick<Env, "LOADER">, now: number): Promise<void> {
    this.#dueAt = now + PERIOD_MS;
    try {
      const guest = guestIsolate(env, {
        ...KERNEL,
        entry: "core",
        prepared: () => Promise.resolve(preparedKernel()),
      });
      const rate = rateOf(
        await timings((request) => guest.call(request)),
        this.#kv.get<number>("gasPerMs") ?? null,
      );
      if (rate === null) return;
      this.#gasPerMs = rate;
      this.#kv.put("gasPerMs", rate);
    } catch (thrown) {
      console.warn("calibration failed", thrown);
    }
  }
}
