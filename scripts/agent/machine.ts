// This machine as its node tells it: CPU since the last look, memory, and the disk that the agent stands on; and what
// its guests can do, found by running them.
import { statfs } from "node:fs/promises";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { tell } from "#domain/agent/values.ts";
import type { Vitals } from "#domain/agent/report.ts";
import type { GuestAnswer, GuestCall } from "#domain/execution.ts";
import { GAS_PER_MS, rateOf } from "#domain/gas.ts";
import type { Prepared } from "#domain/prepared.ts";
import { assemble } from "#guest/assembly.ts";
import type { Harness } from "#guest/assembly.ts";
import { preparedKernel, timings } from "#guest/kernel.ts";
import { preparedProbe, probe } from "#guest/probe.ts";
import type { Guests, Thread } from "./guests.ts";

const CALIBRATION_MS = 15 * 60_000;

export class Machine {
  readonly #guests: Guests;
  #measured: number | null = null;
  #calibrationDueAt = 0;
  #probed: Thread | null = null;
  #times = cpuTimes();

  constructor(guests: Guests) {
    this.#guests = guests;
  }

  /** `isIdle`: no call is disturbed by a measurement, nor disturbs one. */
  async vitals(harness: Harness, isIdle: boolean): Promise<Vitals> {
    const isHealthy = await this.#probe(harness);
    if (isIdle && Date.now() >= this.#calibrationDueAt) await this.#calibrate(harness);
    const disk = await statfs(process.cwd());
    return {
      isHealthy,
      gasPerMs: this.#measured ?? GAS_PER_MS,
      cpuPercent: this.#cpuPercent(),
      cores: availableParallelism(),
      memoryUsedBytes: totalmem() - freemem(),
      memoryTotalBytes: totalmem(),
      diskUsedBytes: (disk.blocks - disk.bfree) * disk.bsize,
      diskTotalBytes: disk.blocks * disk.bsize,
    };
  }

  #cpuPercent(): number {
    const before = this.#times;
    this.#times = cpuTimes();
    const all = this.#times.all - before.all;
    return all <= 0 ? 0 : Math.min(100, (100 * (this.#times.busy - before.busy)) / all);
  }

  async #probe(harness: Harness): Promise<boolean> {
    try {
      if (this.#probed === null || this.#probed.isEnded)
        this.#probed = await this.#open(harness, preparedProbe());
      return await probe(callerOf(this.#probed));
    } catch (cause) {
      console.error("The probe could not be started:", cause);
      return false;
    }
  }

  /** What can't be measured leaves the rate as it was, until the next time. */
  async #calibrate(harness: Harness): Promise<void> {
    this.#calibrationDueAt = Date.now() + CALIBRATION_MS;
    try {
      const thread = await this.#open(harness, preparedKernel());
      this.#measured = rateOf(await timings(callerOf(thread)), this.#measured) ?? this.#measured;
      thread.close();
    } catch (cause) {
      console.error("The rate could not be measured:", cause);
    }
  }

  #open(harness: Harness, prepared: Prepared): Promise<Thread> {
    return this.#guests.open(assemble(harness, prepared), harness.name);
  }
}

function callerOf(thread: Thread): (request: GuestCall) => Promise<GuestAnswer> {
  return (request) => {
    const given = request.arguments;
    const told = typeof given === "string" ? given : given.map((value) => tell(value));
    return thread.call(JSON.stringify({ ...request, arguments: told }), request.timeoutMs);
  };
}

function cpuTimes(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const { idle, ...working } = times;
    const used = Object.values(working).reduce((sum, ms) => sum + ms, 0);
    busy += used;
    all += used + idle;
  }
  return { busy, all };
}
