// What an app measured, a row for each look: kept as configured, and told in steps of time.
import type { AppMetrics } from "#domain/app/metrics.ts";
import { DAY_MS, DEFAULT_CONFIG } from "#domain/config.ts";

type Row = { readonly metrics: string };

export class History {
  readonly #sql: SqlStorage;
  #keptMs = DEFAULT_CONFIG.retention.metrics * DAY_MS;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("create table if not exists metrics (at integer primary key, metrics text not null)");
  }

  add(metrics: AppMetrics): void {
    const { at } = metrics;
    this.#sql.exec("insert or replace into metrics values (?, ?)", at, JSON.stringify(metrics));
    this.#sql.exec("delete from metrics where at < ?", at - this.#keptMs);
  }

  keepFor(ms: number): void {
    this.#keptMs = ms;
  }

  clear(): void {
    this.#sql.exec("delete from metrics");
  }

  /** The last look of each step, the newest first. */
  last(points: number, stepMs: number): AppMetrics[] {
    const rows = this.#sql.exec<Row>(
      "select metrics from metrics where at in (select max(at) from metrics group by cast(at / ? as integer)) order by at desc limit ?",
      stepMs,
      points,
    );
    // Written by `add` above and by nobody else.
    return rows.toArray().map(({ metrics }) => JSON.parse(metrics) as AppMetrics);
  }
}
