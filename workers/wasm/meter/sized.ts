// What is paid by its size: bulk operations by their length, and memories and tables by what they grow.
import type { Assembler } from "./assembler.ts";
import type { Context, Space } from "./context.ts";
import { op, pageShift } from "./opcodes.ts";
import type { Payment } from "./payment.ts";
import type { Item, Plan } from "./plan.ts";

const tableSize = 16;

export class Sized {
  readonly #code: Assembler;
  readonly #context: Context;
  readonly #plan: Plan;
  readonly #payment: Payment;

  constructor(
    code: Assembler,
    payment: Payment,
    of: { readonly context: Context; readonly plan: Plan },
  ) {
    this.#code = code;
    this.#payment = payment;
    this.#context = of.context;
    this.#plan = of.plan;
  }

  // By the function that does it for the usual memory, which leaves the length on the stack.
  bulkOfMemory(): void {
    const { isCached } = this.#payment;
    if (isCached) this.#payment.putBack();
    this.#code.indexed(op.call, this.#context.added.bulk);
    if (isCached) this.#payment.fetch();
  }

  // Past the end of its memory or table an operation traps before it does anything, and pays nothing.
  bulk(item: Item, amount: number): void {
    const code = this.#code;
    const length = this.#kept(item);
    code.indexed(op.localTee, length);
    this.#payment.before();
    this.#times(item, length, amount);
    code.constant(0);
    this.#extended(item, length);
    this.#size(item);
    if (!item.table) {
      code.constant(pageShift);
      code.bytes(op.i64ShiftLeft);
    }
    code.bytes(op.i64AtMost, op.select);
    this.#payment.after();
  }

  // A grow past the cap is made one that must fail; one memory or table alone has its maximum for it.
  grow(item: Item): void {
    const code = this.#code;
    const space = this.#spaceOf(item);
    const delta = this.#kept(item);
    code.indexed(op.localTee, delta);
    if (!space.shared) return;
    code.bytes(item.wide ? op.i64Const : op.i32Const, 0x7f);
    this.#extended(item, delta);
    code.constant(space.most);
    code.bytes(op.i64AtMost);
    this.#extended(item, delta);
    space.wide.forEach((_, index) => {
      this.#size({ table: item.table, wide: item.wide, index });
      code.bytes(op.i64Add);
    });
    code.constant(space.most);
    code.bytes(op.i64AtMost, op.i32And, op.select);
    code.indexed(op.localTee, delta);
  }

  // Only what was granted is paid, and that can't be more than the cap.
  grown(item: Item, amount: number): void {
    const code = this.#code;
    const delta = this.#kept(item);
    const result = delta + 1;
    code.indexed(op.localTee, result);
    this.#payment.before();
    this.#times(item, delta, amount);
    code.constant(0);
    code.indexed(op.localGet, result);
    if (item.wide) code.bytes(op.i64Const, 0x7f, op.i64Ne);
    else code.bytes(op.i32Const, 0x7f, op.i32Ne);
    code.bytes(op.select);
    this.#payment.after();
  }

  // The first of the two locals that keep numbers of this width.
  #kept({ wide }: Item): number {
    const { counts, keeps32 } = this.#plan;
    return this.#payment.counter + (counts ? 1 : 0) + (wide && keeps32 ? 2 : 0);
  }

  #times(item: Item, local: number, amount: number): void {
    this.#extended(item, local);
    if (amount === 1) return;
    this.#code.constant(amount);
    this.#code.bytes(op.i64Multiply);
  }

  #extended({ wide }: Item, local: number): void {
    this.#code.indexed(op.localGet, local);
    if (!wide) this.#code.bytes(op.extendUnsigned);
  }

  // The present size of a memory in pages or of a table in elements, as an i64.
  #size(item: Item): void {
    if (item.table) this.#code.bytes(op.numeric);
    this.#code.indexed(item.table ? tableSize : op.memorySize, item.index);
    if (this.#spaceOf(item).wide[item.index] !== true) this.#code.bytes(op.extendUnsigned);
  }

  #spaceOf({ table }: Item): Space {
    return table ? this.#context.tables : this.#context.memories;
  }
}
