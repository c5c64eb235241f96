// How much gas a core of this node does in a millisecond, measured with a guest of ordinary code: what limits in
// seconds are turned into gas by. It is kept in storage, and a measurement is not taken while calls run.
import { GAS_PER_MS, rateOf } from "#domain/gas.ts";
import type { Timing } from "#domain/gas.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import { guestIsolate } from "#guest/isolate.ts";
import type { GuestStub } from "#guest/isolate.ts";
import { prepareCore } from "#wasm/prepare.ts";

/**
 * (module (memory 1)
 *   (func (export "work") (param $rounds i32) (result i32) (local $at i32) (local $sum i32)
 *     (loop $again
 *       (local.set $at (i32.and (i32.mul (local.get $rounds) (i32.const 2654435761)) (i32.const 65532)))
 *       (local.set $sum (i32.add (i32.rotl (local.get $sum) (i32.const 5)) (i32.load (local.get $at))))
 *       (if (i32.and (local.get $sum) (i32.const 1))
 *         (then (i32.store (local.get $at) (i32.xor (local.get $sum) (local.get $rounds))))
 *         (else (local.set $sum (i32.add (local.get $sum) (local.get $rounds)))))
 *       (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
 *     (local.get $sum)))
 */
const KERNEL = Uint8Array.fromHex(
  "0061736d0100000001060160017f017f03020100050301000107080104776f726b00000a4b014901027f0340200041b1f3ddf1796c41fcff03712101200241057720012802006a2102200241017104402001200220007336020005200220006a21020b200041016b22000d000b20020b",
);
/** Some milliseconds of a core. */
const ROUNDS = 1_000_000;
const ROUNDS_GAS_MAX = 100_000_000;
/** The first run is thrown away: the engine makes better code of the kernel meanwhile. */
const RUNS = 6;
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
      const rate = rateOf(await timings(env), this.#kv.get<number>("gasPerMs") ?? null);
      if (rate === null) return;
      this.#gasPerMs = rate;
      this.#kv.put("gasPerMs", rate);
    } catch (thrown) {
      console.warn("calibration failed", thrown);
    }
  }
}

async function timings(env: Pick<Env, "LOADER">): Promise<Timing[]> {
  const guest = guestIsolate(env, {
    digest: "calibration",
    limits: DEFAULT_LIMITS,
    entry: "core",
    prepared: async () => prepareCore(KERNEL, DEFAULT_LIMITS),
  });
  const ways: Timing[] = [];
  const runs: Timing[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    ways.push(await timed(guest, 1));
    runs.push(await timed(guest, ROUNDS));
  }
  // Less what the way to the guest and back takes at least: a slow one must not make a run look fast.
  const wayMs = Math.min(...ways.map(({ durationMs }) => durationMs));
  return runs
    .slice(1)
    .map(({ gasUsed, durationMs }) => ({ gasUsed, durationMs: durationMs - wayMs }));
}

/** Clocks stand still while code runs, but not over a call. */
async function timed(guest: GuestStub, rounds: number): Promise<Timing> {
  const startedAt = performance.now();
  const gasUsed = await work(guest, rounds);
  return { gasUsed, durationMs: performance.now() - startedAt };
}

async function work(guest: GuestStub, rounds: number): Promise<number> {
  const { gasUsed } = await guest.call({
    function: {
      name: "work",
      style: "numbers",
      parameters: [{ name: "rounds", type: "i32" }],
      results: ["i32"],
    },
    arguments: [rounds],
    program: "calibration",
    gas: { budget: ROUNDS_GAS_MAX, slice: ROUNDS_GAS_MAX },
    timeoutMs: 10_000,
    bounds: { outputBytesMax: 64, logBytesMax: 0 },
    environment: {},
    files: { access: "Disabled", preopens: [], files: [] },
  });
  if (gasUsed === null) throw new Error("The calibration kernel did not end.");
  return gasUsed;
}
