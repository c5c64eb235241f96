// A piece of ordinary code with which a machine measures how much gas one of its cores does in a millisecond.
import type { GuestAnswer, GuestCall } from "#domain/execution.ts";
import type { Timing } from "#domain/gas.ts";
import { DEFAULT_LIMITS } from "#domain/module.ts";
import type { Prepared } from "#domain/prepared.ts";
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
const MODULE = Uint8Array.fromHex(
  "0061736d0100000001060160017f017f03020100050301000107080104776f726b00000a4b014901027f0340200041b1f3ddf1796c41fcff03712101200241057720012802006a2102200241017104402001200220007336020005200220006a21020b200041016b22000d000b20020b",
);
/** Some milliseconds of a core. */
const ROUNDS = 1_000_000;
const ROUNDS_GAS_MAX = 100_000_000;
/** The first run is thrown away: the engine makes better code of the kernel meanwhile. */
const RUNS = 6;

type Caller = (request: GuestCall) => Promise<GuestAnswer>;

export const KERNEL = { digest: "calibration", limits: DEFAULT_LIMITS } as const;

export function preparedKernel(): Prepared {
  return prepareCore(MODULE, DEFAULT_LIMITS);
}

/** `call` calls the guest that was loaded of it. */
export async function timings(call: Caller): Promise<Timing[]> {
  const ways: Timing[] = [];
  const runs: Timing[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    ways.push(await timed(call, 1));
    runs.push(await timed(call, ROUNDS));
  }
  // Less what the way to the guest and back takes at least: a slow one must not make a run look fast.
  const wayMs = Math.min(...ways.map(({ durationMs }) => durationMs));
  return runs
    .slice(1)
    .map(({ gasUsed, durationMs }) => ({ gasUsed, durationMs: durationMs - wayMs }));
}

/** Clocks stand still while code runs, but not over a call. */
async function timed(call: Caller, rounds: number): Promise<Timing> {
  const startedAt = performance.now();
  const gasUsed = await work(call, rounds);
  return { gasUsed, durationMs: performance.now() - startedAt };
}

async function work(call: Caller, rounds: number): Promise<number> {
  const { gasUsed } = await call({
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
