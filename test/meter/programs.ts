// Random programs that end by themselves, in two forms: as they are, and counting exactly what they
// cost, instruction by instruction. The count knows nothing of the meter but its prices.
import * as fc from "fast-check";
import type { Bytes } from "#test/wasm/builder.ts";
import { core, functionType, i32, i64, section, text, u32, vector } from "#test/wasm/builder.ts";
import { instructions, numericInstructions } from "#wasm/meter/instructions.ts";
import { CALL_PREPAYS, MEMORY_BYTE } from "#wasm/meter/costs.ts";

// Depths and functions are taken modulo what is there.
type Statement =
  | { readonly kind: "compute"; readonly value: number; readonly times: number }
  | { readonly kind: "block" | "loop" | "try"; readonly body: readonly Statement[] }
  | {
      readonly kind: "if";
      readonly body: readonly Statement[];
      readonly other: readonly Statement[];
    }
  | { readonly kind: "br" | "br_if"; readonly depth: number; readonly bit: number }
  | { readonly kind: "br_table"; readonly depths: readonly number[] }
  | { readonly kind: "return" | "throw" }
  | { readonly kind: "call" | "indirect" | "tail"; readonly target: number }
  | { readonly kind: "fill"; readonly length: number; readonly known: boolean };

export type Program = readonly (readonly Statement[])[];

const leafs: fc.Arbitrary<Statement>[] = [
  fc.record({
    kind: fc.constant("compute" as const),
    value: fc.nat(1000),
    times: fc.oneof({ weight: 6, arbitrary: fc.nat(6) }, fc.nat(60)),
  }),
  fc.record({
    kind: fc.constantFrom("br" as const, "br_if" as const, "br_if" as const),
    depth: fc.nat(6),
    bit: fc.nat(7),
  }),
  fc.record({
    kind: fc.constant("br_table" as const),
    depths: fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constantFrom("return" as const, "throw" as const) }),
  fc.record({
    kind: fc.constantFrom("call" as const, "call" as const, "indirect" as const, "tail" as const),
    target: fc.nat(5),
  }),
  fc.record({ kind: fc.constant("fill" as const), length: fc.nat(2000), known: fc.boolean() }),
];

const { statements } = fc.letrec<{ statement: Statement; statements: Statement[] }>((tie) => ({
  statements: fc.array(tie("statement"), { maxLength: 5 }),
  statement: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    ...leafs.map((arbitrary, place) => ({ arbitrary, weight: place === 0 ? 5 : 1 })),
    {
      arbitrary: fc.record({
        kind: fc.constantFrom("block" as const, "loop" as const, "loop" as const, "try" as const),
        body: tie("statements"),
      }),
      weight: 6,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant("if" as const),
        body: tie("statements"),
        other: tie("statements"),
      }),
      weight: 3,
    },
  ),
}));

export const programs: fc.Arbitrary<Program> = fc.array(statements, {
  minLength: 1,
  maxLength: 5,
});

const op = {
  loop: 0x03,
  block: 0x02,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  throw: 0x08,
  end: 0x0b,
  catchAll: 0x19,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32RotateLeft: 0x77,
  i64Add: 0x7c,
  extend: 0xad,
  numeric: 0xfc,
} as const;

const fuelGlobal = 0;
const countGlobal = 1;
// How many rounds and calls a run may make before everything returns.
const fuel = 400;
const free: ReadonlySet<number> = new Set([op.block, op.loop, op.try, op.else, op.end]);

class Assembly {
  readonly #counts: boolean;
  readonly #bytes: number[] = [];

  constructor(counts: boolean) {
    this.#counts = counts;
  }

  get bytes(): Bytes {
    return this.#bytes;
  }

  emit(code: number, ...operands: number[]): void {
    const prepaid = code === op.call || code === op.callIndirect || code === op.returnCall;
    const price = instructions.costs[code] ?? 0;
    // A callee counts for itself here what its caller prepays.
    if (!free.has(code)) this.count(prepaid ? price - CALL_PREPAYS : price);
    this.#bytes.push(code, ...operands);
  }

  bulk(code: number, ...operands: number[]): void {
    this.count(numericInstructions.costs[code] ?? 0);
    this.#bytes.push(op.numeric, code, ...operands);
  }

  count(price: number): void {
    if (!this.#counts || price === 0) return;
    this.#bytes.push(op.globalGet, countGlobal, op.i64Const, ...signed(price));
    this.#bytes.push(op.i64Add, op.globalSet, countGlobal);
  }

  countLocal(local: number, each: number): void {
    if (!this.#counts) return;
    this.#bytes.push(op.globalGet, countGlobal, op.localGet, local, op.extend);
    this.#bytes.push(op.i64Const, ...signed(each), 0x7e, op.i64Add, op.globalSet, countGlobal);
  }

  // Returns when the fuel is used up.
  burn(): void {
    this.emit(op.globalGet, fuelGlobal);
    this.emit(op.i32Eqz);
    this.emit(op.if, 0x40);
    this.emit(op.localGet, 0);
    this.emit(op.return);
    this.emit(op.end);
    this.emit(op.globalGet, fuelGlobal);
    this.emit(op.i32Const, 1);
    this.emit(op.i32Sub);
    this.emit(op.globalSet, fuelGlobal);
  }

  statements(list: readonly Statement[], depth: number, functions: number): void {
    for (const statement of list) this.#statement(statement, depth, functions);
  }

  // A branch to the function itself would need its result on the stack.
  #statement(statement: Statement, depth: number, functions: number): void {
    switch (statement.kind) {
      case "compute":
        for (let time = 0; time < statement.times; time += 1) {
          this.emit(op.localGet, 0);
          this.emit(op.i32Const, ...signed(statement.value));
          this.emit(time % 3 === 0 ? op.i32Mul : op.i32Add);
          this.emit(op.i32Const, 5);
          this.emit(op.i32RotateLeft);
          this.emit(op.localSet, 0);
        }
        return;
      case "block":
        this.emit(op.block, 0x40);
        this.statements(statement.body, depth + 1, functions);
        this.emit(op.end);
        return;
      case "loop":
        this.emit(op.loop, 0x40);
        this.burn();
        this.statements(statement.body, depth + 1, functions);
        this.emit(op.end);
        return;
      case "try":
        this.emit(op.try, 0x40);
        this.statements(statement.body, depth + 1, functions);
        this.emit(op.catchAll);
        this.emit(op.end);
        return;
      case "if":
        this.#bit(0);
        this.emit(op.if, 0x40);
        this.statements(statement.body, depth + 1, functions);
        this.emit(op.else);
        this.statements(statement.other, depth + 1, functions);
        this.emit(op.end);
        return;
      case "br":
        if (depth > 0) this.emit(op.br, ...u32(statement.depth % depth));
        return;
      case "br_if":
        if (depth === 0) return;
        this.#bit(statement.bit);
        this.emit(op.brIf, ...u32(statement.depth % depth));
        return;
      case "br_table": {
        if (depth === 0) return;
        const targets = statement.depths.map((target) => target % depth);
        this.emit(op.localGet, 0);
        this.emit(op.i32Const, 3);
        this.emit(op.i32And);
        this.emit(op.brTable, ...u32(targets.length - 1), ...targets);
        return;
      }
      case "return":
        this.emit(op.localGet, 0);
        this.emit(op.return);
        return;
      case "throw":
        this.#bit(1);
        this.emit(op.if, 0x40);
        this.emit(op.throw, 0);
        this.emit(op.end);
        return;
      case "call":
        this.emit(op.localGet, 0);
        this.emit(op.call, statement.target % functions);
        this.emit(op.localSet, 0);
        return;
      case "indirect":
        this.emit(op.localGet, 0);
        this.emit(op.i32Const, statement.target % functions);
        this.emit(op.callIndirect, 0, 0);
        this.emit(op.localSet, 0);
        return;
      case "tail":
        this.#bit(2);
        this.emit(op.if, 0x40);
        this.emit(op.localGet, 0);
        this.emit(op.returnCall, statement.target % functions);
        this.emit(op.end);
        return;
      case "fill":
        this.#fill(statement.length, statement.known);
    }
  }

  #bit(bit: number): void {
    this.emit(op.localGet, 0);
    this.emit(op.i32Const, ...signed(1 << bit));
    this.emit(op.i32And);
  }

  #fill(length: number, known: boolean): void {
    this.emit(op.i32Const, ...signed(length));
    this.emit(op.localSet, 1);
    this.emit(op.i32Const, 0);
    this.emit(op.localGet, 0);
    if (known) this.emit(op.i32Const, ...signed(length));
    else this.emit(op.localGet, 1);
    this.countLocal(1, MEMORY_BYTE);
    this.bulk(11, 0);
  }
}

// Runs, and gives what was counted however that ended.
const spent: Bytes = [0, op.try, 0x40, op.localGet, 0, op.call, 0, 0x1a].concat([
  op.catchAll,
  op.end,
  op.globalGet,
  countGlobal,
  op.end,
]);

export function assemble(program: Program, counts: boolean): Uint8Array<ArrayBuffer> {
  const bodies = program.map((statements) => {
    const assembly = new Assembly(counts);
    assembly.burn();
    assembly.statements(statements, 0, program.length);
    assembly.emit(op.localGet, 0);
    const code = [...vector([1, i32]), ...assembly.bytes, op.end];
    return [...u32(code.length), ...code];
  });
  const functions = program.map((_, index) => index);
  bodies.push([...u32(spent.length), ...spent]);
  const table = [0x70, 1, ...u32(functions.length), ...u32(functions.length)];
  return core(
    section(
      1,
      vector(functionType([i32], [i32]), functionType([], []), functionType([i32], [i64])),
    ),
    section(3, vector(...functions.map(() => [0]), [2])),
    section(4, vector(table)),
    section(5, vector([0, 1])),
    section(13, vector([0, 1])),
    section(6, vector([i32, 1, 0x41, ...signed(fuel), 0x0b], [i64, 1, 0x42, 0, 0x0b])),
    section(7, vector([...text("run"), 0, 0], [...text("spent"), 0, ...u32(functions.length)])),
    section(9, vector([0, 0x41, 0, 0x0b, ...vector(...functions.map((index) => u32(index)))])),
    section(10, vector(...bodies)),
  );
}

function signed(value: number): Bytes {
  if (value >= -64 && value < 64) return [value & 0x7f];
  return [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
