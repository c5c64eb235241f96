// What this node holds, for whom, and until when. An order of an earlier turn of the same owner is late and ignored.
import type { Assignment } from "#domain/execution.ts";

/** The rollout that gives the order, and its turn. */
export type Claimed = { readonly owner: string; readonly turn: number };

type Row = { owner: string; turn: number; assignment: string | null; retire_at: number | null };

export class Assignments {
  readonly #sql: SqlStorage;
  /** Read on every call, so kept in memory; storage is the truth after an eviction. */
  readonly #held = new Map<string, Assignment>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "create table if not exists assignments (module_id text primary key, owner text not null, turn integer not null, assignment text, retire_at integer)",
    );
    for (const row of sql.exec<Row & { module_id: string }>("select * from assignments")) {
      if (row.assignment !== null) this.#held.set(row.module_id, parse(row.assignment));
    }
  }

  get(moduleId: string): Assignment | null {
    return this.#held.get(moduleId) ?? null;
  }

  all(): Assignment[] {
    return [...this.#held.values()];
  }

  put(assignment: Assignment, by: Claimed): void {
    if (this.#isLate(assignment.moduleId, by)) return;
    this.#write(assignment.moduleId, by, {
      assignment: JSON.stringify(assignment),
      retireAt: null,
    });
    this.#held.set(assignment.moduleId, assignment);
  }

  /** The row stays as a fence against a load that was sent before and arrives after. False for an order that is late. */
  remove(moduleId: string, by: Claimed): boolean {
    if (this.#isLate(moduleId, by)) return false;
    this.#write(moduleId, by, { assignment: null, retireAt: null });
    this.#held.delete(moduleId);
    return true;
  }

  retire(moduleId: string, by: Claimed, at: number): void {
    const held = this.#held.get(moduleId);
    if (held === undefined || this.#isLate(moduleId, by)) return;
    this.#write(moduleId, by, { assignment: JSON.stringify(held), retireAt: at });
  }

  /** What was let go of. */
  expire(now: number): string[] {
    const due = this.#sql
      .exec<{ module_id: string }>("select module_id from assignments where retire_at <= ?", now)
      .toArray();
    for (const { module_id: moduleId } of due) {
      this.#sql.exec("delete from assignments where module_id = ?", moduleId);
      this.#held.delete(moduleId);
    }
    return due.map(({ module_id: moduleId }) => moduleId);
  }

  nextExpiry(): number | null {
    const row = this.#sql
      .exec<{ at: number | null }>("select min(retire_at) as at from assignments")
      .one();
    return row.at;
  }

  clear(): void {
    this.#sql.exec("delete from assignments");
    this.#held.clear();
  }

  #isLate(moduleId: string, by: Claimed): boolean {
    const [row] = this.#sql
      .exec<Row>(
        "select owner, turn, assignment, retire_at from assignments where module_id = ?",
        moduleId,
      )
      .toArray();
    return row !== undefined && row.owner === by.owner && row.turn > by.turn;
  }

  #write(
    moduleId: string,
    by: Claimed,
    to: { assignment: string | null; retireAt: number | null },
  ): void {
    this.#sql.exec(
      "insert or replace into assignments (module_id, owner, turn, assignment, retire_at) values (?, ?, ?, ?, ?)",
      moduleId,
      by.owner,
      by.turn,
      to.assignment,
      to.retireAt,
    );
  }
}

function parse(text: string): Assignment {
  // Written by `put` above and by nobody else.
  return JSON.parse(text) as Assignment;
}
