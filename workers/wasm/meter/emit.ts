// Writes a function's body as its plan says: the original instructions in their order, with what pays for them between.
// Each insertion leaves the stack as it found it; only branches are written anew, where labels were put around a loop.
import { Assembler } from "./assembler.ts";
import type { Context } from "./context.ts";
import { i32, i64, noResult, op } from "./opcodes.ts";
import { Payment } from "./payment.ts";
import type { Plan } from "./plan.ts";
import { outside, step, unpackItem } from "./plan.ts";
import { Sized } from "./sized.ts";
import type { Writer } from "./writer.ts";

// So many labels stand around a wrapped loop.
const wrapDepth = 3;

export class Emission {
  readonly #code: Assembler;
  readonly #payment: Payment;
  readonly #sized: Sized;
  readonly #plan: Plan;
  #regionStart = outside;
  // Where the wrapped loop starts that is open.
  #wrapStart = outside;

  constructor(out: Writer, context: Context, plan: Plan) {
    this.#plan = plan;
    this.#code = new Assembler(out);
    this.#payment = new Payment(this.#code, context);
    this.#sized = new Sized(this.#code, this.#payment, { context, plan });
  }

  // Where branches stand that are hardly ever taken, from the body's start on.
  get rare(): readonly number[] {
    return this.#payment.rare;
  }

  // How many locals a body gets, which the plan decides.
  get added(): number {
    const { counts, keeps32, keeps64 } = this.#plan;
    return (counts ? 1 : 0) + (keeps32 ? 2 : 0) + (keeps64 ? 2 : 0);
  }

  // The groups of locals added at the end of the declarations.
  get groups(): number {
    const { counts, keeps32, keeps64 } = this.#plan;
    return (counts ? 1 : 0) + (keeps32 ? 1 : 0) + (keeps64 ? 1 : 0);
  }

  locals(): void {
    const { counts, keeps32, keeps64 } = this.#plan;
    if (counts) this.#code.bytes(1, i64);
    if (keeps32) this.#code.bytes(2, i32);
    if (keeps64) this.#code.bytes(2, i64);
  }

  // The instructions; `counter` is the index of the first local that was added.
  instructions(code: Uint8Array, counter: number): void {
    const { positions, regions, length } = this.#plan;
    this.#payment.begin(counter);
    this.#leaveRegion();
    // What is a region as a whole pays from the local.
    let region = regions[0] === 0 ? 1 : 0;
    let at = region === 1 ? this.#bound(code, 0, 0) : 0;
    this.#enter();
    for (let place = 0; place < length; place += 1) {
      const position = positions[place] ?? 0;
      // A region's bounds among the steps: its end comes before a step there, and so does its start.
      for (; region < regions.length && (regions[region] ?? 0) <= position; region += 1) {
        at = this.#bound(code, at, region);
      }
      if (at < position) this.#code.copy(code, at, position);
      at = this.#step(place, code, Math.max(at, position));
    }
    for (; region < regions.length; region += 1) at = this.#bound(code, at, region);
    this.#code.copy(code, at, code.length);
  }

  #bound(code: Uint8Array, from: number, region: number): number {
    const position = this.#plan.regions[region] ?? 0;
    this.#code.copy(code, from, position);
    if (region % 2 === 0) {
      this.#payment.fetch();
      this.#payment.isCached = true;
      this.#regionStart = position;
    } else {
      this.#payment.putBack();
      this.#leaveRegion();
    }
    return position;
  }

  #leaveRegion(): void {
    this.#payment.isCached = false;
    this.#regionStart = outside;
  }

  #enter(): void {
    const { entry, entryChecks } = this.#plan;
    if (entryChecks) this.#payment.check(entry);
    else this.#payment.pay(entry);
  }

  // A step before the instruction at a position; told is where the code goes on, behind a branch that was written anew.
  #step(place: number, code: Uint8Array, at: number): number {
    const { steps, amounts, details } = this.#plan;
    const amount = amounts[place] ?? 0;
    const detail = details[place] ?? outside;
    switch (steps[place] ?? step.pay) {
      case step.leave:
        if (this.#payment.isCached && detail < this.#regionStart) this.#payment.putBack();
        return detail < this.#wrapStart ? this.#reachFurther(code, at) : at;
      case step.wrap:
        this.#payment.pay(amount);
        this.#wrap(at);
        return at;
      case step.unwrap:
        this.#unwrap();
        return at;
      case step.back:
        return this.#back(code, at, amount);
      default:
        this.#insert(place, amount, detail);
        return at;
    }
  }

  #insert(place: number, amount: number, detail: number): void {
    switch (this.#plan.steps[place] ?? step.pay) {
      case step.pay:
        return this.#payment.pay(amount);
      case step.check:
        return this.#payment.check(amount);
      case step.bulkOfMemory:
        return this.#sized.bulkOfMemory();
      case step.bulk:
        return this.#sized.bulk(unpackItem(detail), amount);
      case step.grow:
        return this.#sized.grow(unpackItem(detail));
      default:
        return this.#sized.grown(unpackItem(detail), amount);
    }
  }

  // Around the loop stand three more, from the outermost: the way out, the head to come back to, and the way to the
  // refill, which the loop takes where the gas is short.
  #wrap(start: number): void {
    this.#wrapStart = start;
    this.#code.bytes(op.block, noResult, op.loop, noResult, op.block, noResult);
  }

  #unwrap(): void {
    this.#wrapStart = outside;
    this.#code.bytes(op.branch, 2, op.end);
    this.#payment.refill();
    this.#code.bytes(op.branch, 0, op.end, op.end);
  }

  #back(code: Uint8Array, at: number, amount: number): number {
    const { depth, end } = labelAt(code, at + 1);
    const inner = code[at] === op.branchIf ? 1 : 0;
    if (inner === 1) this.#code.bytes(op.if, noResult);
    this.#payment.checkOr(amount, depth + inner + 1);
    this.#code.indexed(op.branch, depth + inner);
    if (inner === 1) this.#code.bytes(op.end);
    return end;
  }

  // A branch out of a wrapped loop; all else that leaves one names no label.
  #reachFurther(code: Uint8Array, at: number): number {
    const opcode = code[at] ?? 0;
    if (opcode !== op.branch && opcode !== op.branchIf) return at;
    const { depth, end } = labelAt(code, at + 1);
    this.#code.indexed(opcode, depth + wrapDepth);
    return end;
  }
}

function labelAt(
  code: Uint8Array,
  start: number,
): { readonly depth: number; readonly end: number } {
  let depth = 0;
  for (let at = start, factor = 1; ; at += 1, factor *= 128) {
    const byte = code[at] ?? 0;
    depth += (byte & 0x7f) * factor;
    if (byte < 0x80) return { depth, end: at + 1 };
  }
}
