// Keeps the copies of a lattice's workloads in D1 as new as what is here: one writer, so that none overtakes another.
import { callable } from "#domain/workload/record.ts";
import { database } from "#stores/database.ts";
import { forgetWorkload, listLattice, mirrorWorkload } from "#stores/workloads.ts";
import type { Book } from "./book.ts";

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

  /** Until nothing is left to copy, or D1 fails: then the alarm tries again. */
  async flush(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (this.#book.unmirrored.size === 0) return;
    this.#running = this.#copyAll();
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
}
