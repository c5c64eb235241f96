// Simulated time: what is to happen, in the order of its moments; at one moment in the order in which it was asked for.
type Happening = { readonly at: number; readonly order: number; readonly run: () => void };

export class Clock {
  now = 0;
  steps = 0;
  #order = 0;
  /** A binary heap, the next at its root. */
  readonly #heap: Happening[] = [];

  after(spanMs: number, run: () => void): void {
    const happening = { at: this.now + spanMs, order: (this.#order += 1), run };
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(happening, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = happening;
  }

  /** Runs what is next, if it is due by then; false when nothing is. */
  step(until = Number.POSITIVE_INFINITY): boolean {
    const [next] = this.#heap;
    if (next === undefined || next.at > until) return false;
    this.#drop();
    this.now = next.at;
    this.steps += 1;
    next.run();
    return true;
  }

  #drop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[place] = child;
      place = 2 * place + (isRight ? 2 : 1);
    }
    heap[place] = last;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
