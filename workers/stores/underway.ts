// What one request has begun and others wait for. A promise of one request that another awaits is not sure to be heard
// there: under load some waiters hung, and some went on on behalf of the request that they had waited for. So values cross
// requests, and promises don't: whoever waits looks by a clock of its own.
import { waitUntil } from "cloudflare:workers";

const LOOK_MS = 1;
/** What has not ended by then was lost with its request. */
const LOST_MS = 5_000;

export class Underway {
  readonly #since = new Map<string, number>();

  has(key: string): boolean {
    const since = this.#since.get(key);
    return since !== undefined && Date.now() - since < LOST_MS;
  }

  /** Others wait for it as well: it doesn't end with the request that happens to begin it. */
  run<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    this.#since.set(key, Date.now());
    const running = work().finally(() => this.#since.delete(key));
    waitUntil(running.catch(() => undefined));
    return running;
  }

  /** Returns when nobody has it under way. */
  async ended(key: string): Promise<void> {
    while (this.has(key)) await scheduler.wait(LOOK_MS);
  }
}
