// How long something takes, by a clock that may only tell whole milliseconds, as workerd's does: what is measured
// begins as the clock strikes, and the rest of its last millisecond is told by how often the clock could still be read.
const CALIBRATIONS = 40;

/** So often a clock of whole milliseconds is read in one of them; the most seen, for the machine does other things too. */
let readsPerMs = 0;

export function elapsed(work: () => unknown): number {
  if (!isCoarse()) {
    const start = performance.now();
    work();
    return performance.now() - start;
  }
  if (readsPerMs === 0) {
    for (let round = 0; round < CALIBRATIONS; round += 1)
      readsPerMs = Math.max(readsPerMs, reads());
  }
  reads();
  const start = performance.now();
  work();
  const end = performance.now();
  return end + 1 - start - Math.min(1, reads() / readsPerMs);
}

function isCoarse(): boolean {
  return [1, 2, 3].every(() => Number.isInteger(performance.now()));
}

/** Reads the clock until it strikes. */
function reads(): number {
  const before = performance.now();
  let count = 0;
  while (performance.now() === before) count += 1;
  return count;
}
