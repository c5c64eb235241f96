// What a function owes where it is left, and where that is best paid: at its entry, or later, just before its
// first call, if only ways that are short leave before. A recursion spends most of its calls on such ways.
import { nowhere } from "./frames.ts";

export class Leaving {
  // The most owed at a return, a call or a throw.
  most = nowhere;
  // Whether anything is called, or thrown, so that a cycle of calls may lead through here.
  calls = false;
  // The step before the only first call, if there is but one and it isn't repeated.
  place = -1;
  #places = 0;
  #mostUnpaid = nowhere;

  begin(): void {
    this.most = nowhere;
    this.calls = false;
    this.place = -1;
    this.#places = 0;
    this.#mostUnpaid = nowhere;
  }

  // `unpaid` is what is owed by those of the paths to here that have called nothing.
  left(owed: number, unpaid: number): void {
    this.most = Math.max(this.most, owed);
    this.#mostUnpaid = Math.max(this.#mostUnpaid, unpaid);
  }

  called(owed: number): void {
    this.most = Math.max(this.most, owed);
    this.calls = true;
  }

  // A path calls for the first time.
  calledFirst(place: number, isRepeated: boolean): void {
    this.place = place;
    this.#places += isRepeated ? 2 : 1;
  }

  // Whether the callers have paid for every way that leaves before the one place.
  get isLate(): boolean {
    return this.#places === 1 && this.#mostUnpaid > nowhere && this.#mostUnpaid <= 0;
  }
}
