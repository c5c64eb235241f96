// What a lattice's object does while any of its clients listens for events: the hub knows to bring them here, and the
// beats of hosts are looked for as often as hosts beat.
import { HEARTBEAT_PERIOD_MS } from "#domain/node.ts";
import type { Message } from "#domain/nats/frame.ts";
import { overlaps } from "#domain/nats/subject.ts";
import type { Subscription } from "#domain/nats/subscription.ts";

const EVENTS = "wasmbus.evt.>";
const TOLD_KEY = "beats";
const LATTICES_MAX = 100;

export class Watch {
  readonly #ctx: DurableObjectState;
  readonly #carrier: string;
  /** Lattices that the hub knows of; null while it doesn't know of this object. */
  #known: ReadonlySet<string> | null = null;

  constructor(ctx: DurableObjectState, carrier: string) {
    this.#ctx = ctx;
    this.#carrier = carrier;
  }

  /** Once it is back, nothing that happens is missed. When to look for beats; null where nobody listens. */
  async begin(held: Iterable<Subscription>, now: number): Promise<number | null> {
    const lattices = this.#latticesOf(held);
    if (lattices === null) return null;
    if (this.#known !== null && lattices.isSubsetOf(this.#known)) return null;
    const isFirst = this.#known === null;
    const known = new Set([...lattices, ...(this.#known ?? [])]);
    await this.#ctx.exports.LatticeService.follow({ name: this.#carrier, lattices: [...known] });
    this.#known = known;
    if (!isFirst) return null;
    const told = this.#ctx.storage.kv.get<number>(TOLD_KEY) ?? 0;
    if (told < now - 2 * HEARTBEAT_PERIOD_MS) this.#ctx.storage.kv.put(TOLD_KEY, now);
    return now + HEARTBEAT_PERIOD_MS;
  }

  /** False where nobody listens any more: the hub forgets it then. */
  isHeard(held: Iterable<Subscription>): boolean {
    const isHeard = this.#latticesOf(held) !== null;
    if (!isHeard) this.#known = null;
    return isHeard;
  }

  /** Hosts' beats since the last look. */
  async beats(held: Iterable<Subscription>, now: number): Promise<Message[]> {
    const lattices = this.#latticesOf(held);
    if (lattices === null) return [];
    const after = this.#ctx.storage.kv.get<number>(TOLD_KEY) ?? now - HEARTBEAT_PERIOD_MS;
    const carrier = { name: this.#carrier, lattices: [...lattices] };
    const beats = await this.#ctx.exports.LatticeService.beats(carrier, { after, to: now });
    this.#ctx.storage.kv.put(TOLD_KEY, now);
    return beats;
  }

  /** Those that are named; null where none of it is about events. */
  #latticesOf(held: Iterable<Subscription>): Set<string> | null {
    const named = new Set<string>();
    let isAny = false;
    for (const { subject } of held) {
      if (!overlaps(subject, EVENTS)) continue;
      isAny = true;
      const lattice = subject.split(".")[2];
      const isName = lattice !== undefined && lattice !== "*" && lattice !== ">";
      if (isName && named.size < LATTICES_MAX) named.add(lattice);
    }
    return isAny ? named : null;
  }
}
