// What this isolate remembers of readings: read once however many ask at the same time, and before the last one is too
// old where somebody asks.
import { Recent } from "#domain/recent.ts";
import { Underway } from "#stores/underway.ts";

export class Remembered<Value> {
  readonly #read: (env: Env, key: string) => Promise<Value>;
  readonly #recent = new Recent<Value>();
  readonly #underway = new Underway();

  constructor(read: (env: Env, key: string) => Promise<Value>) {
    this.#read = read;
  }

  async get(env: Env, key: string): Promise<Value> {
    const known = this.#recent.get(key, Date.now());
    if (known === null) return this.refresh(env, key);
    // Who can't be told of a failure meets it himself once this one is too old.
    if (known.isDue && !this.#underway.has(key)) this.refresh(env, key).catch(() => undefined);
    return known.value;
  }

  /** Reads anew: when it is too old, or when what it led to was refused. */
  async refresh(env: Env, key: string): Promise<Value> {
    if (this.#underway.has(key)) {
      await this.#underway.ended(key);
      const known = this.#recent.get(key, Date.now());
      if (known !== null) return known.value;
    }
    return this.#underway.run(key, async () => {
      const readAt = Date.now();
      const value = await this.#read(env, key);
      this.#recent.put(key, { readAt, value }, Date.now());
      return value;
    });
  }
}
