// How a body pays: its gas is counted in a global, and in a local where it loops and calls nothing.
import type { Assembler } from "./assembler.ts";
import type { Context } from "./context.ts";
import { noResult, op } from "./opcodes.ts";

export class Payment {
  readonly #code: Assembler;
  readonly #context: Context;
  // The local, and whether the counter is kept in it here.
  counter = 0;
  isCached = false;
  // Where branches stand that are hardly ever taken, from the body's start on.
  readonly rare: number[] = [];

  constructor(code: Assembler, context: Context) {
    this.#code = code;
    this.#context = context;
  }

  begin(counter: number): void {
    this.counter = counter;
    this.isCached = false;
    this.rare.length = 0;
  }

  // With a look at what is left.
  check(amount: number): void {
    if (amount === 0) return;
    this.before();
    this.#code.constant(amount);
    this.after();
  }

  pay(amount: number): void {
    if (amount === 0) return;
    this.before();
    this.#code.constant(amount);
    this.#code.bytes(op.i64Subtract);
    if (this.isCached) this.#code.indexed(op.localSet, this.counter);
    else this.#global(op.globalSet);
  }

  // The gas, from which what stands between is taken.
  before(): void {
    if (this.isCached) this.#code.indexed(op.localGet, this.counter);
    else this.#global(op.globalGet);
  }

  after(): void {
    const code = this.#code;
    this.#taken();
    code.bytes(op.if, noResult);
    if (this.isCached) this.refill();
    else code.indexed(op.call, this.#context.added.yields);
    code.bytes(op.end);
  }

  // As `check`, but leaves it to a label to fill the counter.
  checkOr(amount: number, label: number): void {
    this.before();
    this.#code.constant(amount);
    this.#taken();
    this.#code.indexed(op.branchIf, label);
  }

  refill(): void {
    const code = this.#code;
    code.indexed(op.localGet, this.counter);
    code.indexed(op.call, this.#context.added.refill);
    code.indexed(op.localSet, this.counter);
  }

  putBack(): void {
    this.#code.indexed(op.localGet, this.counter);
    this.#global(op.globalSet);
  }

  fetch(): void {
    this.#global(op.globalGet);
    this.#code.indexed(op.localSet, this.counter);
  }

  // Whether nothing is left is on the stack then, and a branch by it is a rare one.
  #taken(): void {
    const code = this.#code;
    code.bytes(op.i64Subtract);
    if (this.isCached) {
      code.indexed(op.localTee, this.counter);
    } else {
      this.#global(op.globalSet);
      this.#global(op.globalGet);
    }
    code.bytes(op.i64Const, 0, op.i64LessSigned);
    this.rare.push(code.position);
  }

  #global(instruction: number): void {
    this.#code.indexed(instruction, this.#context.gas);
  }
}
