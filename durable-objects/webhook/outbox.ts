// The deliveries of one endpoint: those that are due, those that arrived, and dead letters. Bounded in number.
import type { Delivery, DeliveryStatus, Verdict } from "#domain/webhook.ts";

export type Outgoing = Pick<Delivery, "id" | "eventId" | "type" | "createdAt"> & {
  readonly payload: string;
};
export type Due = Delivery & { readonly payload: string };
export type DeliveryPage = { readonly deliveries: Delivery[]; readonly total: number };

/** Of each of the two that wait for nothing more. */
const KEPT_MAX = 5_000;

const COLUMNS = `id, event_id as eventId, type, status, attempts, created_at as createdAt, first_at as firstAt,
  due_at as dueAt, finished_at as finishedAt, answer`;

export class Outbox {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`create table if not exists deliveries (
      id text primary key, event_id integer not null, type text not null, payload text not null,
      status text not null, attempts integer not null, created_at integer not null, first_at integer,
      due_at integer, finished_at integer, answer text)`);
    sql.exec("create index if not exists deliveries_by_due on deliveries (due_at)");
    sql.exec("create index if not exists deliveries_by_status on deliveries (status, event_id)");
  }

  /** Once for each id. */
  add({ id, eventId, type, payload, createdAt }: Outgoing): void {
    this.#sql.exec(
      `insert into deliveries (id, event_id, type, payload, status, attempts, created_at, due_at)
       values (?, ?, ?, ?, 'pending', 0, ?, ?) on conflict do nothing`,
      id,
      eventId,
      type,
      payload,
      createdAt,
      createdAt,
    );
  }

  due(now: number, limit: number): Due[] {
    return this.#sql
      .exec<Due>(
        `select ${COLUMNS}, payload from deliveries where due_at <= ? order by due_at, event_id limit ?`,
        now,
        limit,
      )
      .toArray();
  }

  nextAt(): number | null {
    const row = this.#sql
      .exec<{ at: number | null }>("select min(due_at) as at from deliveries")
      .one();
    return row.at;
  }

  pending(): number {
    return this.#count("pending");
  }

  note(id: string, { status, attempts, firstAt, dueAt, finishedAt, answer }: Verdict): void {
    this.#sql.exec(
      `update deliveries set status = ?, attempts = ?, first_at = ?, due_at = ?, finished_at = ?, answer = ?
       where id = ?`,
      status,
      attempts,
      firstAt,
      dueAt,
      finishedAt,
      answer,
      id,
    );
    if (status !== "pending") this.#trim(status);
  }

  /** Nobody is there any more: what still waits will not arrive. */
  bury(now: number, answer: string): void {
    this.#sql.exec(
      `update deliveries set status = 'dead', due_at = null, finished_at = ?, answer = ? where status = 'pending'`,
      now,
      answer,
    );
    this.#trim("dead");
  }

  /** Newest first. */
  list(
    status: DeliveryStatus | null,
    { limit, offset }: { readonly limit: number; readonly offset: number },
  ): DeliveryPage {
    const [where, bindings] = status === null ? ["true", []] : ["status = ?", [status]];
    const deliveries = this.#sql
      .exec<Delivery>(
        `select ${COLUMNS} from deliveries where ${where} order by event_id desc limit ? offset ?`,
        ...bindings,
        limit,
        offset,
      )
      .toArray();
    const total =
      status === null
        ? this.#sql.exec<{ total: number }>("select count(*) as total from deliveries").one().total
        : this.#count(status);
    return { deliveries, total };
  }

  /** Dead letters begin anew, with a day of their own; all, or the one. Answers how many. */
  replay(id: string | null, now: number): number {
    return this.#sql
      .exec(
        `update deliveries set status = 'pending', attempts = 0, first_at = null, due_at = ?1, finished_at = null
       where status = 'dead' and (?2 is null or id = ?2) returning id`,
        now,
        id,
      )
      .toArray().length;
  }

  #count(status: DeliveryStatus): number {
    const counted = this.#sql.exec<{ total: number }>(
      "select count(*) as total from deliveries where status = ?",
      status,
    );
    return counted.one().total;
  }

  #trim(status: DeliveryStatus): void {
    this.#sql.exec(
      `delete from deliveries where status = ?1 and event_id <=
       (select event_id from deliveries where status = ?1 order by event_id desc limit 1 offset ?2)`,
      status,
      KEPT_MAX,
    );
  }
}
