// Three million byte strings to the NATS parser: random ones, and mutated frames. It must throw at none, and no batch may
// take much longer than the others.
import { fuzz } from "#test/domain/nats/fuzz.ts";

const BATCHES = 30;
const STRINGS = 100_000;
/** A batch of them; a parser that went over its bytes again and again would take minutes. */
const GOAL_MS = 20_000;

export async function benchNats(): Promise<number> {
  console.log(`${BATCHES * STRINGS} byte strings, in up to three pieces each\n`);
  const seed = Date.now() >>> 0;
  let [operations, faults, slowestMs] = [0, 0, 0];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const startedAt = performance.now();
    const tally = fuzz(STRINGS, seed + batch);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    operations += tally.operations;
    faults += tally.faults;
  }
  console.log(`  ${operations} operations, ${faults} of them faults, none thrown (seed ${seed})`);
  console.log(`  slowest batch of ${STRINGS}: ${slowestMs.toFixed(0)} ms, goal ${GOAL_MS} ms`);
  return slowestMs <= GOAL_MS ? 0 : 1;
}
