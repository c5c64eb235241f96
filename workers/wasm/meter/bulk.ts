// Plans how operations are paid whose cost isn't in the instruction: those on a stretch of a memory or a
// table, by its length, and those that grow one.
import { isUsual } from "./added.ts";
import { Body } from "./body.ts";
import type { Context } from "./context.ts";
import { KNOWN_LENGTH_MAX, MEMORY_BYTE, MEMORY_PAGE, TABLE_ELEMENT } from "./costs.ts";
import { form, numericInstructions } from "./instructions.ts";
import type { Ledger } from "./ledger.ts";
import type { Item, Plan } from "./plan.ts";
import { step } from "./plan.ts";

export class BulkScan {
  readonly #context: Context;
  readonly #plan: Plan;
  readonly #ledger: Ledger;
  #body: Body;
  // Where a constant ends that was just put on the stack, and its value.
  #constantEnd = -1;
  #constant = 0;

  constructor(context: Context, plan: Plan, ledger: Ledger) {
    this.#context = context;
    this.#plan = plan;
    this.#ledger = ledger;
    this.#body = new Body(new Uint8Array(), 0, context.draft);
  }

  begin(body: Body): void {
    this.#body = body;
    this.#constantEnd = -1;
  }

  // What may be the length of the operation that follows.
  constant(): void {
    this.#constant = this.#body.smallNumber();
    this.#constantEnd = this.#body.position;
  }

  growMemory(start: number): void {
    this.#grow(start, this.#memory(this.#body.u32()));
  }

  // What stands behind the prefix of the numeric instructions, at `start`.
  numeric(start: number): void {
    const body = this.#body;
    const code = body.u32();
    this.#ledger.owed += numericInstructions.costs[code] ?? 0;
    switch (numericInstructions.forms[code] ?? form.unknown) {
      case form.plain:
        return;
      case form.index:
        body.skipNumber();
        return;
      case form.memoryFill:
        return this.#bulk(start, this.#memory(body.u32()));
      case form.memoryCopy:
        return this.#bulk(start, copied(this.#memory(body.u32()), this.#memory(body.u32())));
      case form.memoryInit:
        body.skipNumber();
        return this.#bulk(start, { ...this.#memory(body.u32()), wide: false });
      case form.tableFill:
        return this.#bulk(start, this.#table(body.u32()));
      case form.tableCopy:
        return this.#bulk(start, copied(this.#table(body.u32()), this.#table(body.u32())));
      case form.tableInit:
        body.skipNumber();
        return this.#bulk(start, { ...this.#table(body.u32()), wide: false });
      case form.tableGrow:
        return this.#grow(start, this.#table(body.u32()));
      default:
        throw body.unknown(start, code);
    }
  }

  #memory(index: number): Item {
    const wide = this.#context.memories.wide[index];
    if (wide === undefined)
      throw this.#body.fault(`memory: expected one that is there, got ${index}`);
    return { table: false, wide, index };
  }

  #table(index: number): Item {
    const wide = this.#context.tables.wide[index];
    if (wide === undefined)
      throw this.#body.fault(`table: expected one that is there, got ${index}`);
    return { table: true, wide, index };
  }

  #bulk(start: number, item: Item): void {
    if (!this.#ledger.live) return;
    const amount = item.table ? TABLE_ELEMENT : MEMORY_BYTE;
    const known = this.#constantEnd === start ? this.#constant * amount : -1;
    if (known >= 0 && known <= KNOWN_LENGTH_MAX) {
      this.#ledger.owed += known;
    } else if (!item.table && isUsual(this.#context.draft, item.index)) {
      this.#plan.bulkOfMemory(start);
    } else {
      this.#plan.item(step.bulk, start, { amount, item });
    }
  }

  #grow(start: number, item: Item): void {
    if (!this.#ledger.live) return;
    const amount = item.table ? TABLE_ELEMENT : MEMORY_PAGE;
    this.#plan.item(step.grow, start, { amount, item });
    this.#plan.item(step.grown, this.#body.position, { amount, item });
  }
}

// A length is as wide as the narrower of the two sides.
function copied(to: Item, from: Item): Item {
  return { ...to, wide: to.wide && from.wide };
}
