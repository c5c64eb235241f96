// Writes a function's body as its plan says: the original instructions, unchanged and in their
// order, with what pays for them between. Each insertion leaves the stack as it found it.
import type { Context, Space } from "./context.ts";
import { i32, i64, noResult, op, pageShift } from "./opcodes.ts";
import type { Item, Plan } from "./plan.ts";
import { outside, step, unpackItem } from "./plan.ts";
import type { Writer } from "./writer.ts";

const tableSize = 16;
// So many labels stand around a wrapped loop.
const wrapDepth = 3;

export class Emission {
  readonly #out: Writer;
  readonly #context: Context;
  readonly #plan: Plan;
  // The first of the locals that are added: the counter, if there is one, then what keeps lengths.
  #counter = 0;
  // Whether the counter is kept in its local here.
  #cached = false;
  #regionStart = outside;
  // Where the wrapped loop starts that is open.
  #wrapStart = outside;
  // Where branches stand that are hardly ever taken, from the body's start on.
  readonly rare: number[] = [];

  constructor(out: Writer, context: Context, plan: Plan) {
    this.#out = out;
    this.#context = context;
    this.#plan = plan;
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
    if (counts) this.#bytes(1, i64);
    if (keeps32) this.#bytes(2, i32);
    if (keeps64) this.#bytes(2, i64);
  }

  // The instructions; `counter` is the index of the first local that was added.
  instructions(code: Uint8Array, counter: number): void {
    const { positions, regions, length } = this.#plan;
    this.#counter = counter;
    this.rare.length = 0;
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
      if (at < position) this.#out.copy(code, at, position);
      at = this.#step(place, code, Math.max(at, position));
    }
    for (; region < regions.length; region += 1) at = this.#bound(code, at, region);
    this.#out.copy(code, at, code.length);
  }

  #bound(code: Uint8Array, from: number, region: number): number {
    const position = this.#plan.regions[region] ?? 0;
    this.#out.copy(code, from, position);
    if (region % 2 === 0) {
      this.#fetch();
      this.#cached = true;
      this.#regionStart = position;
    } else {
      this.#putBack();
      this.#leaveRegion();
    }
    return position;
  }

  #leaveRegion(): void {
    this.#cached = false;
    this.#regionStart = outside;
  }

  #enter(): void {
    const { entry, entryChecks } = this.#plan;
    if (entryChecks) this.#check(entry);
    else this.#pay(entry);
  }

  // A step before the instruction at a position; told is where the code goes on, behind a branch that was written anew.
  #step(place: number, code: Uint8Array, at: number): number {
    const { steps, amounts, details } = this.#plan;
    const amount = amounts[place] ?? 0;
    const detail = details[place] ?? outside;
    switch (steps[place] ?? step.pay) {
      case step.leave:
        if (this.#cached && detail < this.#regionStart) this.#putBack();
        return detail < this.#wrapStart ? this.#reachFurther(code, at) : at;
      case step.wrap:
        this.#pay(amount);
        this.#wrap(at);
        return at;
      case step.unwrap:
        this.#unwrap();
        return at;
      case step.back:
        return this.#back(code, at, amount);
      default:
        this.#payment(place, amount, detail);
        return at;
    }
  }

  #payment(place: number, amount: number, detail: number): void {
    switch (this.#plan.steps[place] ?? step.pay) {
      case step.pay:
        return this.#pay(amount);
      case step.check:
        return this.#check(amount);
      case step.bulkOfMemory:
        return this.#bulkOfMemory();
      case step.bulk:
        return this.#bulk(unpackItem(detail), amount);
      case step.grow:
        return this.#grow(unpackItem(detail));
      default:
        return this.#grown(unpackItem(detail), amount);
    }
  }

  #check(amount: number): void {
    if (amount === 0) return;
    this.#before();
    this.#constant(amount);
    this.#after();
  }

  #pay(amount: number): void {
    if (amount === 0) return;
    this.#before();
    this.#constant(amount);
    this.#out.byte(op.i64Subtract);
    if (this.#cached) this.#local(op.localSet, this.#counter);
    else this.#global(op.globalSet);
  }

  // The gas, from which what stands between is taken.
  #before(): void {
    if (this.#cached) this.#local(op.localGet, this.#counter);
    else this.#global(op.globalGet);
  }

  #after(): void {
    this.#out.byte(op.i64Subtract);
    if (this.#cached) {
      this.#local(op.localTee, this.#counter);
    } else {
      this.#global(op.globalSet);
      this.#global(op.globalGet);
    }
    this.#bytes(op.i64Const, 0, op.i64LessSigned);
    this.rare.push(this.#out.length);
    this.#bytes(op.if, noResult);
    if (this.#cached) {
      this.#refill();
    } else {
      this.#call(this.#context.added.yields);
    }
    this.#out.byte(op.end);
  }

  // Around the loop stand three more, from the outermost: the way out, the head to come back to, and the way to the
  // refill, which the loop takes where the gas is short.
  #wrap(start: number): void {
    this.#wrapStart = start;
    this.#bytes(op.block, noResult, op.loop, noResult, op.block, noResult);
  }

  #unwrap(): void {
    this.#wrapStart = outside;
    this.#bytes(op.branch, 2, op.end);
    this.#refill();
    this.#bytes(op.branch, 0, op.end, op.end);
  }

  #back(code: Uint8Array, at: number, amount: number): number {
    const { depth, end } = labelAt(code, at + 1);
    const inner = code[at] === op.branchIf ? 1 : 0;
    if (inner === 1) this.#bytes(op.if, noResult);
    this.#before();
    this.#constant(amount);
    this.#bytes(op.i64Subtract);
    this.#local(op.localTee, this.#counter);
    this.#bytes(op.i64Const, 0, op.i64LessSigned);
    this.rare.push(this.#out.length);
    this.#local(op.branchIf, depth + inner + 1);
    this.#local(op.branch, depth + inner);
    if (inner === 1) this.#out.byte(op.end);
    return end;
  }

  // A branch out of a wrapped loop; all else that leaves one names no label.
  #reachFurther(code: Uint8Array, at: number): number {
    const opcode = code[at] ?? 0;
    if (opcode !== op.branch && opcode !== op.branchIf) return at;
    const { depth, end } = labelAt(code, at + 1);
    this.#local(opcode, depth + wrapDepth);
    return end;
  }

  #refill(): void {
    this.#local(op.localGet, this.#counter);
    this.#call(this.#context.added.refill);
    this.#local(op.localSet, this.#counter);
  }

  #putBack(): void {
    this.#local(op.localGet, this.#counter);
    this.#global(op.globalSet);
  }

  #fetch(): void {
    this.#global(op.globalGet);
    this.#local(op.localSet, this.#counter);
  }

  // By the function that does it for the usual memory, which leaves the length on the stack.
  #bulkOfMemory(): void {
    if (this.#cached) this.#putBack();
    this.#call(this.#context.added.bulk);
    if (this.#cached) this.#fetch();
  }

  // Past the end of its memory or table an operation traps before it does anything, and pays nothing.
  #bulk(item: Item, amount: number): void {
    const length = this.#kept(item);
    this.#local(op.localTee, length);
    this.#before();
    this.#times(item, length, amount);
    this.#constant(0);
    this.#extended(item, length);
    this.#size(item);
    if (!item.table) {
      this.#constant(pageShift);
      this.#out.byte(op.i64ShiftLeft);
    }
    this.#bytes(op.i64AtMost, op.select);
    this.#after();
  }

  // A grow past the cap is made one that must fail; one memory or table alone has its maximum for it.
  #grow(item: Item): void {
    const space = this.#spaceOf(item);
    const delta = this.#kept(item);
    this.#local(op.localTee, delta);
    if (!space.shared) return;
    this.#bytes(item.wide ? op.i64Const : op.i32Const, 0x7f);
    this.#extended(item, delta);
    this.#constant(space.most);
    this.#out.byte(op.i64AtMost);
    this.#extended(item, delta);
    space.wide.forEach((_, index) => {
      this.#size({ table: item.table, wide: item.wide, index });
      this.#out.byte(op.i64Add);
    });
    this.#constant(space.most);
    this.#bytes(op.i64AtMost, op.i32And, op.select);
    this.#local(op.localTee, delta);
  }

  // Only what was granted is paid, and that can't be more than the cap.
  #grown(item: Item, amount: number): void {
    const delta = this.#kept(item);
    const result = delta + 1;
    this.#local(op.localTee, result);
    this.#before();
    this.#times(item, delta, amount);
    this.#constant(0);
    this.#local(op.localGet, result);
    if (item.wide) this.#bytes(op.i64Const, 0x7f, op.i64Ne);
    else this.#bytes(op.i32Const, 0x7f, op.i32Ne);
    this.#out.byte(op.select);
    this.#after();
  }

  // The first of the two locals that keep numbers of this width.
  #kept({ wide }: Item): number {
    const { counts, keeps32 } = this.#plan;
    return this.#counter + (counts ? 1 : 0) + (wide && keeps32 ? 2 : 0);
  }

  #times(item: Item, local: number, amount: number): void {
    this.#extended(item, local);
    if (amount === 1) return;
    this.#constant(amount);
    this.#out.byte(op.i64Multiply);
  }

  #extended({ wide }: Item, local: number): void {
    this.#local(op.localGet, local);
    if (!wide) this.#out.byte(op.extendUnsigned);
  }

  // The present size of a memory in pages or of a table in elements, as an i64.
  #size(item: Item): void {
    if (item.table) this.#bytes(op.numeric, tableSize);
    else this.#out.byte(op.memorySize);
    this.#out.u32(item.index);
    if (this.#spaceOf(item).wide[item.index] !== true) this.#out.byte(op.extendUnsigned);
  }

  #spaceOf({ table }: Item): Space {
    return table ? this.#context.tables : this.#context.memories;
  }

  #constant(value: number): void {
    this.#out.byte(op.i64Const);
    this.#out.signed(value);
  }

  #call(index: number): void {
    this.#out.byte(op.call);
    this.#out.u32(index);
  }

  #local(code: number, index: number): void {
    this.#out.byte(code);
    this.#out.u32(index);
  }

  #global(code: number): void {
    this.#out.byte(code);
    this.#out.u32(this.#context.gas);
  }

  #bytes(...bytes: number[]): void {
    for (const byte of bytes) this.#out.byte(byte);
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
