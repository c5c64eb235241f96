// `npm run sim -- --seeds 1000000`: plays so many schedules of the control plane against the real cores in simulated
// time, asserts the invariants after each step, and ends with 1 at the first that breaks one, with its seed and its
// shortest history.
//   --from N     begins at another seed     --seed N   plays that one and tells its history
//   --faults     plants each fault in the cores in turn and looks whether it is found
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { Bundle } from "./sim/bundle.ts";
import { FAULTS } from "./sim/faults.ts";
import { search } from "./sim/plant.ts";
import type { Chunk, Tally } from "./sim/worker.ts";

const CHUNK = 10_000;
const HISTORY_MAX = 60;
const INTERRUPTED_STATUS = 130;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: String(CHUNK) },
    from: { type: "string", default: "0" },
    seed: { type: "string" },
    faults: { type: "boolean", default: false },
  },
});

if (values.faults) process.exit(await plantAll());
const bundle = await Bundle.of(null);
try {
  process.exitCode =
    values.seed === undefined ? await playAll() : await replay(Number(values.seed));
} finally {
  await bundle.remove();
}

async function playAll(): Promise<number> {
  const [from, seeds] = [Number(values.from), Number(values.seeds)];
  const began = performance.now();
  const chunks: Chunk[] = [];
  for (let at = from; at < from + seeds; at += CHUNK) {
    chunks.push({ from: at, count: Math.min(CHUNK, from + seeds - at) });
  }
  const total = { played: 0, simulatedMs: 0, looked: new Map<string, number>() };
  let failed: number | null = null;
  let told = "";
  const take = (tally: Tally): void => {
    total.played += tally.played;
    total.simulatedMs += tally.simulatedMs;
    for (const [sentence, times] of tally.looked) {
      total.looked.set(sentence, (total.looked.get(sentence) ?? 0) + times);
    }
    failed ??= tally.failed;
    const tookMs = performance.now() - began;
    const ratio = Math.round(total.simulatedMs / tookMs);
    told = `${total.played} schedules in ${(tookMs / 1000).toFixed(1)} s, ${ratio.toLocaleString("en")} × real time`;
    if (total.played < seeds) console.error(told);
  };
  // What was played so far is worth telling: the rest is played with `--from`.
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (isStopped = true));
  const workers = Math.min(availableParallelism(), chunks.length);
  await Promise.all(
    Array.from({ length: workers }, () => work(chunks, take, () => isStopped || failed !== null)),
  );
  console.log(`${told}\n\nInvariants, and how often each was looked at:`);
  for (const [sentence, times] of [...total.looked].sort(byNumber)) {
    console.log(`${times.toLocaleString("en").padStart(16)}  ${sentence}`);
  }
  if (failed !== null) return explain(failed);
  if (total.played === seeds) return 0;
  console.log(`\nStopped: ${total.played} of ${seeds} were played.`);
  return INTERRUPTED_STATUS;
}

/** The ten that have a number first. */
function byNumber([one]: readonly [string, number], [other]: readonly [string, number]): number {
  const numberOf = (sentence: string): number => Number(/^\d+/.exec(sentence)?.[0] ?? Infinity);
  return numberOf(one) - numberOf(other) || one.localeCompare(other);
}

/** One thread that takes chunk after chunk, until there are none or one has failed. */
async function work(
  chunks: Chunk[],
  take: (tally: Tally) => void,
  isOver: () => boolean,
): Promise<void> {
  const worker = new Worker(new URL("sim/worker.ts", import.meta.url), {
    workerData: { path: bundle.path },
  });
  try {
    for (let chunk = chunks.shift(); chunk !== undefined && !isOver(); chunk = chunks.shift()) {
      const answered = Promise.withResolvers<Tally>();
      worker.once("message", answered.resolve);
      worker.once("error", answered.reject);
      worker.postMessage(chunk, []);
      take(await answered.promise);
      worker.removeAllListeners("error");
    }
  } finally {
    await worker.terminate();
  }
}

async function explain(seed: number): Promise<number> {
  const { playSeed, shrunk } = await bundle.load();
  const failed = await playSeed(seed);
  const { world, fault, history, tape } = await shrunk(failed);
  console.log(`\nseed ${seed}, ${world}: ${fault?.message}`);
  console.log(`Shortest history found (a tape of ${tape.length}, from ${failed.tape.length}):`);
  for (const line of history.slice(-HISTORY_MAX)) console.log(`  ${line}`);
  console.log(`Again: npm run sim -- --seed ${seed}`);
  return 1;
}

/** Twice, to see that it is the same bit by bit. */
async function replay(seed: number): Promise<number> {
  const { playSeed } = await bundle.load();
  const [first, second] = [await playSeed(seed), await playSeed(seed)];
  for (const line of first.history) console.log(line);
  const isSame = JSON.stringify(first) === JSON.stringify(second);
  console.log(
    `seed ${seed}, ${first.world}: ${first.tape.length} draws, ${first.simulatedMs} ms; ${isSame ? "the same twice" : "NOT THE SAME TWICE"}`,
  );
  return first.fault === null && isSame ? 0 : explain(seed);
}

async function plantAll(): Promise<number> {
  let count = 0;
  for (const fault of FAULTS) {
    const { found } = await search(fault);
    if (found !== null) count += 1;
    const told = found === null ? "NOT FOUND" : `seed ${found.seed}: ${found.broken.slice(0, 100)}`;
    console.log(`${fault.file}: ${fault.about}\n    ${told}`);
  }
  console.log(`found / planted: ${count} / ${FAULTS.length}`);
  return count === FAULTS.length ? 0 : 1;
}
