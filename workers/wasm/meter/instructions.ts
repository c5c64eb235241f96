// Every instruction the meter takes: its opcode, the form of what follows it, and its cost.
// What isn't listed here is refused; what belongs to threads or GC is refused with that reason.
import { BULK_BASE, DIRECT_CALL, GROW_BASE, INDIRECT_CALL } from "./costs.ts";
import { vectorNames } from "./vector-instructions.ts";

// What follows an opcode, or what the scan must do there.
export const form = {
  unknown: 0,
  plain: 1,
  index: 2,
  twoIndices: 3,
  local: 4,
  global: 5,
  memoryAccess: 6,
  constant32: 7,
  constant64: 8,
  fourBytes: 9,
  eightBytes: 10,
  selectTyped: 11,
  heapType: 12,
  unreachable: 13,
  block: 14,
  loop: 15,
  if: 16,
  else: 17,
  end: 18,
  branch: 19,
  branchIf: 20,
  branchTable: 21,
  branchReference: 22,
  return: 23,
  call: 24,
  callIndirect: 25,
  callReference: 26,
  returnCall: 27,
  returnCallIndirect: 28,
  returnCallReference: 29,
  try: 30,
  catch: 31,
  catchAll: 32,
  delegate: 33,
  throw: 34,
  throwReference: 35,
  rethrow: 36,
  tryTable: 37,
  memoryGrow: 38,
  tableGrow: 39,
  memoryFill: 40,
  memoryCopy: 41,
  memoryInit: 42,
  tableFill: 43,
  tableCopy: 44,
  tableInit: 45,
  lane: 46,
  laneAccess: 47,
  sixteenBytes: 48,
  numeric: 49,
  vector: 50,
  collected: 51,
  atomic: 52,
} as const;

export type Form = (typeof form)[keyof typeof form];

type Row = readonly [code: number, name: string, form: Form, cost?: number];

export type InstructionSet = {
  readonly forms: Uint8Array;
  readonly costs: Uint16Array;
  readonly names: readonly (string | undefined)[];
};

const division = 8;
const root = 12;

const controlRows: readonly Row[] = [
  [0x00, "unreachable", form.unreachable],
  [0x01, "nop", form.plain, 0],
  [0x02, "block", form.block, 0],
  [0x03, "loop", form.loop, 0],
  [0x04, "if", form.if],
  [0x05, "else", form.else, 0],
  [0x06, "try", form.try, 0],
  [0x07, "catch", form.catch],
  [0x08, "throw", form.throw, 256],
  [0x09, "rethrow", form.rethrow, 256],
  [0x0a, "throw_ref", form.throwReference, 256],
  [0x0b, "end", form.end, 0],
  [0x0c, "br", form.branch],
  [0x0d, "br_if", form.branchIf],
  [0x0e, "br_table", form.branchTable, 3],
  [0x0f, "return", form.return],
  [0x10, "call", form.call, DIRECT_CALL],
  [0x11, "call_indirect", form.callIndirect, INDIRECT_CALL],
  [0x12, "return_call", form.returnCall, DIRECT_CALL],
  [0x13, "return_call_indirect", form.returnCallIndirect, INDIRECT_CALL],
  [0x14, "call_ref", form.callReference, INDIRECT_CALL],
  [0x15, "return_call_ref", form.returnCallReference, INDIRECT_CALL],
  [0x18, "delegate", form.delegate, 0],
  [0x19, "catch_all", form.catchAll],
  [0x1a, "drop", form.plain],
  [0x1b, "select", form.plain],
  [0x1c, "select", form.selectTyped],
  [0x1f, "try_table", form.tryTable, 0],
  [0x20, "local.get", form.local],
  [0x21, "local.set", form.local],
  [0x22, "local.tee", form.local],
  [0x23, "global.get", form.global],
  [0x24, "global.set", form.global],
  [0x25, "table.get", form.index, 2],
  [0x26, "table.set", form.index, 4],
  [0x3f, "memory.size", form.index],
  [0x40, "memory.grow", form.memoryGrow, GROW_BASE],
  [0x41, "i32.const", form.constant32],
  [0x42, "i64.const", form.constant64],
  [0x43, "f32.const", form.fourBytes],
  [0x44, "f64.const", form.eightBytes],
  [0xd0, "ref.null", form.heapType],
  [0xd1, "ref.is_null", form.plain],
  [0xd2, "ref.func", form.index, 8],
  [0xd3, "ref.eq", form.collected],
  [0xd4, "ref.as_non_null", form.plain],
  [0xd5, "br_on_null", form.branchReference],
  [0xd6, "br_on_non_null", form.branchReference],
  [0xfb, "(GC)", form.collected],
  [0xfc, "(numeric)", form.numeric, 0],
  [0xfd, "(vector)", form.vector, 0],
  [0xfe, "(atomic)", form.atomic],
];

const memoryNames = `
  i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s
  i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.store i64.store f32.store
  f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32`;

// From 0x45 on, in the order of their opcodes; nothing follows any of them.
const plainNames = `
  i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
  i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
  f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
  i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u
  i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
  i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u
  i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
  f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul
  f32.div f32.min f32.max f32.copysign
  f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul
  f64.div f64.min f64.max f64.copysign
  i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
  i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
  f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
  f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
  i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
  i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`;

const numericRows: readonly Row[] = [
  [0, "i32.trunc_sat_f32_s", form.plain, 2],
  [1, "i32.trunc_sat_f32_u", form.plain, 2],
  [2, "i32.trunc_sat_f64_s", form.plain, 2],
  [3, "i32.trunc_sat_f64_u", form.plain, 2],
  [4, "i64.trunc_sat_f32_s", form.plain, 2],
  [5, "i64.trunc_sat_f32_u", form.plain, 2],
  [6, "i64.trunc_sat_f64_s", form.plain, 2],
  [7, "i64.trunc_sat_f64_u", form.plain, 2],
  [8, "memory.init", form.memoryInit, BULK_BASE],
  [9, "data.drop", form.index, BULK_BASE],
  [10, "memory.copy", form.memoryCopy, BULK_BASE],
  [11, "memory.fill", form.memoryFill, BULK_BASE],
  [12, "table.init", form.tableInit, BULK_BASE],
  [13, "elem.drop", form.index, BULK_BASE],
  [14, "table.copy", form.tableCopy, BULK_BASE],
  [15, "table.grow", form.tableGrow, GROW_BASE],
  [16, "table.size", form.index],
  [17, "table.fill", form.tableFill, BULK_BASE],
];

export const instructions = instructionSet([
  ...controlRows,
  ...listed(memoryNames, 0x28, () => form.memoryAccess),
  ...listed(plainNames, 0x45, () => form.plain),
]);

export const numericInstructions = instructionSet(numericRows);

export const vectorInstructions = instructionSet(listed(vectorNames, 0, vectorForm));

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

// A dash stands for an opcode that isn't given out.
function listed(text: string, first: number, formOf: (name: string) => Form): Row[] {
  return words(text)
    .map((name, place): Row => [first + place, name, formOf(name), costOf(name)])
    .filter(([, name]) => name !== "-");
}

function costOf(name: string): number {
  if (/\.(?:div|rem)/.test(name)) return division;
  if (name.endsWith(".sqrt")) return root;
  return 1;
}

function vectorForm(name: string): Form {
  if (name === "v128.const" || name === "i8x16.shuffle") return form.sixteenBytes;
  if (/^v128\.(?:load|store)\d+_lane$/.test(name)) return form.laneAccess;
  if (/^v128\.(?:load|store)/.test(name)) return form.memoryAccess;
  return /\.(?:extract|replace)_lane/.test(name) ? form.lane : form.plain;
}

function instructionSet(rows: readonly Row[]): InstructionSet {
  const size = Math.max(256, ...rows.map(([code]) => code + 1));
  const forms = new Uint8Array(size);
  const costs = new Uint16Array(size);
  const names: (string | undefined)[] = Array.from({ length: size });
  for (const [code, name, form, cost = 1] of rows) {
    forms[code] = form;
    costs[code] = cost;
    names[code] = name;
  }
  return { forms, costs, names };
}
