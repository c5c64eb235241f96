// The clock, randomness and sleep of the isolate, for WASI programs.
import type { Machine } from "./wasi1/world.ts";

const NS_PER_MS = 1_000_000n;

export const machine: Machine = {
  realtime: () => BigInt(Date.now()) * NS_PER_MS,
  monotonic: () => BigInt(Math.round(performance.now() * 1e6)),
  random: (into) => {
    // The guest's memory is never shared: the meter refuses threads.
    crypto.getRandomValues(into as Uint8Array<ArrayBuffer>);
  },
  sleep: (ms) => scheduler.wait(ms),
};
