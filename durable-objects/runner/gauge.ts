// What a node counts: calls in flight, and for each version the counters that gates and usage are read from.
import { NO_CALLS, addCounters } from "#domain/counters.ts";
import type { Counters } from "#domain/counters.ts";
import type { Assignment, CallAnswer, GuestFailure } from "#domain/execution.ts";
import type { NodeUsage } from "#domain/node.ts";
import { cpuPercent } from "#domain/gas.ts";
import { gasBucketOf } from "#domain/gas-histogram.ts";
import { NO_TRAFFIC, sumOf } from "#domain/traffic.ts";
import type { Traffic } from "#domain/traffic.ts";
import { versionOf } from "#domain/variant.ts";
import { bucketOf, quantile } from "#domain/histogram.ts";

const MEGABYTE = 1024 * 1024;
const HALF_MINUTE_MS = 30_000;
/** Failures that ended the guest in the middle of its work. */
const CRASHES: ReadonlySet<GuestFailure["code"]> = new Set([
  "GUEST_TRAP",
  "GUEST_STACK",
  "GUEST_MEMORY",
]);

export type Totals = {
  readonly moduleId: string;
  readonly calls: number;
  readonly errors: number;
  /** Null where none of the calls came to an answer. */
  readonly p95Ms: number | null;
};

type Tally = { -readonly [Key in keyof Counters]: Counters[Key] } & {
  latency: Record<number, number>;
  gas: Record<number, number>;
  traffic: Traffic;
};

export class Gauge {
  readonly #sql: SqlStorage;
  readonly #running = new Map<string, number>();
  readonly #tallies = new Map<string, Tally>();
  readonly #unsaved = new Set<string>();
  readonly #unreported = new Set<string>();
  /** The largest memory of a call in this half minute and in the one before, by version. */
  readonly #memory = new Map<string, { half: number; bytes: number; before: number }>();
  #window: { since: number; gasUsed: number };

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#window = { since: Date.now(), gasUsed: 0 };
    sql.exec(
      "create table if not exists counters (module_id text primary key, tally text not null)",
    );
    for (const row of sql.exec<{ module_id: string; tally: string }>("select * from counters")) {
      // Written by `save` below and by nobody else.
      // What was saved before gas was counted knows nothing of it.
      this.#tallies.set(row.module_id, {
        ...fresh(),
        ...(JSON.parse(row.tally) as Partial<Tally>),
      });
    }
  }

  /** A call begins; what is returned ends it. A response of HTTP tells its status: from 500 on the guest failed. */
  enter(moduleId: string): (answer: CallAnswer, status?: number) => void {
    this.#running.set(moduleId, this.inFlight(moduleId) + 1);
    return (answer, status = 0) => {
      const left = this.inFlight(moduleId) - 1;
      if (left > 0) this.#running.set(moduleId, left);
      else this.#running.delete(moduleId);
      this.#count(moduleId, answer, status >= 500);
    };
  }

  inFlight(moduleId?: string): number {
    if (moduleId !== undefined) return this.#running.get(moduleId) ?? 0;
    return [...this.#running.values()].reduce((sum, calls) => sum + calls, 0);
  }

  /** How many different modules run at this moment. */
  distinct(): number {
    return this.#running.size;
  }

  counters(moduleId: string): Counters {
    return structuredClone(this.#tallies.get(moduleId) ?? NO_CALLS);
  }

  /** The largest memory of a call that ended within the last half minute to minute. */
  memoryBytes(moduleId: string, now: number): number {
    const seen = this.#memory.get(moduleId);
    if (seen === undefined) return 0;
    const age = halfOf(now) - seen.half;
    if (age > 1) return 0;
    return age === 1 ? seen.bytes : Math.max(seen.bytes, seen.before);
  }

  /** CPU, by the gas that was used, and memory since the last reading; the window begins anew. */
  usage(
    loaded: readonly Assignment[],
    at: { now: number; gasPerMs: number },
  ): Pick<NodeUsage, "cpuUsagePercent" | "memoryUsageMB"> {
    const { since, gasUsed } = this.#window;
    const cpuUsagePercent = cpuPercent(gasUsed, at.now - since, at.gasPerMs);
    this.#window = { since: at.now, gasUsed: 0 };
    const bytes = loaded.reduce(
      (sum, { moduleId, sizeBytes }) =>
        sum + sizeBytes + (this.#tallies.get(moduleId)?.memoryPeakBytes ?? 0),
      0,
    );
    return { cpuUsagePercent, memoryUsageMB: bytes / MEGABYTE };
  }

  countTraffic(moduleId: string, traffic: Traffic): void {
    const tally = this.#tallyOf(moduleId);
    tally.traffic = sumOf(tally.traffic, traffic);
    this.#unsaved.add(moduleId);
  }

  /** Of all versions, since the node first ran one. */
  traffic(): Traffic {
    return [...this.#tallies.values()].map(({ traffic }) => traffic).reduce(sumOf, NO_TRAFFIC);
  }

  /** Writes what changed to storage. */
  save(): void {
    for (const moduleId of this.#unsaved) {
      this.#sql.exec(
        "insert or replace into counters (module_id, tally) values (?, ?)",
        moduleId,
        JSON.stringify(this.#tallyOf(moduleId)),
      );
    }
    this.#unsaved.clear();
  }

  /** The totals that changed since they were last taken: of a version in all configurations. */
  takeReport(): Totals[] {
    const versions = new Set([...this.#unreported].map(versionOf));
    const totals = [...versions].map((moduleId) => {
      const all = [...this.#tallies].filter(([id]) => versionOf(id) === moduleId);
      const { calls, errors, latency } = all.map(([, one]) => one).reduce(addCounters, NO_CALLS);
      return { moduleId, calls, errors, p95Ms: quantile(latency, 0.95) };
    });
    this.#unreported.clear();
    return totals;
  }

  /** These could not be reported: they go with the next report. */
  returnReport(totals: readonly Totals[]): void {
    for (const { moduleId } of totals) this.#unreported.add(moduleId);
  }

  /** A caller's mistake is not the module's: it counts nowhere. A call that ran out of time is the module's error. */
  #count(moduleId: string, answer: CallAnswer, isServerError: boolean): void {
    if (answer.type === "fault") this.#window.gasUsed += answer.gasUsed ?? 0;
    const timedOut = answer.type === "fault" && answer.fault.code === "EXECUTION_TIMEOUT";
    if (answer.type !== "result" && !timedOut) return;
    const tally = this.#tallyOf(moduleId);
    this.#unsaved.add(moduleId);
    this.#unreported.add(moduleId);
    tally.calls += 1;
    if (answer.type !== "result") {
      tally.errors += 1;
      return;
    }
    const { failure, durationMs, memoryUsedBytes, gasUsed } = answer.result;
    if (failure !== null || isServerError) tally.errors += 1;
    if (failure !== null && CRASHES.has(failure.code)) tally.crashes += 1;
    tally.busyMs += durationMs;
    tally.memoryPeakBytes = Math.max(tally.memoryPeakBytes, memoryUsedBytes);
    this.#remember(moduleId, memoryUsedBytes);
    const bucket = bucketOf(durationMs);
    tally.latency[bucket] = (tally.latency[bucket] ?? 0) + 1;
    if (gasUsed === null) return;
    tally.gasUsed += gasUsed;
    this.#window.gasUsed += gasUsed;
    const gasBucket = gasBucketOf(gasUsed);
    tally.gas[gasBucket] = (tally.gas[gasBucket] ?? 0) + 1;
  }

  #remember(moduleId: string, bytes: number): void {
    const half = halfOf(Date.now());
    const seen = this.#memory.get(moduleId);
    if (seen?.half === half) {
      this.#memory.set(moduleId, { ...seen, bytes: Math.max(seen.bytes, bytes) });
      return;
    }
    const before = seen?.half === half - 1 ? seen.bytes : 0;
    this.#memory.set(moduleId, { half, bytes, before });
  }

  #tallyOf(moduleId: string): Tally {
    const known = this.#tallies.get(moduleId);
    if (known !== undefined) return known;
    const tally = fresh();
    this.#tallies.set(moduleId, tally);
    return tally;
  }
}

function halfOf(now: number): number {
  return Math.floor(now / HALF_MINUTE_MS);
}

function fresh(): Tally {
  return { ...NO_CALLS, latency: {}, gas: {}, traffic: NO_TRAFFIC };
}
