// The events of one hub, in order, as they are replayed and queried. Bounded by number here and by age from outside.
import type { Event, EventFilter, NewEvent } from "#domain/event.ts";
import type { Since } from "#domain/event/subscription.ts";

type Row = { readonly id: number; readonly body: string };
type Condition = { readonly sql: string; readonly bindings: readonly (string | number)[] };

/** Rows are counted off once in so many appends. */
const TRIM_EVERY = 100;

export class EventLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`create table if not exists events (
      id integer primary key autoincrement, at integer not null, type text not null, level text not null,
      app text, subject text not null, key text unique, body text not null)`);
    sql.exec("create index if not exists events_by_app on events (app, id)");
    sql.exec("create index if not exists events_by_time on events (at)");
  }

  /** Null when an event of that key is known. */
  append(event: NewEvent, rowsMax: number): Event | null {
    const { key = null, ...told } = event;
    const { at, type, level, app, subject } = told;
    const [row] = this.#sql.exec<{ id: number }>(
      `insert into events (at, type, level, app, subject, key, body) values (?, ?, ?, ?, ?, ?, ?)
       on conflict do nothing returning id`,
      at,
      type,
      level,
      app,
      subject,
      key,
      JSON.stringify(told),
    );
    if (row === undefined) return null;
    if (row.id % TRIM_EVERY === 0)
      this.#sql.exec("delete from events where id <= ?", row.id - rowsMax);
    return { ...told, id: row.id };
  }

  /** The number of the newest event that there ever was; 0 before the first. */
  newest(): number {
    const [row] = this.#sql.exec<{ seq: number }>(
      "select seq from sqlite_sequence where name = 'events'",
    );
    return row?.seq ?? 0;
  }

  /** The number after which a reader begins. */
  startOf(since: Since): number {
    switch (since.type) {
      case "id":
        return since.id;
      case "now":
        return this.newest();
      case "time": {
        const [row] = this.#sql.exec<{ id: number | null }>(
          "select min(id) as id from events where at >= ?",
          since.at,
        );
        return typeof row?.id === "number" ? row.id - 1 : this.newest();
      }
    }
  }

  /** What follows a number, oldest first. */
  after(id: number, filter: EventFilter, limit: number): Event[] {
    const { sql, bindings } = conditionOf(filter, id);
    const rows = this.#sql.exec<Row>(
      `select id, body from events where ${sql} order by id limit ?`,
      ...bindings,
      limit,
    );
    return [...rows].map(eventOf);
  }

  /** The newest after a number, newest first, and how many there are. */
  newestAfter(
    id: number,
    filter: EventFilter,
    { limit, offset }: { limit: number; offset: number },
  ): { events: Event[]; total: number } {
    const { sql, bindings } = conditionOf(filter, id);
    const rows = this.#sql.exec<Row>(
      `select id, body from events where ${sql} order by id desc limit ? offset ?`,
      ...bindings,
      limit,
      offset,
    );
    const events = [...rows].map(eventOf);
    const counted = this.#sql.exec<{ total: number }>(
      `select count(*) as total from events where ${sql}`,
      ...bindings,
    );
    return { events, total: counted.one().total };
  }

  deleteBefore(at: number): void {
    this.#sql.exec("delete from events where at < ?", at);
  }
}

function conditionOf(filter: EventFilter, after: number): Condition {
  const { types, notTypes, levels, app, subject } = filter;
  const parts: Condition[] = [
    { sql: "id > ?", bindings: [after] },
    ...(app === null ? [] : [{ sql: "app = ?", bindings: [app] }]),
    ...(subject === null ? [] : [{ sql: "subject = ?", bindings: [subject] }]),
    ...(levels.length === 0 ? [] : [any("level = ?", levels)]),
    ...(types.length === 0 ? [] : [any("type glob ?", types)]),
    ...notTypes.map((pattern) => ({ sql: "not type glob ?", bindings: [pattern] })),
  ];
  return {
    sql: parts.map(({ sql }) => sql).join(" and "),
    bindings: parts.flatMap(({ bindings }) => bindings),
  };
}

function any(sql: string, values: readonly string[]): Condition {
  return { sql: `(${values.map(() => sql).join(" or ")})`, bindings: values };
}

function eventOf({ id, body }: Row): Event {
  // Written by `append` alone.
  return { ...(JSON.parse(body) as Omit<Event, "id">), id };
}
