// The blocks that are open at a point of a function's body, and what is owed where they end.
import { outside } from "./plan.ts";

export const blockKind = { function: 0, block: 1, loop: 2, if: 3, else: 4, try: 5, tryTable: 6 };

// Less than any debt: no path leads there.
export const nowhere = -(2 ** 40);

export class Frame {
  kind = blockKind.function;
  start = 0;
  // Whether a path leads into it.
  entered = true;
  // The most owed by the branches to its end.
  joined = nowhere;
  // What was owed where it began, and how much less of it by a path that hasn't paid for its calls.
  owedAtStart = 0;
  lagAtStart = 0;
  // The most owed by the branches to its end that haven't paid for their calls.
  joinedUnpaid = nowhere;
  // The most owed where something inside may throw.
  thrown = nowhere;
  // Whether it calls, and whether it loops, at any depth.
  calls = false;
  loops = false;
  // Whether a branch leaves it, or may, that can't be written anew to reach further.
  tangled = false;
  // Of a loop: whether it takes nothing and leaves nothing.
  bare = false;
  // Of a loop: the most, the least, and the most that can't be paid at the branch itself, over the
  // branches back to its head.
  backMost = nowhere;
  backLeast = -nowhere;
  backUnpaid = nowhere;
  // Of a loop: the steps before it and at its head, and the last of its branches back.
  headStep = -1;
  lastBackStep = -1;
  // Of a try_table: the labels that its clauses branch to, as depths outside of it.
  catches: number[] | null = null;

  open(kind: number, start: number): void {
    this.kind = kind;
    this.start = start;
    this.entered = true;
    this.joined = nowhere;
    this.owedAtStart = 0;
    this.lagAtStart = 0;
    this.joinedUnpaid = nowhere;
    this.thrown = nowhere;
    this.calls = false;
    this.loops = false;
    this.tangled = false;
    this.bare = false;
    this.backMost = nowhere;
    this.backLeast = -nowhere;
    this.backUnpaid = nowhere;
    this.headStep = -1;
    this.lastBackStep = -1;
    this.catches = null;
  }

  // Where a branch to it leads: the start of a block, or out of the function.
  get target(): number {
    return this.kind === blockKind.function ? outside : this.start;
  }

  // Of a loop: whether it is worth to be wrapped, and can be.
  get isHot(): boolean {
    return this.bare && !this.tangled && !this.calls && !this.loops;
  }

  // How much less is owed at its end by those of the paths that have called nothing; without end if all have.
  get lag(): number {
    return this.joinedUnpaid > nowhere ? this.joined - this.joinedUnpaid : Infinity;
  }

  join(owed: number, lag: number): void {
    this.joined = Math.max(this.joined, owed);
    this.joinedUnpaid = Math.max(this.joinedUnpaid, owed - lag);
  }

  countBack(owed: number): void {
    this.backMost = Math.max(this.backMost, owed);
    this.backLeast = Math.min(this.backLeast, owed);
  }

  // Of a branch back that can't pay by itself.
  countUnpaid(owed: number): void {
    this.countBack(owed);
    this.backUnpaid = Math.max(this.backUnpaid, owed);
  }

  // What a frame in it means for it.
  inherit(inner: Frame): void {
    this.thrown = Math.max(this.thrown, inner.thrown);
    this.calls ||= inner.calls;
    this.loops ||= inner.loops;
    this.tangled ||= inner.tangled;
  }
}

// Frames are used again, since a large function opens thousands of blocks.
export class Frames {
  depth = 0;
  readonly #frames: Frame[] = [];

  clear(): void {
    this.depth = 0;
  }

  push(kind: number, start: number): Frame {
    const frame = this.#frames[this.depth] ?? this.#add();
    frame.open(kind, start);
    this.depth += 1;
    return frame;
  }

  pop(): void {
    this.depth -= 1;
  }

  // The innermost frame is at depth 0; there is none past the function's own.
  at(depth: number): Frame | undefined {
    return depth < this.depth ? this.#frames[this.depth - 1 - depth] : undefined;
  }

  #add(): Frame {
    const frame = new Frame();
    this.#frames.push(frame);
    return frame;
  }
}
