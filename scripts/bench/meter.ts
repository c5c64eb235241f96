// What the meter costs: kernels metered beside unmetered ones in one process, how much real programs grow,
// and how fast the rewriter is, here and in the real runtime.
import { setFlagsFromString } from "node:v8";
import { GAS_EXPORT, meterModule, ModuleMeter, START_EXPORT } from "#wasm/meter/meter.ts";
import { compare, time } from "./meter/compare.ts";
import type { Ratio, Run } from "./meter/compare.ts";
import { compileKernels, realPrograms } from "./meter/programs.ts";
import type { Program } from "./meter/programs.ts";
import { quickjs, quickjsBinary, QUICKJS_PAGES } from "./meter/quickjs.ts";
import { rewritingInWorkerd } from "./meter/runtime.ts";
import { spread } from "./statistics.ts";

const ROUNDS = 25;
const GAS = 2n ** 62n;
const LIMITS = { memoryPagesMax: QUICKJS_PAGES, tableElementsMax: 100_000 };
/** Where growth counts: small programs are mostly the meter's fixed parts. */
const REAL_BYTES_MIN = 50_000;
/** The optimising compiler alone, since what it makes of both is compared; and the hints that workerd's V8 heeds anyway. */
const FLAGS = ["--no-liftoff", "--experimental-wasm-branch-hinting"];

const GOALS = { median: 1.04, worst: 1.5, quickjs: 1.15, growth: 1.15, megabytesPerSecond: 60 };

/** Told at the end: whether all goals are met, as an exit code. */
export async function benchMeter(port: number): Promise<number> {
  for (const flag of FLAGS) setFlagsFromString(flag);
  const isFast = compareKernels(await compileKernels());
  const isFastAtLarge = await compareQuickjs(quickjsBinary());
  const isSmall = measureGrowth(realPrograms());
  const isQuick = await measureRewriting(realPrograms(), port);
  return isFast && isFastAtLarge && isSmall && isQuick ? 0 : 1;
}

function compareKernels(original: Uint8Array<ArrayBuffer>): boolean {
  const plain = kernelsOf(original);
  const metered = kernelsOf(meterModule(original, LIMITS).bytes);
  const ratios: Ratio[] = [];
  for (const [name, run] of plain) {
    const other = metered.get(name);
    if (other === undefined) throw new Error(`no ${name} in the metered module`);
    ratios.push(compare({ name, plain: run, metered: other }));
  }
  ratios.sort((one, other) => one.ratio - other.ratio);
  console.log(`${ratios.length} kernels, metered to plain, the quickest sample of each\n`);
  for (const { name, ratio, ms } of ratios) {
    console.log(`  ${name.padEnd(18)}${ratio.toFixed(3)}   ${ms.toFixed(2)} ms`);
  }
  const { median, most } = spread(ratios.map(({ ratio }) => ratio));
  console.log(`\n  median ${median.toFixed(3)}, goal ${GOALS.median}`);
  console.log(`  worst  ${most.toFixed(3)}, goal ${GOALS.worst}\n`);
  return median <= GOALS.median && most <= GOALS.worst;
}

async function compareQuickjs(original: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const run = async (bytes: Uint8Array<ArrayBuffer>): Promise<Run> =>
    quickjs((imports) => filled(new WebAssembly.Instance(new WebAssembly.Module(bytes), imports)));
  const metered = await run(meterModule(original, LIMITS).bytes);
  const { ratio, ms } = compare({ name: "quickjs", plain: await run(original), metered });
  console.log(`QuickJS runs a script, metered to plain

  ratio  ${ratio.toFixed(3)}, goal ${GOALS.quickjs}   ${ms.toFixed(2)} ms\n`);
  return ratio <= GOALS.quickjs;
}

function kernelsOf(bytes: Uint8Array<ArrayBuffer>): Map<string, Run> {
  const abort = (): never => {
    throw new Error("aborted");
  };
  const module = new WebAssembly.Module(bytes);
  const { exports } = filled(new WebAssembly.Instance(module, { env: { abort } }));
  const kernels = new Map<string, Run>();
  for (const [name, item] of Object.entries(exports)) {
    if (typeof item === "function" && name !== START_EXPORT)
      kernels.set(name, (times) => item(times));
  }
  return kernels;
}

/** With gas for all that follows, if it is metered. */
function filled(instance: WebAssembly.Instance): WebAssembly.Instance {
  const { [GAS_EXPORT]: gas, [START_EXPORT]: start } = instance.exports;
  if (gas instanceof WebAssembly.Global) gas.value = GAS;
  if (typeof start === "function") start();
  return instance;
}

function measureGrowth(programs: readonly Program[]): boolean {
  console.log(`real programs, metered to plain in size, goal ${GOALS.growth}\n`);
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
  const workerd = speed(there);
  console.log(`rewriting ${largest.name}, chunks of 64 KiB, the quickest of ${ROUNDS}\n`);
  console.log(`  Node     ${speed(Math.min(...here)).toFixed(0)} MB/s`);
  console.log(`  workerd  ${workerd.toFixed(0)} MB/s, goal ${GOALS.megabytesPerSecond}\n`);
  return workerd >= GOALS.megabytesPerSecond;
}

function rewrite(bytes: Uint8Array): void {
  const meter = new ModuleMeter(LIMITS);
  for (let at = 0; at < bytes.length; at += 65_536) meter.write(bytes.subarray(at, at + 65_536));
  meter.end();
}
