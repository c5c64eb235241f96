// Looks at the running program every few seconds: its memory, and how soon it answered meanwhile.
import { quantile } from "#scripts/bench/statistics.ts";

const LOOK_MS = 5_000;

export type Sample = {
  readonly atMs: number;
  readonly residentMB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
};

export class Watch {
  readonly #resident: () => number;
  readonly #samples: Sample[] = [];
  readonly #beganAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #latencies: number[] = [];
  #lookedAt = this.#beganAt;

  /** What answers bytes. */
  constructor(resident: () => number) {
    this.#resident = resident;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  answered(latencyMs: number): void {
    this.#latencies.push(latencyMs);
  }

  stop(): readonly Sample[] {
    clearInterval(this.#timer);
    if (this.#samples.length === 0) this.#look();
    return this.#samples;
  }

  #look(): void {
    const now = performance.now();
    const sorted = this.#latencies.sort((one, other) => one - other);
    this.#samples.push({
      atMs: now - this.#beganAt,
      residentMB: this.#resident() / 1e6,
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
      perSecond: (1000 * sorted.length) / (now - this.#lookedAt),
    });
    this.#latencies = [];
    this.#lookedAt = now;
  }
}
