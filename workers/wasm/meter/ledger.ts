// Follows what is owed along a body's control flow: the most that any path to this point has cost
// since it last paid. Where paths join the largest debt holds, so no path ever pays less than it
// costs. Each cycle within a body passes the head of a loop, and each of calls an entry: only there,
// and at bulk operations, the gas is looked at.
import { CALL_PREPAYS, CARRY, LOOP_SPREAD } from "./costs.ts";
import type { Frame } from "./frames.ts";
import { blockKind, Frames, nowhere } from "./frames.ts";
import { Leaving } from "./leaving.ts";
import type { Plan } from "./plan.ts";
import { outside, step } from "./plan.ts";

// Whether a call leaves the gas as it is: then it can wait in a local meanwhile. If only where the
// call returns, the gas must be back in its place before, for what may be thrown.
export type Quiet = "no" | "if it returns" | "yes";

export class Ledger {
  // What is owed here; it means nothing where no path leads.
  owed = 0;
  live = true;
  // How much less is owed by those of the paths to here that have called nothing; without end if all have.
  #lag = 0;
  readonly frames = new Frames();
  readonly #plan: Plan;
  readonly #leaving = new Leaving();
  #tries = 0;
  #loops = 0;
  // The last of the calls that don't come back: they pay what the entry doesn't.
  #lastCold = -1;
  #pays = false;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  begin(): void {
    this.frames.clear();
    this.frames.push(blockKind.function, 0);
    this.owed = -CALL_PREPAYS;
    this.live = true;
    this.#lag = 0;
    this.#leaving.begin();
    this.#tries = 0;
    this.#loops = 0;
    this.#lastCold = -1;
    this.#pays = false;
  }

  open(kind: number, start: number): Frame {
    const frame = this.frames.push(kind, start);
    frame.entered = this.live;
    frame.owedAtStart = this.owed;
    frame.lagAtStart = this.#lag;
    if (kind === blockKind.try || kind === blockKind.tryTable) {
      this.#tries += 1;
      frame.tangled = true;
    }
    return frame;
  }

  // `head` is where the loop's first instruction stands.
  openLoop(start: number, head: number, bare: boolean): void {
    const frame = this.open(blockKind.loop, start);
    frame.bare = bare;
    this.#loops += 1;
    if (!this.live) return;
    frame.headStep = this.#plan.add(step.pay, start);
    this.#plan.add(step.check, head);
    this.owed = 0;
  }

  // The end of a first arm, or of a body whose handlers follow.
  openArm(frame: Frame, position: number): void {
    this.#join(frame, position);
    this.live = frame.entered;
    this.owed = frame.owedAtStart;
    this.#lag = frame.lagAtStart;
  }

  openHandler(frame: Frame, position: number): void {
    this.openArm(frame, position);
    this.owed = Math.max(this.owed, frame.thrown);
  }

  // `position` is where the end stands, `after` is what follows it.
  close(frame: Frame, position: number, after: number): void {
    this.#join(frame, position);
    if (frame.kind === blockKind.if && frame.entered) {
      frame.join(frame.owedAtStart, frame.lagAtStart);
    }
    if (frame.kind === blockKind.loop) this.#closeLoop(frame, after);
    if (frame.kind === blockKind.try || frame.kind === blockKind.tryTable) this.#tries -= 1;
    this.live = frame.joined > nowhere;
    this.owed = frame.joined;
    this.#lag = frame.lag;
    this.frames.pop();
    this.#closeRegion(frame, after);
    const parent = this.frames.at(0);
    if (parent !== undefined) parent.inherit(frame);
    for (const depth of frame.catches ?? []) this.#catch(frame, depth);
  }

  finish(frame: Frame, position: number): void {
    if (this.live) this.leave(position);
    this.frames.pop();
    this.#closeRegion(frame, position);
    this.#payLeaving();
  }

  // At the entry or later. What calls nothing ends without a look at the gas, and loops look for themselves.
  #payLeaving(): void {
    const { calls, isLate, most, place } = this.#leaving;
    const due = Math.max(0, most);
    this.#pays ||= due > 0;
    if (isLate) {
      this.#plan.amounts[place] = due;
      return;
    }
    this.#plan.entry = due;
    this.#plan.entryChecks = calls;
    this.#chargeChain(this.#lastCold, due);
  }

  branch(frame: Frame, position: number): void {
    // Where no path leads there are no steps, but labels all the same.
    if (!this.live) return this.tangle();
    if (frame.kind === blockKind.loop) {
      const place = this.#plan.add(step.pay, position);
      this.#plan.amounts[place] = this.owed;
      this.#plan.details[place] = frame.lastBackStep;
      frame.lastBackStep = place;
      frame.countBack(this.owed);
    } else {
      this.#join(frame, position);
    }
    // No region begins inside of the innermost block and reaches here, so that one needs no step.
    const stays = frame === this.frames.at(0) && frame.kind !== blockKind.function;
    if (!stays) this.#plan.leave(position, frame.target);
  }

  // A branch that shares its position with others, so that it can't pay for itself alone.
  branchAmong(frame: Frame, position: number): number {
    if (frame.kind !== blockKind.loop) {
      this.#join(frame, position);
    } else if (this.live) {
      this.settle(position);
      frame.countUnpaid(this.owed);
    }
    this.tangle();
    return frame.target;
  }

  branchedTo(target: number, position: number): void {
    if (this.live) this.#plan.leave(position, target);
  }

  // What stands here names a label by its distance, in a form that isn't written anew.
  tangle(): void {
    const frame = this.frames.at(0);
    if (frame !== undefined) frame.tangled = true;
  }

  // No path goes on from here.
  stop(): void {
    this.live = false;
  }

  return(position: number): void {
    if (this.live) {
      this.leave(position);
      this.#plan.leave(position, outside);
    }
    this.stop();
  }

  // From here on nobody can be made to pay.
  leave(position: number): void {
    this.settle(position);
    this.#leaving.left(this.owed, this.owed - this.#lag);
  }

  // A call, or anything else that may throw, after which the function may go on.
  call(position: number): void {
    const frame = this.frames.at(0);
    if (!this.live || frame === undefined) return;
    this.settle(position);
    this.#leaving.called(this.owed);
    if (this.#lag < Infinity) {
      this.#leaving.calledFirst(this.#plan.add(step.check, position), this.#loops > 0);
      this.#lag = Infinity;
    }
    frame.thrown = Math.max(frame.thrown, this.owed);
    frame.calls = true;
  }

  // A call that doesn't come back, as to what reports a failure. It doesn't make the entry dearer,
  // and what waits in a local is put back before it. Such calls alone make no cycle: the stack ends.
  coldCall(position: number): void {
    if (this.#tries > 0) return this.call(position);
    if (!this.live) return;
    this.settle(position);
    const place = this.#plan.add(step.pay, position);
    this.#plan.amounts[place] = this.owed;
    this.#plan.details[place] = this.#lastCold;
    this.#lastCold = place;
    this.#plan.leave(position, outside);
  }

  // A call of what returns without a change of the gas, if it returns.
  quietCall(position: number, quiet: Quiet): void {
    if (quiet === "no" || this.#tries > 0) return this.call(position);
    if (!this.live) return;
    this.leave(position);
    if (quiet === "if it returns") this.#plan.leave(position, outside);
  }

  // What the function that is finished does to the gas.
  get quiet(): Quiet {
    if (this.#pays || this.#plan.checks) return "no";
    return this.#lastCold < 0 ? "yes" : "if it returns";
  }

  settle(position: number): void {
    if (this.owed <= CARRY) return;
    this.#pays = true;
    this.#plan.pay(position, this.owed);
    this.owed = 0;
  }

  #join(frame: Frame, position: number): void {
    if (!this.live) return;
    this.settle(position);
    if (frame.kind === blockKind.function) this.#leaving.left(this.owed, this.owed - this.#lag);
    frame.join(this.owed, this.#lag);
  }

  // The head charges each round what the longest way back costs, unless the ways differ much: then
  // the long ones pay the rest themselves. What was owed before the loop goes into the first round.
  #closeLoop(frame: Frame, after: number): void {
    this.#loops -= 1;
    if (frame.headStep < 0) return;
    const { amounts } = this.#plan;
    if (frame.backMost === nowhere) {
      amounts[frame.headStep] = Math.max(0, frame.owedAtStart);
      this.#pays ||= frame.owedAtStart > 0;
      return;
    }
    if (frame.isHot) return this.#wrap(frame, after);
    const usual = Math.min(frame.backMost, frame.backLeast + LOOP_SPREAD);
    const charge = Math.max(1, usual, frame.backUnpaid);
    this.#chargeChain(frame.lastBackStep, charge);
    amounts[frame.headStep] = Math.max(0, frame.owedAtStart - charge);
    amounts[frame.headStep + 1] = charge;
    frame.loops = true;
    this.#plan.checks = true;
  }

  // An innermost loop keeps nothing in it but the payment: each way back to its head pays its own cost, and
  // where the gas is short it is left, filled, and entered anew. With a call inside, even one that is hardly
  // ever made, the engine would keep the loop's values in memory.
  #wrap(frame: Frame, after: number): void {
    const { amounts, details, steps } = this.#plan;
    steps[frame.headStep] = step.wrap;
    amounts[frame.headStep] = Math.max(0, frame.owedAtStart);
    for (let place = frame.lastBackStep; place >= 0; place = details[place] ?? -1) {
      steps[place] = step.back;
      amounts[place] = Math.max(1, amounts[place] ?? 0);
    }
    this.#plan.add(step.unwrap, after);
    frame.loops = true;
    this.#plan.checks = true;
  }

  // Takes what is paid elsewhere from each of the steps that hang together.
  #chargeChain(last: number, elsewhere: number): void {
    const { amounts, details } = this.#plan;
    for (let place = last; place >= 0; place = details[place] ?? -1) {
      amounts[place] = Math.max(0, (amounts[place] ?? 0) - elsewhere);
    }
  }

  #closeRegion(frame: Frame, end: number): void {
    if (frame.calls) return;
    const { regions } = this.#plan;
    while ((regions.at(-2) ?? -1) >= frame.start) regions.length -= 2;
    if (frame.loops) regions.push(frame.start, end);
  }

  // A clause of a try_table that has just closed: its label is entered with what was owed at a throw.
  #catch(closed: Frame, depth: number): void {
    const frame = this.frames.at(depth);
    if (frame === undefined || !closed.entered) return;
    const owed = Math.max(closed.thrown, closed.owedAtStart);
    if (frame.kind === blockKind.loop) frame.countUnpaid(owed);
    if (frame.kind === blockKind.function) this.#leaving.left(owed, owed);
    if (frame.kind !== blockKind.loop) frame.join(owed, 0);
  }
}
