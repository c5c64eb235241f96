// Tells the world what a lattice knows: copies of its workloads in D1, and events. One writer, so that nothing that is
// older overtakes what is newer.
import { callable } from "#domain/workload/record.ts";
import { publish } from "#stores/events.ts";
import { database } from "#stores/database.ts";
import { forgetWorkload, listLattice, mirrorWorkload } from "#stores/workloads.ts";
import type { Book } from "./book.ts";

/** Events that are told at once. */
const EVENTS_MAX = 500;

export class Copier {
  readonly #env: Env;
  readonly #name: string;
  readonly #book: Book;
  #running: Promise<void> | null = null;

  constructor(env: Env, name: string, book: Book) {
    this.#env = env;
    this.#name = name;
    this.#book = book;
  }

  /** From now on nodes tell this lattice of themselves. */
  async list(): Promise<void> {
    await listLattice(database(this.#env), this.#name);
  }

  get isBehind(): boolean {
    return this.#book.unmirrored.size > 0 || this.#book.untold.size > 0;
  }

  /** Until nothing is left to tell, or it fails: then the alarm tries again. */
  async flush(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (!this.isBehind) return;
    this.#running = this.#copyAll().then(() => this.#publish());
    try {
      await this.#running;
    } finally {
      this.#running = null;
    }
  }

  async #copyAll(): Promise<void> {
    const db = database(this.#env);
    for (;;) {
      const [id] = this.#book.unmirrored;
      if (id === undefined) return;
      const kept = this.#book.workloads.get(id);
      const sequence = kept?.sequence ?? 0;
      try {
        if (kept === undefined || kept.isRemoved) await forgetWorkload(db, id);
        else {
          const { record, state } = kept;
          await mirrorWorkload(db, { record, sequence, callable: callable(state.instances) });
        }
      } catch (cause) {
        console.warn("workload not copied", id, cause);
        return;
      }
      this.#book.mirrored(id, sequence);
    }
  }

  async #publish(): Promise<void> {
    const events = [...this.#book.untold].slice(0, EVENTS_MAX);
    try {
      await publish(
        this.#env,
        events.map(([, event]) => event),
      );
    } catch (cause) {
      console.warn("events not published", this.#name, cause);
      return;
    }
    this.#book.told(events.map(([id]) => id));
  }
}
