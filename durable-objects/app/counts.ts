// What an app counts from its registration on: how often it was scaled, and how its probes ended.
import { NOTHING_COUNTED } from "#domain/app/metrics.ts";
import type { AppCounts } from "#domain/app/metrics.ts";

const KEY = "counts";

export class Counts {
  readonly #kv: SyncKvStorage;
  #counts: AppCounts;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    this.#counts = kv.get<AppCounts>(KEY) ?? NOTHING_COUNTED;
  }

  get now(): AppCounts {
    return this.#counts;
  }

  add(what: keyof AppCounts): void {
    this.#counts = { ...this.#counts, [what]: this.#counts[what] + 1 };
    this.#kv.put(KEY, this.#counts);
  }

  forget(): void {
    this.#counts = NOTHING_COUNTED;
    this.#kv.delete(KEY);
  }
}
