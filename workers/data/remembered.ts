// What this isolate remembers of readings: read once however many ask at the same time.
import { Recent } from "#domain/recent.ts";

export class Remembered<Value> {
  readonly #read: (env: Env, key: string) => Promise<Value>;
  readonly #recent = new Recent<Value>();
  readonly #reading = new Map<string, Promise<Value>>();

  constructor(read: (env: Env, key: string) => Promise<Value>) {
    this.#read = read;
  }

  async get(env: Env, key: string): Promise<Value> {
    const known = this.#recent.get(key, Date.now());
    return known === null ? this.refresh(env, key) : known.value;
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
      this.#recent.put(key, { readAt, value });
      return value;
    } finally {
      this.#reading.delete(key);
    }
  }
}
