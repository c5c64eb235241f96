// What the meter costs: kernels metered beside unmetered ones, here and in the real runtime, how much real programs
// grow, and how fast the rewriter is.
import { setFlagsFromString } from "node:v8";
import { meterModule, ModuleMeter } from "#wasm/meter/meter.ts";
import { elapsed } from "./meter/clock.ts";
import { compare } from "./meter/compare.ts";
import type { Comparison, Run } from "./meter/compare.ts";
import { withoutLooks } from "./meter/floor.ts";
import { filled, kernelsOf } from "./meter/kernels.ts";
import { compileKernels, quickjsBinary, realPrograms } from "./meter/programs.ts";
import type { Program } from "./meter/programs.ts";
import { quickjs, QUICKJS_PAGES } from "./meter/quickjs.ts";
import { rewritingInWorkerd } from "./meter/runtime.ts";
import { comparisonsInWorkerd } from "./meter/workerd.ts";
import type { Forms } from "./meter/workerd.ts";
import { spread } from "./statistics.ts";

const ROUNDS = 25;
const LIMITS = { memoryPagesMax: QUICKJS_PAGES, tableElementsMax: 100_000 };
/** Where growth counts: small programs are mostly the meter's fixed parts. */
const REAL_BYTES_MIN = 50_000;
/**
 * In Node the optimising compiler alone, since what it makes of each is compared; and the hints that workerd's V8 heeds
 * anyway.
 */
const FLAGS = ["--no-liftoff", "--experimental-wasm-branch-hinting"];
const QUICKJS = "quickjs";

const GOALS = { median: 1.04, worst: 1.5, quickjs: 1.15, growth: 1.15, megabytesPerSecond: 60 };

type Compared = ReadonlyMap<string, Comparison>;

/** Told at the end: whether all goals are met, as an exit code. */
export async function benchMeter(port: number): Promise<number> {
  for (const flag of FLAGS) setFlagsFromString(flag);
  const kernels = formsOf(await compileKernels());
  const interpreter = formsOf(quickjsBinary());
  const here = await comparisonsInNode(kernels, interpreter);
  const names = [...here.keys()];
  const there = await comparisonsInWorkerd({ names, kernels, quickjs: interpreter, port });
  const isFast = told(here, there);
  const isSmall = measureGrowth(realPrograms());
  const isQuick = await measureRewriting(realPrograms(), port);
  return isFast && isSmall && isQuick ? 0 : 1;
}

/** Plain, metered, and with payments alone. */
function formsOf(original: Uint8Array<ArrayBuffer>): Forms {
  const { bytes } = meterModule(original, LIMITS);
  return [original, bytes, withoutLooks(bytes)];
}

async function comparisonsInNode(kernels: Forms, interpreter: Forms): Promise<Compared> {
  const found = new Map<string, Comparison>();
  const forms = kernels.map((bytes) => kernelsOf(new WebAssembly.Module(bytes)));
  for (const name of forms[0]?.keys() ?? []) {
    found.set(
      name,
      compare(
        runsOf(
          name,
          forms.map((form) => form.get(name)),
        ),
      ),
    );
  }
  const runs = interpreter.map(async (bytes) => {
    const module = new WebAssembly.Module(bytes);
    return quickjs((imports) => filled(new WebAssembly.Instance(module, imports)));
  });
  found.set(QUICKJS, compare(runsOf(QUICKJS, await Promise.all(runs))));
  return found;
}

function runsOf(name: string, [plain, ...others]: readonly (Run | undefined)[]): [Run, ...Run[]] {
  const rest = others.filter((run) => run !== undefined);
  if (plain !== undefined && rest.length === others.length) return [plain, ...rest];
  throw new Error(`no ${name} in each form of the module`);
}

/** Whether the goals are met in both. */
function told(here: Compared, there: Compared): boolean {
  console.log(`metered to plain, the quickest sample of each; floor: with payments alone, no look at what is left

                    Node    floor    ms      workerd  floor    ms`);
  const ratiosOf = ({ ratios: [ratio = 0, floor = 0] }: Comparison): string =>
    `${ratio.toFixed(3)}   ${floor.toFixed(3)}`;
  const rows = [...here.keys()].map((name) => {
    const [node, workerd] = [here.get(name), there.get(name)];
    if (node === undefined || workerd === undefined) throw new Error(`${name} was not timed`);
    return { name, node, workerd };
  });
  rows.sort((one, other) => (one.workerd.ratios[0] ?? 0) - (other.workerd.ratios[0] ?? 0));
  for (const { name, node, workerd } of rows) {
    const left = `${ratiosOf(node)}   ${node.ms.toFixed(2).padEnd(7)}`;
    console.log(`  ${name.padEnd(18)}${left} ${ratiosOf(workerd)}   ${workerd.ms.toFixed(2)}`);
  }
  console.log("");
  const isMet = [judged("Node", here), judged("workerd", there)];
  console.log("");
  return isMet.every(Boolean);
}

function judged(where: string, compared: Compared): boolean {
  const kernels = [...compared]
    .filter(([name]) => name !== QUICKJS)
    .map(([, { ratios }]) => ratios);
  const [metered, floor] = [0, 1].map((form) => spread(kernels.map((ratios) => ratios[form] ?? 0)));
  const [interpreter = Infinity, leastInterpreter = Infinity] = compared.get(QUICKJS)?.ratios ?? [];
  const lines: [string, number, number, number][] = [
    ["median", metered?.median ?? Infinity, floor?.median ?? Infinity, GOALS.median],
    ["worst", metered?.most ?? Infinity, floor?.most ?? Infinity, GOALS.worst],
    [QUICKJS, interpreter, leastInterpreter, GOALS.quickjs],
  ];
  for (const [what, value, least, goal] of lines) {
    const title = `${where}, ${what}`.padEnd(18);
    console.log(`  ${title}${value.toFixed(3)}, floor ${least.toFixed(3)}, goal ${goal}`);
  }
  return lines.every(([, value, , goal]) => value <= goal);
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
  const here = Array.from({ length: ROUNDS }, () => elapsed(() => rewrite(largest.bytes)));
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
