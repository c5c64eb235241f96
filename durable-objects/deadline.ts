/** How late a deadline may be noticed. */
const TICK_MS = 20;

type Open = { readonly at: number; readonly expire: () => void };

/**
 * Deadlines of many pieces of work behind one timer: a timer for each call costs more than the call's own
 * bookkeeping. One for each Durable Object, since none may settle another's promises.
 */
export class Deadlines {
  readonly #open = new Set<Open>();
  #isTicking = false;

  /** What the work came to, or `late` when it took longer. */
  within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result | "late"> {
    return new Promise((resolve, reject) => {
      const open = { at: Date.now() + timeoutMs, expire: () => resolve("late") };
      this.#open.add(open);
      if (!this.#isTicking) void this.#tick();
      void work.then(resolve, reject).finally(() => this.#open.delete(open));
    });
  }

  async #tick(): Promise<void> {
    this.#isTicking = true;
    while (this.#open.size > 0) {
      await scheduler.wait(TICK_MS);
      const now = Date.now();
      for (const open of this.#open) if (now >= open.at) open.expire();
    }
    this.#isTicking = false;
  }
}
