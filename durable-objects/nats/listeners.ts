// Who hears a lattice's messages without a socket: components, by their links, and requests of components that wait for a
// reply. Subscriptions of links are kept, so that a lattice that wakes knows them.
import type { Hearing } from "#domain/messaging.ts";
import type { Message } from "#domain/nats/frame.ts";
import type { Subscription } from "#domain/nats/subscription.ts";

export type Listener = { readonly take: (message: Message) => void };
type Held = readonly [Listener, Subscription];

/** Messages that are with components at once, and that wait for their turn. */
const UNDER_WAY_MAX = 64;
const WAITING_MAX = 1_024;
const KEY = "hearings";

export class Listeners {
  readonly #kv: SyncKvStorage;
  readonly #hand: (component: string, message: Message) => Promise<void>;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #replies = new Set<Held>();
  #components: readonly Held[];
  #underWay = 0;
  #dropped = 0;

  /** `hand` gives one message to an instance of the component, and never fails. */
  constructor(kv: SyncKvStorage, hand: (component: string, message: Message) => Promise<void>) {
    this.#kv = kv;
    this.#hand = hand;
    this.#components = this.#heldBy(kv.get<readonly Hearing[]>(KEY) ?? []);
  }

  become(hearings: readonly Hearing[]): void {
    this.#kv.put(KEY, hearings);
    this.#components = this.#heldBy(hearings);
  }

  held(): Held[] {
    return [...this.#components, ...this.#replies];
  }

  /** The first message on the subject; null where none comes in time. */
  async reply(subject: string, of: { readonly timeoutMs: number; readonly ask: () => number }) {
    const { promise, resolve } = Promise.withResolvers<Message | null>();
    const held: Held = [{ take: resolve }, subscription(subject, null)];
    this.#replies.add(held);
    const timer = setTimeout(() => resolve(null), of.timeoutMs);
    try {
      return of.ask() === 0 ? "nobody" : await promise;
    } finally {
      clearTimeout(timer);
      this.#replies.delete(held);
    }
  }

  #heldBy(hearings: readonly Hearing[]): Held[] {
    return hearings.map(({ component, subject, queue }) => [
      { take: (message) => this.#take(() => this.#hand(component, message)) },
      subscription(subject, queue),
    ]);
  }

  /** What comes faster than components take it is dropped, as a NATS server does with a slow consumer's. */
  #take(work: () => Promise<void>): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped += 1;
      console.warn(`components are too slow: ${this.#dropped} messages dropped`);
      return;
    }
    this.#waiting.push(work);
    this.#next();
  }

  #next(): void {
    while (this.#underWay < UNDER_WAY_MAX) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      this.#underWay += 1;
      void work().finally(() => {
        this.#underWay -= 1;
        this.#next();
      });
    }
  }
}

function subscription(subject: string, queue: string | null): Subscription {
  return { sid: "", subject, queue, max: null, delivered: 0 };
}
