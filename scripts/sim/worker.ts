// Plays chunks of schedules in a thread of its own.
import { parentPort, workerData } from "node:worker_threads";
import { loaded } from "./bundle.ts";

export type Chunk = { readonly from: number; readonly count: number };
export type Tally = {
  readonly played: number;
  readonly simulatedMs: number;
  /** By the invariant's sentence. */
  readonly looked: ReadonlyMap<string, number>;
  /** The first seed that broke one. */
  readonly failed: number | null;
};

const { path } = workerData as { path: string };
const { INVARIANTS, looked, playSeed } = await loaded(path);

parentPort?.on("message", async ({ from, count }: Chunk) => {
  looked.clear();
  let simulatedMs = 0;
  let seed = from;
  let failed: number | null = null;
  for (; seed < from + count && failed === null; seed += 1) {
    const played = await playSeed(seed);
    simulatedMs += played.simulatedMs;
    if (played.fault !== null) failed = seed;
  }
  const told = new Map([...looked].map(([name, times]) => [INVARIANTS[name] ?? name, times]));
  parentPort?.postMessage(
    {
      played: seed - from,
      simulatedMs,
      looked: told,
      failed,
    } satisfies Tally,
    [],
  );
});
