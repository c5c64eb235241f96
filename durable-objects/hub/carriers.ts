// Lattices' objects that bring events to their clients, while any of these listens. They are told in order, and behind
// whoever publishes: what can't be told is told in the log, for the events themselves are kept here.
import { isOfType } from "#domain/event.ts";
import type { Event } from "#domain/event.ts";

export type Carrier = {
  readonly name: string;
  /** Lattices that its clients name. */
  readonly lattices: readonly string[];
};

type Held = Carrier & { readonly since: string };

/** What clients of lattices can hear of. */
const TYPES = ["instance.*", "node.*", "lattice.*"];

export class Carriers {
  readonly #ctx: DurableObjectState;
  readonly #held = new Map<string, Held>();
  #telling: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    const { sql } = ctx.storage;
    sql.exec("create table if not exists carriers (name text primary key, held text not null)");
    for (const { held } of sql.exec<{ held: string }>("select held from carriers")) {
      // Written below.
      const carrier = JSON.parse(held) as Held;
      this.#held.set(carrier.name, carrier);
    }
  }

  add(carrier: Carrier): void {
    const held = { ...carrier, since: crypto.randomUUID() };
    this.#held.set(carrier.name, held);
    const { sql } = this.#ctx.storage;
    sql.exec("insert or replace into carriers values (?, ?)", carrier.name, JSON.stringify(held));
  }

  tell(events: readonly Event[]): void {
    const wanted = events.filter(({ type }) => isOfType(TYPES, type));
    if (wanted.length === 0 || this.#held.size === 0) return;
    this.#telling = this.#telling.then(() => this.#bring(wanted));
    this.#ctx.waitUntil(this.#telling);
  }

  async #bring(events: readonly Event[]): Promise<void> {
    const told = [...this.#held.values()];
    try {
      const idle = await this.#ctx.exports.LatticeService.tell(
        // The platform's own mapping never ends on data that hold data.
        JSON.stringify(events),
        told.map(({ name, lattices }) => ({ name, lattices: [...lattices] })),
      );
      for (const one of told) if (idle.includes(one.name)) this.#drop(one);
    } catch (cause) {
      console.warn("events not brought to lattices", cause);
    }
  }

  /** Unless somebody has begun to listen meanwhile. */
  #drop({ name, since }: Held): void {
    if (this.#held.get(name)?.since !== since) return;
    this.#held.delete(name);
    this.#ctx.storage.sql.exec("delete from carriers where name = ?", name);
  }
}
