// What this isolate remembers of readings: each at most one second old, read once however many ask at the same time.
import { ROUTE_REFRESH_MS } from "#domain/rollout/rollout.ts";

/** Keys whose readings are remembered; the oldest reading goes first. */
const ENTRIES_MAX = 10_000;

export class Remembered<Value> {
  readonly #read: (env: Env, key: string) => Promise<Value>;
  readonly #known = new Map<string, { readonly readAt: number; readonly value: Value }>();
  readonly #reading = new Map<string, Promise<Value>>();

  constructor(read: (env: Env, key: string) => Promise<Value>) {
    this.#read = read;
  }

  async get(env: Env, key: string): Promise<Value> {
    const entry = this.#known.get(key);
    // The age counts from before the reading began: what was written since is not in it.
    if (entry !== undefined && Date.now() - entry.readAt < ROUTE_REFRESH_MS) return entry.value;
    return this.refresh(env, key);
  }

  /** Reads anew: when it is too old, or when what it led to was refused. */
  async refresh(env: Env, key: string): Promise<Value> {
    const running = this.#reading.get(key);
    if (running !== undefined) return running;
    const readAt = Date.now();
    const started = this.#read(env, key);
    this.#reading.set(key, started);
    try {
      const value = await started;
      this.#known.delete(key);
      this.#known.set(key, { readAt, value });
      const [oldest] = this.#known.keys();
      if (this.#known.size > ENTRIES_MAX && oldest !== undefined) this.#known.delete(oldest);
      return value;
    } finally {
      this.#reading.delete(key);
    }
  }
}
