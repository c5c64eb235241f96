// What is to be inserted into one function's body, in the order of its positions: the scan writes a
// plan, the emission reads it. It is kept from body to body, so that a function costs no new memory.

export const step = {
  // Pays an amount without a look at what is left.
  pay: 0,
  // Pays an amount and traps if nothing is left.
  check: 1,
  // A branch goes to `detail`, the start of a block; a counter kept in a local may have to be put back.
  leave: 2,
  // A bulk operation follows, whose length is on the stack; `detail` says of what.
  bulk: 3,
  // A grow follows, and has been; `detail` says of what.
  grow: 4,
  grown: 5,
  // A bulk operation on the usual memory follows, whose length is on the stack.
  bulkOfMemory: 6,
  // A loop begins, and has ended, that is left for a moment where the gas is short.
  wrap: 7,
  unwrap: 8,
  // A branch back to the head of such a loop pays an amount first, and leaves if nothing is left.
  back: 9,
} as const;

type Step = (typeof step)[keyof typeof step];

// Where a branch leaves every region: out of the function, or into a call that doesn't return.
export const outside = -1;

export type Item = { readonly table: boolean; readonly wide: boolean; readonly index: number };

function packItem({ table, wide, index }: Item): number {
  return index * 4 + (table ? 2 : 0) + (wide ? 1 : 0);
}

export function unpackItem(detail: number): Item {
  return { table: (detail & 2) !== 0, wide: (detail & 1) !== 0, index: detail >> 2 };
}

export class Plan {
  length = 0;
  positions = new Int32Array(1024);
  steps = new Uint8Array(1024);
  amounts = new Float64Array(1024);
  details = new Int32Array(1024);
  // Start and end by turns: the outermost stretches that loop and call nothing.
  regions: number[] = [];
  // What a call of the function pays at once; nothing if it is 0.
  entry = 0;
  // Whether it looks then at what is left.
  entryChecks = false;
  // Whether a counter is kept in a local anywhere, once all is planned.
  get counts(): boolean {
    return this.regions.length > 0;
  }

  // Whether lengths of 32 and of 64 bits have to be kept.
  keeps32 = false;
  keeps64 = false;
  // Whether anything is paid with a look at what is left.
  checks = false;

  clear(): void {
    this.length = 0;
    this.regions.length = 0;
    this.entry = 0;
    this.entryChecks = false;
    this.keeps32 = false;
    this.keeps64 = false;
    this.checks = false;
  }

  // The new step's place, by which its amount can be set when it is known.
  add(kind: Step, position: number): number {
    const place = this.length;
    if (place === this.positions.length) this.#grow();
    this.positions[place] = position;
    this.steps[place] = kind;
    this.amounts[place] = 0;
    this.details[place] = outside;
    this.length += 1;
    return place;
  }

  pay(position: number, amount: number): void {
    this.amounts[this.add(step.pay, position)] = amount;
  }

  leave(position: number, target: number): void {
    this.details[this.add(step.leave, position)] = target;
  }

  bulkOfMemory(position: number): void {
    this.add(step.bulkOfMemory, position);
    this.checks = true;
  }

  // A step about a memory or a table, `amount` for each byte, page or element.
  item(kind: Step, position: number, { amount, item }: { amount: number; item: Item }): void {
    const place = this.add(kind, position);
    this.amounts[place] = amount;
    this.details[place] = packItem(item);
    if (item.wide) this.keeps64 = true;
    else this.keeps32 = true;
    this.checks = true;
  }

  #grow(): void {
    this.positions = new Int32Array(doubled(this.positions));
    this.steps = new Uint8Array(doubled(this.steps));
    this.amounts = new Float64Array(doubled(this.amounts));
    this.details = new Int32Array(doubled(this.details));
  }
}

// Lets go of the smaller buffer at once, where a copy would leave it to the collector.
function doubled({ buffer }: { readonly buffer: ArrayBuffer }): ArrayBuffer {
  return buffer.transfer(2 * buffer.byteLength);
}
