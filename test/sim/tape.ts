// All that a simulated world leaves to chance comes from one tape of numbers, so that a seed replays it bit by bit and a
// failing tape can be shortened. On every tape 0 is the calmest choice, and a tape that has run out goes on with zeros.

/** Entries are whole numbers below this. */
const ENTRY_MAX = 0x1_0000;

export class Tape {
  readonly taken: number[] = [];
  readonly #next: () => number;

  private constructor(next: () => number) {
    this.#next = next;
  }

  static seeded(seed: number): Tape {
    let state = seed | 0;
    return new Tape(() => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return (mixed ^ (mixed >>> 14)) >>> 16;
    });
  }

  static recorded(entries: readonly number[]): Tape {
    let at = 0;
    return new Tape(() => entries[at++] ?? 0);
  }

  /** From 0 up to, and without, `below`. */
  draw(below: number): number {
    const entry = this.#next();
    this.taken.push(entry);
    return Math.floor((entry * below) / ENTRY_MAX);
  }

  /** True for so many of a thousand. */
  chance(permille: number): boolean {
    return this.draw(1_000) >= 1_000 - permille;
  }

  /** The first is the calmest. */
  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.draw(items.length)] ?? items[0];
  }
}
