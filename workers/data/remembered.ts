// What this isolate remembers of readings: read once however many ask at the same time, and before the last one is too
// old where somebody asks.
import { waitUntil } from "cloudflare:workers";
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
    if (known === null) return this.refresh(env, key);
    // Who can't be told of a failure meets it himself once this one is too old.
    if (known.isDue && !this.#reading.has(key)) this.refresh(env, key).catch(() => undefined);
    return known.value;
  }

  /** Reads anew: when it is too old, or when what it led to was refused. */
  async refresh(env: Env, key: string): Promise<Value> {
    const running = this.#reading.get(key);
    if (running !== undefined) return running;
    const readAt = Date.now();
    const started = this.#read(env, key).then((value) => {
      this.#recent.put(key, { readAt, value }, Date.now());
      return value;
    });
    const settled = started.catch(() => undefined).then(() => void this.#reading.delete(key));
    this.#reading.set(key, started);
    // Others wait for it as well: it must not end with the request that happened to begin it.
    waitUntil(settled);
    return started;
  }
}
