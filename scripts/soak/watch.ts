// Looks at the running program every few seconds: its memory, and how soon it answered meanwhile. A look that takes
// longer than that stands for those that it covers.
import { quantile } from "#scripts/bench/statistics.ts";

const LOOK_MS = 15_000;

export type Sample = {
  readonly atMs: number;
  readonly residentMB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
};

export class Watch {
  readonly #resident: () => Promise<number>;
  readonly #samples: Sample[] = [];
  readonly #beganAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #latencies: number[] = [];
  #lookedAt = this.#beganAt;

  #looking: Promise<void> | null = null;

  /** What answers bytes. */
  constructor(resident: () => Promise<number>) {
    this.#resident = resident;
    this.#timer = setInterval(() => void this.#lookOnce(), LOOK_MS);
  }

  answered(latencyMs: number): void {
    this.#latencies.push(latencyMs);
  }

  async stop(): Promise<readonly Sample[]> {
    clearInterval(this.#timer);
    await this.#looking;
    if (this.#samples.length === 0) await this.#lookOnce();
    return this.#samples;
  }

  #lookOnce(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const residentMB = (await this.#resident()) / 1e6;
    const now = performance.now();
    const sorted = this.#latencies.sort((one, other) => one - other);
    this.#samples.push({
      atMs: now - this.#beganAt,
      residentMB,
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
      perSecond: (1000 * sorted.length) / (now - this.#lookedAt),
    });
    this.#latencies = [];
    this.#lookedAt = now;
  }
}
