// What a lattice remembers: its workloads with their states, commands that are under way, and the nodes as it knows
// them. All is held in memory and read once; a commit writes everything that it changes in one transaction.
import type { NewEvent } from "#domain/event.ts";
import type { EdgeNode } from "#domain/node.ts";
import type { Command } from "#domain/workload/command.ts";
import type { WorkloadRecord } from "#domain/workload/record.ts";
import type { WorkloadState } from "#domain/workload/state.ts";

export type Kept = {
  readonly record: WorkloadRecord;
  readonly state: WorkloadState;
  readonly wakeAt: number | null;
  /** Grows with each commit: what the copy in D1 is told by. */
  readonly sequence: number;
  /** It has gone for its callers, and only its instances are still to go. */
  readonly isRemoved: boolean;
};

export type Commit = {
  readonly kept: readonly Kept[];
  readonly forgotten: readonly string[];
  readonly commands: readonly Command[];
  /** Commands that were answered, by their ids. */
  readonly answered: readonly string[];
  readonly events: readonly NewEvent[];
};

export const NOTHING: Commit = { kept: [], forgotten: [], commands: [], answered: [], events: [] };

export class Book {
  readonly workloads = new Map<string, Kept>();
  readonly nodes = new Map<string, EdgeNode>();
  /** In the order in which they were given. */
  readonly outbox = new Map<string, Command>();
  /** Workloads whose copies in D1 are older than what is here. */
  readonly unmirrored = new Set<string>();
  /** Events that nobody has heard of, by their numbers. */
  readonly untold = new Map<number, NewEvent>();
  readonly #storage: DurableObjectStorage;
  #nextEvent = 1;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    const { sql } = storage;
    sql.exec(
      "create table if not exists workloads (id text primary key, kept text not null, is_mirrored integer not null)",
    );
    sql.exec("create table if not exists removed (id text primary key)");
    sql.exec("create table if not exists nodes (id text primary key, node text not null)");
    sql.exec(
      "create table if not exists outbox (position integer primary key, id text not null unique, command text not null)",
    );
    sql.exec("create table if not exists events (id integer primary key, event text not null)");
    this.#load();
  }

  commit({ kept, forgotten, commands, answered, events }: Commit): void {
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      for (const one of kept) {
        const { id } = one.record.workload;
        this.workloads.set(id, one);
        this.unmirrored.add(id);
        sql.exec("insert or replace into workloads values (?, ?, 0)", id, JSON.stringify(one));
      }
      for (const id of forgotten) {
        this.workloads.delete(id);
        sql.exec("delete from workloads where id = ?", id);
      }
      for (const id of answered) {
        this.outbox.delete(id);
        sql.exec("delete from outbox where id = ?", id);
      }
      for (const event of events) {
        const id = this.#nextEvent++;
        this.untold.set(id, event);
        sql.exec("insert into events values (?, ?)", id, JSON.stringify(event));
      }
      for (const command of commands) {
        const { id } = command;
        this.outbox.delete(id);
        this.outbox.set(id, command);
        sql.exec(
          "insert or replace into outbox (id, command) values (?, ?)",
          id,
          JSON.stringify(command),
        );
      }
    });
  }

  /** Nothing changed but when to look again, which is found out anew should it be forgotten. */
  rest(id: string, wakeAt: number | null): void {
    const kept = this.workloads.get(id);
    if (kept !== undefined) this.workloads.set(id, { ...kept, wakeAt });
  }

  /** Its copy is as new as this commit; a later one makes it old again. */
  mirrored(id: string, sequence: number): void {
    const kept = this.workloads.get(id);
    if (kept !== undefined && kept.sequence !== sequence) return;
    this.unmirrored.delete(id);
    this.#storage.sql.exec("update workloads set is_mirrored = 1 where id = ?", id);
    this.#storage.sql.exec("delete from removed where id = ?", id);
  }

  told(ids: readonly number[]): void {
    for (const id of ids) {
      this.untold.delete(id);
      this.#storage.sql.exec("delete from events where id = ?", id);
    }
  }

  /** Its copy in D1 is to go, even when nothing is left of it here. */
  unlist(id: string): void {
    this.unmirrored.add(id);
    this.#storage.sql.exec("insert or ignore into removed values (?)", id);
  }

  setNode(node: EdgeNode): void {
    this.nodes.set(node.id, node);
    this.#storage.sql.exec(
      "insert or replace into nodes values (?, ?)",
      node.id,
      JSON.stringify(node),
    );
  }

  removeNode(id: string): void {
    this.nodes.delete(id);
    this.#storage.sql.exec("delete from nodes where id = ?", id);
  }

  /** All were written by the methods above and by nobody else. */
  #load(): void {
    const { sql } = this.#storage;
    const workloads = sql.exec<{ id: string; kept: string; is_mirrored: number }>(
      "select * from workloads",
    );
    for (const { id, kept, is_mirrored } of workloads) {
      this.workloads.set(id, JSON.parse(kept) as Kept);
      if (is_mirrored === 0) this.unmirrored.add(id);
    }
    for (const { id } of sql.exec<{ id: string }>("select id from removed")) {
      this.unmirrored.add(id);
    }
    for (const { node } of sql.exec<{ node: string }>("select node from nodes")) {
      const parsed = JSON.parse(node) as EdgeNode;
      this.nodes.set(parsed.id, parsed);
    }
    for (const { id, event } of sql.exec<{ id: number; event: string }>("select * from events")) {
      this.untold.set(id, JSON.parse(event) as NewEvent);
      this.#nextEvent = Math.max(this.#nextEvent, id + 1);
    }
    const commands = sql.exec<{ command: string }>("select command from outbox order by position");
    for (const { command } of commands) {
      const parsed = JSON.parse(command) as Command;
      this.outbox.set(parsed.id, parsed);
    }
  }
}
