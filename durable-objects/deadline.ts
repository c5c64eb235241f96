/** What the work came to, or `late` when it took longer. The timer ends with the work. */
export async function within<Result>(
  timeoutMs: number,
  work: Promise<Result>,
): Promise<Result | "late"> {
  const timer = new AbortController();
  const deadline = scheduler
    .wait(timeoutMs, { signal: timer.signal })
    // Cancelling the timer rejects it; by then the work has won the race.
    .then(() => "late" as const)
    .catch(() => "late" as const);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    timer.abort();
  }
}
