// What the meter costs: kernels metered beside unmetered in interleaved rounds of one process, how
// much real programs grow, and how fast the rewriter is, here and in the real runtime.
import { GAS_EXPORT, meterModule, ModuleMeter, START_EXPORT } from "#wasm/meter/meter.ts";
import { compileKernels, realPrograms } from "./meter/programs.ts";
import type { Program } from "./meter/programs.ts";
import { rewritingInWorkerd } from "./meter/runtime.ts";
import { spread } from "./statistics.ts";

const ROUNDS = 9;
const KERNEL_MS = 8;
const GAS = 2n ** 62n;
const LIMITS = { memoryPagesMax: 16_384, tableElementsMax: 100_000 };
/** Where growth counts: small programs are mostly the meter's fixed parts. */
const REAL_BYTES_MIN = 50_000;

const GOALS = { median: 1.04, worst: 1.5, growth: 1.15, megabytesPerSecond: 60 };

type Run = (times: number) => unknown;

/** Told at the end: whether all goals are met, as an exit code. */
export async function benchMeter(port: number): Promise<number> {
  const isFast = compareKernels(await compileKernels());
  const isSmall = measureGrowth(realPrograms());
  const isQuick = await measureRewriting(realPrograms(), port);
  return isFast && isSmall && isQuick ? 0 : 1;
}

function compareKernels(original: Uint8Array<ArrayBuffer>): boolean {
  const plain = kernelsOf(original);
  const metered = kernelsOf(meterModule(original, LIMITS).bytes);
  const ratios: { name: string; ratio: number; ms: number }[] = [];
  for (const [name, run] of plain) {
    const other = metered.get(name);
    if (other === undefined) throw new Error(`no ${name} in the metered module`);
    ratios.push({ name, ...compare(run, other) });
  }
  ratios.sort((one, other) => one.ratio - other.ratio);
  console.log(`${ratios.length} kernels, ${ROUNDS} interleaved rounds, metered to plain\n`);
  for (const { name, ratio, ms } of ratios) {
    console.log(`  ${name.padEnd(18)}${ratio.toFixed(3)}   ${ms.toFixed(1)} ms`);
  }
  const { median, most } = spread(ratios.map(({ ratio }) => ratio));
  console.log(`\n  median ${median.toFixed(3)}, worst ${most.toFixed(3)}\n`);
  return median <= GOALS.median && most <= GOALS.worst;
}

function compare(plain: Run, metered: Run): { ratio: number; ms: number } {
  if (plain(2) !== metered(2)) throw new Error("metered and plain give different results");
  const times = timesFor(plain);
  for (const run of [plain, metered]) warm(run, times);
  const taken: { plain: number[]; metered: number[] } = { plain: [], metered: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    taken.plain.push(time(plain, times));
    taken.metered.push(time(metered, times));
  }
  const ms = spread(taken.plain).median;
  return { ratio: spread(taken.metered).median / ms, ms };
}

/** So many times that it takes about KERNEL_MS; recursion grows too fast to be counted up by doubling alone. */
function timesFor(run: Run): number {
  warm(run, 2);
  let times = 1;
  while (times < 2 ** 24) {
    const ms = time(run, times);
    if (ms >= KERNEL_MS) break;
    times =
      ms < KERNEL_MS / 4
        ? times + Math.max(1, Math.floor(times / 2))
        : times + Math.ceil(times / 8);
  }
  return times;
}

/** Long enough for the optimising compiler to have done its work. */
function warm(run: Run, times: number): void {
  const until = performance.now() + 8 * KERNEL_MS;
  while (performance.now() < until) run(times);
}

function time(run: Run, times: number): number {
  const start = performance.now();
  run(times);
  return performance.now() - start;
}

function kernelsOf(bytes: Uint8Array<ArrayBuffer>): Map<string, Run> {
  const abort = (): never => {
    throw new Error("aborted");
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort } });
  const gas = exports[GAS_EXPORT];
  if (gas instanceof WebAssembly.Global) gas.value = GAS;
  const start = exports[START_EXPORT];
  if (typeof start === "function") start();
  const kernels = new Map<string, Run>();
  for (const [name, item] of Object.entries(exports)) {
    if (typeof item === "function" && name !== START_EXPORT)
      kernels.set(name, (times) => item(times));
  }
  return kernels;
}

function measureGrowth(programs: readonly Program[]): boolean {
  console.log("real programs, metered to plain in size\n");
  const growths = programs
    .filter(({ bytes }) => bytes.length >= REAL_BYTES_MIN)
    .map(({ name, bytes }) => {
      const metered = meterModule(bytes, LIMITS).bytes;
      if (!WebAssembly.validate(metered)) throw new Error(`${name}: metered it isn't valid`);
      const growth = metered.length / bytes.length;
      console.log(`  ${name.padEnd(44)}${bytes.length} bytes   ${growth.toFixed(3)}`);
      return growth;
    });
  console.log("");
  return spread(growths).most <= GOALS.growth;
}

async function measureRewriting(programs: readonly Program[], port: number): Promise<boolean> {
  const [largest] = programs.toSorted((one, other) => other.bytes.length - one.bytes.length);
  if (largest === undefined) throw new Error("no real program is installed");
  const here = Array.from({ length: ROUNDS }, () => time(() => rewrite(largest.bytes), 1));
  const there = await rewritingInWorkerd(largest.bytes, { port, rounds: ROUNDS });
  const speed = (ms: number): number => largest.bytes.length / 1000 / ms;
  const workerd = speed(spread(there).median);
  console.log(`rewriting ${largest.name}, chunks of 64 KiB, median of ${ROUNDS}\n`);
  console.log(`  Node     ${speed(spread(here).median).toFixed(0)} MB/s`);
  console.log(`  workerd  ${workerd.toFixed(0)} MB/s\n`);
  return workerd >= GOALS.megabytesPerSecond;
}

function rewrite(bytes: Uint8Array): void {
  const meter = new ModuleMeter(LIMITS);
  for (let at = 0; at < bytes.length; at += 65_536) meter.write(bytes.subarray(at, at + 65_536));
  meter.end();
}
