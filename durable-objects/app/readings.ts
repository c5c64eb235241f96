// What runners counted of an app's versions, as differences between two looks. A runner counts for a version on its
// node, so a reading is of one place, whatever number of replicas stand there.
import type { Reading } from "#domain/autoscale/load.ts";
import { since } from "#domain/counters.ts";
import type { Counters } from "#domain/counters.ts";
import type { Measured } from "#domain/counters.ts";

export type Place = {
  readonly node: string;
  readonly moduleId: string;
  /** Replicas of the app that stand there. */
  readonly replicas: number;
};

export type Limits = {
  /** The part of a core that a replica asked for; null: all of it. */
  readonly cpuMillis: number | null;
  /** Null: what its module may have. */
  readonly memoryBytes: number | null;
};

type Before = { readonly at: number; readonly counters: Counters };

/** The longest window of a policy is longer; what is older than this is not kept all the same. */
const KEPT_MS = 600_000;

export class Readings {
  readonly #kv: SyncKvStorage;
  #before: Map<string, Before>;
  #recent: Reading[];

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    this.#before = new Map(kv.get<[string, Before][]>("before") ?? []);
    this.#recent = kv.get<Reading[]>("readings") ?? [];
  }

  get recent(): readonly Reading[] {
    return this.#recent;
  }

  /** The first look at a place is no reading: what was counted before it may be of anybody's. */
  take(seen: readonly { place: Place; measured: Measured }[], limits: Limits, now: number): void {
    const next = new Map<string, Before>();
    const taken: Reading[] = [];
    for (const { place, measured } of seen) {
      const key = `${place.node} ${place.moduleId}`;
      const before = this.#before.get(key);
      next.set(key, { at: now, counters: measured.counters });
      if (before === undefined || before.at >= now) continue;
      taken.push(readingOf({ place, measured, before }, limits, now));
    }
    this.#before = next;
    this.#recent = [...this.#recent.filter(({ to }) => to > now - KEPT_MS), ...taken];
    this.#kv.put("before", [...next]);
    this.#kv.put("readings", this.#recent);
  }

  forget(): void {
    this.#before = new Map();
    this.#recent = [];
    this.#kv.delete("before");
    this.#kv.delete("readings");
  }
}

function readingOf(
  of: { place: Place; measured: Measured; before: Before },
  limits: Limits,
  now: number,
): Reading {
  const { place, measured, before } = of;
  const counted = since(measured.counters, before.counters);
  const share = Math.min(1, ((limits.cpuMillis ?? 1000) * place.replicas) / 1000);
  return {
    instance: `${place.node} ${place.moduleId}`,
    from: before.at,
    to: now,
    requests: counted.calls,
    errors: counted.errors,
    latency: counted.latency,
    inFlight: measured.inFlight,
    gasUsed: counted.gasUsed,
    gasPerMs: measured.gasPerMs * share,
    memoryBytes: measured.memoryBytes,
    memoryBytesMax: limits.memoryBytes ?? measured.memoryBytesMax,
  };
}
